"""The image tool of the IONOS AI Model Hub, where LlamaIndex users look for it."""

from llama_index_ionos.image_tool import IONOSImageToolSpec

__all__ = ["IONOSImageToolSpec"]
