"""The requests of the contract, one type for each schema of the API description.

Docstrings end with the name of the published component schema. Fields below a line `beyond the
contract` are not in them, but the live service accepts them; they are sent only if set.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, Protocol, Required, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, JsonValue, with_config
from typing_extensions import TypedDict

from ionos_model_hub.wire.image_sizes import parse_image_size

MAX_STOPS = 4
MAX_TOOLS = 128


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _check_image_size(value: str) -> str:
    if parse_image_size(value) is None:
        raise ValueError("must have the form WIDTHxHEIGHT, for example '1024x1024'")
    return value


def _check_image_url(value: str) -> str:
    if not value.startswith(("https://", "http://", "data:image/")):
        raise ValueError("must be an http(s) URL or a data URL of an image")
    return value


def _check_embedded_image(value: str) -> str:
    if not value.startswith("data:image/"):
        raise ValueError("must be a data URL of an image")
    return value


_closed = with_config(ConfigDict(extra="forbid"))

Finite = Annotated[float, Field(allow_inf_nan=False)]
AtLeastOne = Annotated[int, Field(ge=1)]
Text = Annotated[str, Field(min_length=1)]
Stops = Annotated[list[Text], Field(max_length=MAX_STOPS), BeforeValidator(_as_list)]
ImageSize = Annotated[str, AfterValidator(_check_image_size)]
ImageLocation = Annotated[str, AfterValidator(_check_image_url)]
EmbeddedImage = Annotated[str, AfterValidator(_check_embedded_image)]
ImageFormat = Literal["png", "jpeg", "webp"]


@_closed
class ImageUrl(TypedDict):
    """The URL of an image, http(s) or `data:`; `ChatCompletionContentPartImageImageUrl`."""

    url: Text
    detail: NotRequired[Literal["low", "high", "auto"]]


@_closed
class TextPart(TypedDict):
    """A text in a message; `ChatCompletionContentPartText`."""

    type: Literal["text"]
    text: str


@_closed
class ImagePart(TypedDict):
    """An image in a message; `ChatCompletionContentPartImage`."""

    type: Literal["image_url"]
    image_url: ImageUrl


ContentPart = Annotated[TextPart | ImagePart, Field(discriminator="type")]


@_closed
class FunctionCall(TypedDict):
    """The function part of a tool call; `arguments` is a JSON string."""

    name: str
    arguments: str


@_closed
class MessageToolCall(TypedDict):
    """A tool call in an assistant's message; `chatCompletionMessageToolCall`."""

    id: str
    type: Literal["function"]
    function: FunctionCall


