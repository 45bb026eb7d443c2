"""The IONOS AI Model Hub for Python: clients, errors, types and the catalogue of models.

Types of requests are in `ionos_model_hub.types`, a local hub for tests and development in
`ionos_model_hub.emulator`, records of calls and OpenTelemetry in `ionos_model_hub.telemetry`, the
integration with Ray Data in `ionos_model_hub.ray`. Everything else is internal.

Clients, settings and types of responses are loaded on first use, to keep imports fast.
"""

from typing import TYPE_CHECKING

from ionos_model_hub._version import __version__
from ionos_model_hub.catalogue import (
    MODELS,
    PRICES_AS_OF,
    ImageSizes,
    Model,
    estimate_cost,
    find_model,
)
from ionos_model_hub.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConnectionFailedError,
    ContextOverflowError,
    ErrorBody,
    IncompleteStreamError,
    InvalidRequestError,
    ModelHubError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ResponseError,
    ServerError,
    TransportError,
)
from ionos_model_hub.lazy import lazy_getattr

if TYPE_CHECKING:
    from ionos_model_hub.async_client import AsyncClient, AsyncStream
    from ionos_model_hub.client import Client, Stream
    from ionos_model_hub.settings import Settings
    from ionos_model_hub.transport.image_inputs import image_part
    from ionos_model_hub.wire.response_types import (
        ChatCompletion,
        Choice,
        Completion,
        Delta,
        Embeddings,
        GeneratedImage,
        ListedModel,
        Message,
        RankedDocument,
        Ranking,
        TextChoice,
        ToolCall,
        ToolCallDelta,
        Usage,
    )

_MODULES = {
    "AsyncClient": "async_client",
    "AsyncStream": "async_client",
    "Client": "client",
    "Stream": "client",
    "Settings": "settings",
    "image_part": "transport.image_inputs",
    **dict.fromkeys(
        (
            *("ChatCompletion", "Choice", "Completion", "Delta", "Embeddings", "GeneratedImage"),
            *("ListedModel", "Message", "RankedDocument", "Ranking", "TextChoice", "ToolCall"),
            *("ToolCallDelta", "Usage"),
        ),
        "wire.response_types",
    ),
}

__all__ = [
    "MODELS",
    "PRICES_AS_OF",
    "APIError",
    "AsyncClient",
    "AsyncStream",
    "AuthenticationError",
    "BadRequestError",
    "ChatCompletion",
    "Choice",
    "Client",
    "Completion",
    "ConfigurationError",
    "ConnectionFailedError",
    "ContextOverflowError",
    "Delta",
    "Embeddings",
    "ErrorBody",
    "GeneratedImage",
    "ImageSizes",
    "IncompleteStreamError",
    "InvalidRequestError",
    "ListedModel",
    "Message",
    "Model",
    "ModelHubError",
    "NotFoundError",
    "PermissionDeniedError",
    "RankedDocument",
    "Ranking",
    "RateLimitError",
    "RequestTimeoutError",
    "ResponseError",
    "ServerError",
    "Settings",
    "Stream",
    "TextChoice",
    "ToolCall",
    "ToolCallDelta",
    "TransportError",
    "Usage",
    "__version__",
    "estimate_cost",
    "find_model",
    "image_part",
]

__getattr__ = lazy_getattr(__name__, _MODULES)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
