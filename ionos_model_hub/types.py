"""Types of requests, options and settings, for annotations.

Example:
    >>> messages: list[ChatMessage] = [{"role": "user", "content": "Hello"}]
    >>> options: ChatOptions = {"temperature": 0, "max_tokens": 100}
"""

from ionos_model_hub.catalogue import Kind as ModelKind
from ionos_model_hub.credentials import KeySource
from ionos_model_hub.settings import SettingsOptions
from ionos_model_hub.telemetry.record import CallHook, CallRecord, PriceFunction
from ionos_model_hub.wire.image_blocks import ImageSource
from ionos_model_hub.wire.image_ranking import RankSource
from ionos_model_hub.wire.request_types import (
    ChatMessage,
    ChatOptions,
    CompletionOptions,
    ContentPart,
    EmbeddingOptions,
    FunctionCall,
    FunctionObject,
    ImageEditOptions,
    ImageFormat,
    ImageOptions,
    ImagePart,
    ImageUrl,
    JSONSchemaFormat,
    MessageToolCall,
    NamedFunction,
    NamedToolChoice,
    RerankOptions,
    ResponseFormat,
    ResponseFormatJSONObject,
    ResponseFormatJSONSchema,
    ResponseFormatText,
    StreamOptions,
    TextPart,
    Timeout,
    Tool,
    ToolChoice,
)

__all__ = [
    "CallHook",
    "CallRecord",
    "ChatMessage",
    "ChatOptions",
    "CompletionOptions",
    "ContentPart",
    "EmbeddingOptions",
    "FunctionCall",
    "FunctionObject",
    "ImageEditOptions",
    "ImageFormat",
    "ImageOptions",
    "ImagePart",
    "ImageSource",
    "ImageUrl",
    "JSONSchemaFormat",
    "KeySource",
    "MessageToolCall",
    "ModelKind",
    "NamedFunction",
    "NamedToolChoice",
    "PriceFunction",
    "RankSource",
    "RerankOptions",
    "ResponseFormat",
    "ResponseFormatJSONObject",
    "ResponseFormatJSONSchema",
    "ResponseFormatText",
    "SettingsOptions",
    "StreamOptions",
    "TextPart",
    "Timeout",
    "Tool",
    "ToolChoice",
]
