"""The reranker of the IONOS AI Model Hub, where LlamaIndex users look for it."""

from llama_index_ionos.rerank import IONOSRerank

__all__ = ["IONOSRerank"]
