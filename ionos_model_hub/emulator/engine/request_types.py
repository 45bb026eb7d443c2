"""Request bodies as the engine validates them."""

from typing import Annotated, Literal, NotRequired

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from ionos_model_hub.emulator.json_type import Json

Prompts = list[int] | list[list[int]] | str | list[str]
_INT64 = 2**63


class ContentPartText(TypedDict):  # noqa: D101
    type: Literal["text"]
    text: str


class ImageUrl(TypedDict):  # noqa: D101
    url: str
    detail: NotRequired[str | None]


class ContentPartImage(TypedDict):  # noqa: D101
    type: Literal["image_url"]
    image_url: ImageUrl


ContentPart = ContentPartText | ContentPartImage


class CalledFunction(TypedDict):  # noqa: D101
    name: str
    arguments: str


class MessageToolCall(TypedDict):  # noqa: D101
    id: str
    type: NotRequired[Literal["function"]]
    function: CalledFunction


# The names of the message types appear in the engine's validation errors.
class ChatCompletionDeveloperMessageParam(TypedDict):  # noqa: D101
    content: str | list[ContentPart]
    role: Literal["developer"]


class ChatCompletionAssistantMessageParam(TypedDict):  # noqa: D101
    role: Literal["assistant"]
    content: NotRequired[str | list[ContentPart] | None]
    tool_calls: NotRequired[list[MessageToolCall] | None]


class CustomChatCompletionMessageParam(TypedDict):  # noqa: D101
    role: str
    content: NotRequired[str | list[ContentPart]]
    name: NotRequired[str]
    tool_call_id: NotRequired[str | None]
    tool_calls: NotRequired[list[MessageToolCall] | None]


Message = (
    ChatCompletionDeveloperMessageParam
    | ChatCompletionAssistantMessageParam
    | CustomChatCompletionMessageParam
)


class FunctionDefinition(BaseModel):  # noqa: D101
    model_config = ConfigDict(extra="allow")

    name: str
    description: str | None = None
    parameters: Json | None = None
    strict: bool | None = None


class ToolParam(BaseModel):  # noqa: D101
    type: Literal["function"] = "function"
    function: FunctionDefinition


class NamedFunction(BaseModel):  # noqa: D101
    name: str


class NamedToolChoice(BaseModel):  # noqa: D101
    type: Literal["function"] = "function"
    function: NamedFunction


class JsonSchemaFormat(BaseModel):  # noqa: D101
    name: str
    definition: Json | None = Field(default=None, alias="schema")
    strict: bool | None = None


class ResponseFormat(BaseModel):  # noqa: D101
    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchemaFormat | None = None


class StreamOptions(BaseModel):  # noqa: D101
    include_usage: bool | None = False
    continuous_usage_stats: bool | None = False


class SamplingFields(BaseModel):
    """Fields that chat and text completions have in common."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=())

    model: str | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    max_tokens: int | None = None
    n: int | None = 1
    presence_penalty: float | None = None
    seed: Annotated[int, Field(ge=-_INT64, le=_INT64 - 1)] | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    response_format: ResponseFormat | None = None
    user: str | None = None

    @property
    def stops(self) -> list[str]:
        """The stop sequences as a list."""
        return [self.stop] if isinstance(self.stop, str) else list(self.stop or ())

    @property
    def includes_usage(self) -> bool:
        """Whether a stream ends with the token usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    @property
    def includes_continuous_usage(self) -> bool:
        """Whether each chunk of a stream contains the token usage so far."""
        options = self.stream_options
        return self.includes_usage and bool(options and options.continuous_usage_stats)


class ChatRequest(SamplingFields):
    """Body of `POST /chat/completions`."""

    messages: list[Message]
    logprobs: bool | None = False
    top_logprobs: int | None = 0
    max_completion_tokens: int | None = None
    tools: list[ToolParam] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedToolChoice | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = (
        None
    )
    parallel_tool_calls: bool | None = True
    chat_template_kwargs: Json | None = None

    @property
    def has_grammar(self) -> bool:
        """Whether `response_format` constrains the text."""
        return self.response_format is not None and self.response_format.type != "text"

    @property
    def forces_call(self) -> bool:
        """Whether the response must contain a tool call."""
        return self.tool_choice == "required" or isinstance(self.tool_choice, NamedToolChoice)


class CompletionRequest(SamplingFields):
    """Body of `POST /completions`."""

    prompt: Prompts | None = None
    suffix: str | None = None
    echo: bool | None = False
    logprobs: int | None = None


class EmbeddingRequest(BaseModel):
    """Body of `POST /embeddings`."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=())

    model: str | None = None
    input: Prompts
    encoding_format: Literal["float", "base64", "bytes", "bytes_only"] = "float"
    dimensions: int | None = None
    truncate_prompt_tokens: Annotated[int, Field(ge=-1)] | None = None
    user: str | None = None


class RerankRequest(BaseModel):
    """Body of `POST /rerank`."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=())

    model: str | None = None
    query: str
    documents: str | list[str]
    top_n: int = 0