@_closed
class ChatMessage(TypedDict):
    """A message, whose `content` of None is sent as ""; `ChatCompletionMessage`."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str | list[ContentPart] | None
    name: NotRequired[str]
    tool_calls: NotRequired[list[MessageToolCall]]
    tool_call_id: NotRequired[str]
    # beyond the contract: replayed reasoning
    reasoning: NotRequired[str]
    reasoning_content: NotRequired[str]


@_closed
class FunctionObject(TypedDict):
    """A function that the model may call; `parameters` is a JSON Schema. `FunctionObject`."""

    name: str
    description: NotRequired[str]
    parameters: NotRequired[dict[str, Any]]
    # beyond the contract
    strict: NotRequired[bool]


@_closed
class Tool(TypedDict):
    """A tool that the model may call; `chatCompletionTool`."""

    type: Literal["function"]
    function: FunctionObject


@_closed
class NamedFunction(TypedDict):
    """The function that a named tool choice requires."""

    name: str


@_closed
class NamedToolChoice(TypedDict):
    """A tool choice that requires one function; `chatCompletionNamedToolChoice`."""

    type: Literal["function"]
    function: NamedFunction


ToolChoice = Literal["none", "auto", "required"] | NamedToolChoice


class JSONSchemaFormat(TypedDict):
    """The schema of a `json_schema` response format; it has no other fields."""

    name: Text
    schema: dict[str, Any]
    strict: NotRequired[bool]


class ResponseFormatJSONSchema(TypedDict):
    """Requests a response that matches a JSON Schema; `ResponseFormatJSONSchema`."""

    type: Literal["json_schema"]
    json_schema: JSONSchemaFormat


class ResponseFormatJSONObject(TypedDict):
    """Requests a response that is JSON of any form; `ResponseFormatJSONObject`."""

    type: Literal["json_object"]


class ResponseFormatText(TypedDict):
    """Requests a text, the default; `ResponseFormatText`."""

    type: Literal["text"]


ResponseFormat = Annotated[
    ResponseFormatJSONSchema | ResponseFormatJSONObject | ResponseFormatText,
    Field(discriminator="type"),
]


class StreamOptions(TypedDict, total=False):
    """Options of a stream, beyond the contract."""

    include_usage: bool


class TimeoutParts(Protocol):
    """An httpx.Timeout, or an object with the same two attributes; None means no limit."""

    @property
    def connect(self) -> float | None:
        """Seconds to connect."""

    @property
    def read(self) -> float | None:
        """Seconds without data."""


Timeout: TypeAlias = float | tuple[float | None, float | None] | TimeoutParts


class CallOverrides(TypedDict, total=False):
    """Options of one call that are not part of its body; see `call_options.CallOptions`."""

    extra_headers: Mapping[str, str]
    extra_query: Mapping[str, str | float]
    timeout: Timeout


class SamplingFields(TypedDict, total=False):
    """The fields that chat and completion requests share; every field is sent only if set.

    `max_tokens` counts the tokens of the response, at least 1. `stop` accepts up to 4 sequences.
    `extra_body` is merged into the request unchanged.
    """

    temperature: Finite
    top_p: Finite
    n: AtLeastOne
    stop: Stops
    max_tokens: AtLeastOne
    presence_penalty: Finite
    frequency_penalty: Finite
    logit_bias: dict[str, Finite]
    user: str
    # beyond the contract
    seed: int
    stream_options: StreamOptions
    extra_body: dict[str, JsonValue]


class ChatFields(SamplingFields, total=False):
    """The optional fields of a chat request."""

    max_completion_tokens: AtLeastOne
    response_format: ResponseFormat
    tools: Annotated[list[Tool], Field(max_length=MAX_TOOLS)]
    tool_choice: ToolChoice
    # beyond the contract
    reasoning_effort: str
    parallel_tool_calls: bool
    logprobs: bool
    top_logprobs: Annotated[int, Field(ge=0, le=20)]


class ChatOptions(ChatFields, CallOverrides, total=False):
    """The options of a chat call."""


@_closed
class ChatCompletionRequest(ChatFields):
    """A chat request; `ChatCompletionRequest`."""

    model: Required[Text]
    messages: Required[Annotated[list[ChatMessage], Field(min_length=1)]]


class CompletionFields(SamplingFields, total=False):
    """The optional fields of a completion request."""

    # beyond the contract
    logprobs: Annotated[int, Field(ge=0)]


class CompletionOptions(CompletionFields, CallOverrides, total=False):
    """The options of a completion call."""


@_closed
class CompletionRequest(CompletionFields):
    """A completion request; `prompt` is one string. `CompletionRequest`."""

    model: Required[Text]
    prompt: Required[str]


class EmbeddingFields(TypedDict, total=False):
    """The optional fields of an embedding request, all beyond the contract."""

    dimensions: AtLeastOne
    user: str
    extra_body: dict[str, JsonValue]


class EmbeddingOptions(EmbeddingFields, CallOverrides, total=False):
    """The options of an embedding call."""


@_closed
class EmbeddingRequest(EmbeddingFields):
    """`EmbeddingRequest`: plain text, never token arrays; vectors are always floats."""

    model: Required[Text]
    input: Required[Annotated[list[str], Field(min_length=1), BeforeValidator(_as_list)]]
    encoding_format: Required[Literal["float"]]


class RerankFields(TypedDict, total=False):
    """The optional fields of a rerank request."""

    top_n: AtLeastOne
    # beyond the documentation
    extra_body: dict[str, JsonValue]


class RerankOptions(RerankFields, CallOverrides, total=False):
    """The options of a rerank call."""


@_closed
class RerankRequest(RerankFields):
    """A rerank request; the endpoint is documented, but not in the published schemas."""

    model: Required[Text]
    query: Required[Text | dict[str, JsonValue]]
    documents: Required[Annotated[list[str | dict[str, JsonValue]], Field(min_length=1)]]


class ImageFields(TypedDict, total=False):
    """The optional fields of an image request. `n` is the number of images, one per request."""

    n: AtLeastOne
    size: ImageSize
    response_format: Literal["b64_json"]
    user: str
    # beyond the contract: sent by clients of the hub in 2026
    output_format: ImageFormat
    extra_body: dict[str, JsonValue]


class ImageOptions(ImageFields, CallOverrides, total=False):
    """The options of an image call."""


@_closed
class ImageGenerationRequest(ImageFields):
    """`ImageGenerationRequest`; `size` is written `1024x1024` or `1024*1024`."""

    model: Required[Text]
    prompt: Required[Text]


class ImageEditFields(TypedDict, total=False):
    """The optional fields of an image edit; `image_requests.EDIT_FORM` states their sources.

    `n` is the number of images, one per request. `extra_body` contains further form fields.
    """

    n: AtLeastOne
    size: ImageSize
    output_format: ImageFormat
    user: str
    extra_body: dict[str, JsonValue]


class ImageEditOptions(ImageEditFields, CallOverrides, total=False):
    """The options of an image edit."""


@_closed
class ImageEditRequest(ImageEditFields):
    """An image edit. The endpoint is documented, but not in the published schemas."""

    model: Required[Text]
    prompt: Required[Text]
    image: Required[ImageLocation]
    mask: NotRequired[EmbeddedImage]
