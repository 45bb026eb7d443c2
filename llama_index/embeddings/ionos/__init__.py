"""The embeddings of the IONOS AI Model Hub, where LlamaIndex users look for them."""

from llama_index_ionos.embeddings import IONOSEmbedding

__all__ = ["IONOSEmbedding"]
