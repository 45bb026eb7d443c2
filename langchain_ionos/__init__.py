"""The IONOS AI Model Hub for LangChain."""

from langchain_ionos.chat_models import ChatIONOS
from langchain_ionos.embeddings import IONOSEmbeddings
from langchain_ionos.image_tool import IONOSImageTool
from langchain_ionos.llms import IONOSLLM
from langchain_ionos.models import alist_models, list_models
from langchain_ionos.register import register
from langchain_ionos.rerank import IONOSRerank

__all__ = [
    "IONOSLLM",
    "ChatIONOS",
    "IONOSEmbeddings",
    "IONOSImageTool",
    "IONOSRerank",
    "alist_models",
    "list_models",
    "register",
]
