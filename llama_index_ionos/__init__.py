"""The IONOS AI Model Hub for LlamaIndex."""

from llama_index_ionos.embeddings import IONOSEmbedding
from llama_index_ionos.image_tool import IONOSImageToolSpec
from llama_index_ionos.llm import IONOS
from llama_index_ionos.rerank import IONOSRerank

__all__ = ["IONOS", "IONOSEmbedding", "IONOSImageToolSpec", "IONOSRerank"]
