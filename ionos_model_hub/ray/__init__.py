"""Embeddings and chat for Ray Data, with one rate limit over all workers of a cluster."""

try:
    import ray.data  # noqa: F401 - only to tell what is missing
except ImportError as missing:
    raise ImportError(
        f'Ray Data needs {missing.name}: pip install "ionos-model-hub[ray]"'
    ) from missing

from ionos_model_hub.ray.chat import IONOSChat
from ionos_model_hub.ray.embedder import IONOSEmbedder
from ionos_model_hub.ray.limit import share_limit

__all__ = ["IONOSChat", "IONOSEmbedder", "share_limit"]
