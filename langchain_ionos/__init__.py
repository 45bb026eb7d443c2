"""The IONOS AI Model Hub for LangChain."""

from typing import TYPE_CHECKING

from ionos_model_hub.lazy import lazy_getattr, require_extra

require_extra("langchain_ionos", "langchain", "langchain_core", "jsonschema")

from langchain_ionos.list_models import alist_models, list_models
from langchain_ionos.register import register

if TYPE_CHECKING:
    from langchain_ionos.chat_models import ChatIONOS
    from langchain_ionos.embeddings import IONOSEmbeddings
    from langchain_ionos.image_blocks import image_block
    from langchain_ionos.image_edit_tool import IONOSImageEditTool
    from langchain_ionos.image_store import ImageStore
    from langchain_ionos.image_tool import IONOSImageTool
    from langchain_ionos.llms import IONOSLLM
    from langchain_ionos.ocr import IONOSOCRLoader, IONOSOCRParser
    from langchain_ionos.rerank import IONOSRerank
    from langchain_ionos.structured_output import StructuredResult

_MODULES = {
    "ChatIONOS": "chat_models",
    "IONOSEmbeddings": "embeddings",
    "IONOSImageEditTool": "image_edit_tool",
    "IONOSImageTool": "image_tool",
    "IONOSLLM": "llms",
    "IONOSOCRLoader": "ocr",
    "IONOSOCRParser": "ocr",
    "IONOSRerank": "rerank",
    "ImageStore": "image_store",
    "StructuredResult": "structured_output",
    "image_block": "image_blocks",
}

__all__ = [
    "IONOSLLM",
    "ChatIONOS",
    "IONOSEmbeddings",
    "IONOSImageEditTool",
    "IONOSImageTool",
    "IONOSOCRLoader",
    "IONOSOCRParser",
    "IONOSRerank",
    "ImageStore",
    "StructuredResult",
    "alist_models",
    "image_block",
    "list_models",
    "register",
]

__getattr__ = lazy_getattr(__name__, _MODULES)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
