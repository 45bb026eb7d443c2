"""Embeddings and chat for Ray Data, with one rate limit for all workers of a cluster."""

from ionos_model_hub.lazy import require_extra

require_extra("ionos_model_hub.ray", "ray", "ray.data")

from ionos_model_hub.ray.chat import IONOSChat
from ionos_model_hub.ray.embedder import IONOSEmbedder
from ionos_model_hub.ray.limit import share_limit

__all__ = ["IONOSChat", "IONOSEmbedder", "share_limit"]
