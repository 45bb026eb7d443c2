"""Embeddings and chat for Ray Data, with one rate limit for all workers of a cluster."""

try:
    import ray.data  # noqa: F401  # checks that it is installed
except ImportError as error:
    raise ImportError(
        f'Ray Data requires {error.name}: pip install "ionos-model-hub[ray]"'
    ) from error

from ionos_model_hub.ray.chat import IONOSChat
from ionos_model_hub.ray.embedder import IONOSEmbedder
from ionos_model_hub.ray.limit import share_limit

__all__ = ["IONOSChat", "IONOSEmbedder", "share_limit"]
