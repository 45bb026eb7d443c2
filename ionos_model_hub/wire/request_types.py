"""The request side of the contract, one typed shape for each schema of the API's description.

Names follow the published component schemas. Fields below a line `beyond the contract` are not
in them, yet the live service takes them; they are sent only if set.
"""

from typing import Annotated, Any, Literal, NotRequired, Required

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, JsonValue, with_config
from typing_extensions import TypedDict

MAX_STOPS = 4
MAX_TOOLS = 128


def _list_of_one(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _star_or_x(value: str) -> str:
    width, _, height = value.replace("*", "x").partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise ValueError("must be written WIDTHxHEIGHT, for instance '1024x1024'")
    return value


_closed = with_config(ConfigDict(extra="forbid"))

Finite = Annotated[float, Field(allow_inf_nan=False)]
AtLeastOne = Annotated[int, Field(ge=1)]
Text = Annotated[str, Field(min_length=1)]
Stops = Annotated[
    list[Annotated[str, Field(min_length=1)]],
    Field(max_length=MAX_STOPS),
    BeforeValidator(_list_of_one),
]
ImageSize = Annotated[str, AfterValidator(_star_or_x)]


@_closed
class ImageUrl(TypedDict):
    """`ChatCompletionContentPartImageImageUrl`: an http(s) URL or a `data:` URL."""

    url: Text
    detail: NotRequired[Literal["low", "high", "auto"]]


@_closed
class TextPart(TypedDict):
    """`ChatCompletionContentPartText`."""

    type: Literal["text"]
    text: str


@_closed
class ImagePart(TypedDict):
    """`ChatCompletionContentPartImage`."""

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
    """`chatCompletionMessageToolCall`."""

    id: str
    type: Literal["function"]
    function: FunctionCall


@_closed
class ChatMessage(TypedDict):
    """`ChatCompletionMessage`: one turn of the conversation; a `content` of None is sent as ""."""

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
    """`FunctionObject`: a function the model may call; `parameters` is a JSON Schema."""

    name: str
    description: NotRequired[str]
    parameters: NotRequired[dict[str, Any]]
    # beyond the contract
    strict: NotRequired[bool]


@_closed
class Tool(TypedDict):
    """`chatCompletionTool`."""

    type: Literal["function"]
    function: FunctionObject


@_closed
class NamedFunction(TypedDict):
    """The function a named tool choice asks for."""

    name: str


@_closed
class NamedToolChoice(TypedDict):
    """`chatCompletionNamedToolChoice`."""

    type: Literal["function"]
    function: NamedFunction


ToolChoice = Literal["none", "auto", "required"] | NamedToolChoice


class JSONSchemaFormat(TypedDict):
    """The inside of a `json_schema` response format: these three fields and no other."""

    name: Text
    schema: dict[str, Any]
    strict: NotRequired[bool]


class ResponseFormatJSONSchema(TypedDict):
    """`ResponseFormatJSONSchema`."""

    type: Literal["json_schema"]
    json_schema: JSONSchemaFormat


class ResponseFormatJSONObject(TypedDict):
    """`ResponseFormatJSONObject`."""

    type: Literal["json_object"]


class ResponseFormatText(TypedDict):
    """`ResponseFormatText`."""

    type: Literal["text"]


ResponseFormat = Annotated[
    ResponseFormatJSONSchema | ResponseFormatJSONObject | ResponseFormatText,
    Field(discriminator="type"),
]


class StreamOptions(TypedDict, total=False):
    """Options of a stream, beyond the contract."""

    include_usage: bool


class SamplingOptions(TypedDict, total=False):
    """What chat and completion requests share; every field is sent only if set.

    `max_tokens` counts answer tokens, at least 1. `stop` holds up to 4 sequences.
    `extra_body` is merged into the request as it is.
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


class ChatOptions(SamplingOptions, total=False):
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


@_closed
class ChatCompletionRequest(ChatOptions):
    """`ChatCompletionRequest`."""

    model: Required[Text]
    messages: Required[Annotated[list[ChatMessage], Field(min_length=1)]]


class CompletionOptions(SamplingOptions, total=False):
    """The optional fields of a completion request."""

    # beyond the contract
    logprobs: Annotated[int, Field(ge=0)]


@_closed
class CompletionRequest(CompletionOptions):
    """`CompletionRequest`; `prompt` is one string."""

    model: Required[Text]
    prompt: Required[str]


class EmbeddingOptions(TypedDict, total=False):
    """The optional fields of an embedding request, all beyond the contract."""

    dimensions: AtLeastOne
    user: str
    extra_body: dict[str, JsonValue]


@_closed
class EmbeddingRequest(EmbeddingOptions):
    """`EmbeddingRequest`: plain text in, never token arrays; always floats out."""

    model: Required[Text]
    input: Required[Annotated[list[str], Field(min_length=1), BeforeValidator(_list_of_one)]]
    encoding_format: Required[Literal["float"]]


@_closed
class RerankRequest(TypedDict, total=False):
    """A rerank request; the endpoint is documented, though not in the published schemas."""

    model: Required[Text]
    query: Required[Text]
    documents: Required[Annotated[list[str | dict[str, JsonValue]], Field(min_length=1)]]
    top_n: AtLeastOne


class ImageOptions(TypedDict, total=False):
    """The optional fields of an image request."""

    n: AtLeastOne
    size: ImageSize
    response_format: Literal["b64_json"]
    user: str
    extra_body: dict[str, JsonValue]


@_closed
class ImageGenerationRequest(ImageOptions):
    """`ImageGenerationRequest`; `size` is written `1024x1024` or `1024*1024`."""

    model: Required[Text]
    prompt: Required[Text]
