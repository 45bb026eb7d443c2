"""Names and paths of the endpoints."""

from typing import Literal

Endpoint = Literal["chat", "completions", "embeddings", "rerank", "images", "image_edits", "models"]

ENDPOINT_PATHS: dict[Endpoint, str] = {
    "chat": "/v1/chat/completions",
    "completions": "/v1/completions",
    "embeddings": "/v1/embeddings",
    "rerank": "/v1/rerank",
    "images": "/v1/images/generations",
    "image_edits": "/v1/images/edits",
    "models": "/v1/models",
}
