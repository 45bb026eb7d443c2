"""The IONOS AI Model Hub for LlamaIndex."""

from typing import TYPE_CHECKING

from ionos_model_hub.lazy import lazy_getattr, require_extra

require_extra("llama_index_ionos", "llama-index", "llama_index.core", "jsonschema")

if TYPE_CHECKING:
    from llama_index_ionos.embeddings import IONOSEmbedding
    from llama_index_ionos.image_blocks import image_block
    from llama_index_ionos.image_tool import IONOSImageToolSpec
    from llama_index_ionos.llm import IONOS
    from llama_index_ionos.ocr import IONOSOCRReader
    from llama_index_ionos.rerank import IONOSRerank

_MODULES = {
    "IONOS": "llm",
    "IONOSEmbedding": "embeddings",
    "IONOSImageToolSpec": "image_tool",
    "IONOSOCRReader": "ocr",
    "IONOSRerank": "rerank",
    "image_block": "image_blocks",
}

__all__ = [
    "IONOS",
    "IONOSEmbedding",
    "IONOSImageToolSpec",
    "IONOSOCRReader",
    "IONOSRerank",
    "image_block",
]

__getattr__ = lazy_getattr(__name__, _MODULES)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
