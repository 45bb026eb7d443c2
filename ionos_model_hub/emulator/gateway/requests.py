"""The checks of the hub for requests that an engine serves."""

from collections.abc import Callable

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.chat import check_chat_request
from ionos_model_hub.emulator.endpoints.completions import check_completion_request
from ionos_model_hub.emulator.endpoints.embeddings import check_embedding_request
from ionos_model_hub.emulator.endpoints.rerank import check_rerank_request
from ionos_model_hub.emulator.json_type import Json

CHECKS: dict[str, Callable[[Json, ServerConfig], Model]] = {
    "chat": lambda body, config: check_chat_request(body, config).model,
    "completions": lambda body, config: check_completion_request(body, config).model,
    "embeddings": lambda body, config: check_embedding_request(body, config).model,
    "rerank": lambda body, config: check_rerank_request(body, config).model,
}
"""Functions that check a request to an endpoint and return its model; they raise ApiError."""
