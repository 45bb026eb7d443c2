"""The LLM of the IONOS AI Model Hub, where LlamaIndex users look for it."""

from llama_index_ionos.llm import IONOS

__all__ = ["IONOS"]
