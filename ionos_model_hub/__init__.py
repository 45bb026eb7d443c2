"""The IONOS AI Model Hub for Python: one transport, used by both framework adapters.

The clients, and with them the transport, are loaded when they are first used: an adapter needs
them with its first call only.
"""

from typing import TYPE_CHECKING

from ionos_model_hub._version import __version__
from ionos_model_hub.catalogue import MODELS, Model, find_model
from ionos_model_hub.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConnectionFailedError,
    ContextOverflowError,
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
from ionos_model_hub.settings import Settings
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
    TextChoice,
    ToolCall,
    ToolCallDelta,
    Usage,
)

if TYPE_CHECKING:
    from ionos_model_hub.async_client import AsyncClient, AsyncStream
    from ionos_model_hub.client import Client, Stream

_MODULES = {
    "AsyncClient": "async_client",
    "AsyncStream": "async_client",
    "Client": "client",
    "Stream": "client",
}

__all__ = [
    "MODELS",
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
    "GeneratedImage",
    "IncompleteStreamError",
    "InvalidRequestError",
    "ListedModel",
    "Message",
    "Model",
    "ModelHubError",
    "NotFoundError",
    "PermissionDeniedError",
    "RankedDocument",
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
    "find_model",
]

__getattr__ = lazy_getattr(__name__, _MODULES)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
