"""Chat models of the IONOS AI Model Hub as a LlamaIndex LLM."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from typing import Annotated, Any, cast

from llama_index.core.base.llms.generic_utils import messages_to_prompt
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
    LLMMetadata,
)
from llama_index.core.constants import DEFAULT_NUM_OUTPUTS
from pydantic import AliasChoices, Field, WithJsonSchema
from typing_extensions import Unpack

from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL
from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.request_types import ChatOptions, CompletionOptions
from llama_index_ionos.arguments import LLMArguments
from llama_index_ionos.callbacks import chat_callback, completion_callback
from llama_index_ionos.connection import Connection
from llama_index_ionos.convert.messages import to_wire_messages
from llama_index_ionos.convert.responses import (
    ParseOptions,
    StreamAccumulator,
    to_completion_response,
)
from llama_index_ionos.metadata import context_window_of, supports_json_schema, supports_tools
from llama_index_ionos.requests import ChatRequest, CompletionRequest, merge_options
from llama_index_ionos.structured import OutputMode
from llama_index_ionos.structured_prediction import StructuredPrediction
from llama_index_ionos.tool_calling import ToolCalling

_OPTIONS = (
    *("temperature", "max_tokens", "top_p", "stop", "seed", "reasoning_effort"),
    *("logprobs", "top_logprobs"),
)
_UNKNOWN_NUM_OUTPUT = -1


class IONOS(Connection, StructuredPrediction, ToolCalling):
    """Chat models of the IONOS AI Model Hub.

    Only options that are set are sent. Options of a call take precedence over
    `additional_kwargs`, and these over the fields; None means unset. See `Connection` for the
    fields of the connection.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid; `param` names it.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     llm = IONOS(api_key="any", api_base=hub.base_url)
        ...     str(llm.complete("Say exactly: Hallo"))
        'Hallo'
    """

    model: str = Field(
        default=DEFAULT_CHAT_MODEL,
        min_length=1,
        validation_alias=AliasChoices("model", "model_name"),
        description="Id of the model.",
    )
    temperature: float | None = Field(
        default=None,
        ge=0,
        description="Sampling temperature, at least 0. Default: chosen by the model.",
    )
    max_tokens: int | None = Field(
        default=None,
        ge=1,
        description="Maximum number of tokens in the response, including reasoning. Default: "
        "whatever the context window leaves; on the completions endpoint, see `tokenizer`.",
    )
    top_p: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Cumulative probability of the most likely tokens to sample from.",
    )
    stop: list[str] | str | None = Field(
        default=None, description="Up to 4 strings that end the response, without being part of it."
    )
    seed: int | None = Field(
        default=None, description="Makes sampling repeatable as far as the model supports it."
    )
    reasoning_effort: str | None = Field(
        default=None,
        description="Effort of a reasoning model: low, medium, high or none, depending on the "
        "model.",
    )
    logprobs: bool | None = Field(
        default=None, description="Whether responses include log probabilities of their tokens."
    )
    top_logprobs: int | None = Field(
        default=None, ge=0, le=20, description="Number of alternatives for each token, 0 to 20."
    )
    additional_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="Further fields of the request, such as `extra_body`."
    )
    context_window: int | None = Field(
        default=None,
        ge=1,
        description="Number of tokens of prompt and response together. Default: from the "
        "catalogue.",
    )
    is_chat_model: bool = Field(
        default=True,
        description="Whether requests go to the chat endpoint; otherwise to the completions "
        "endpoint.",
    )
    is_function_calling_model: bool | None = Field(
        default=None, description="Whether the model can call tools. Default: from the catalogue."
    )
    should_use_structured_outputs: bool | None = Field(
        default=None,
        description="Whether structured output is requested with a JSON Schema; otherwise with a "
        "tool call. Default: from the catalogue.",
    )
    strict: bool | None = Field(
        default=None,
        description="Whether the server enforces schemas, of tools and of structured output. "
        "Default: for structured output, forced tool calls, and tools with a response format.",
    )
    merge_system_messages: bool = Field(
        default=False,
        description="Whether all system messages are sent as one message at the beginning.",
    )
    replay_reasoning: bool = Field(
        default=False, description="Whether the reasoning of earlier responses is sent."
    )
    promote_reasoning: bool = Field(
        default=False,
        description="Whether the reasoning becomes the text of a response that has neither text "
        "nor tool calls.",
    )
    tokenizer: Annotated[
        Callable[[str], Sequence[object]] | None, WithJsonSchema({"type": "string"})
    ] = Field(
        default=None,
        exclude=True,
        repr=False,
        description="Splits a text into tokens. On the completions endpoint, it determines how "
        "many tokens the prompt leaves for the response if `max_tokens` is not set. Without it, "
        "256 tokens are requested, because the endpoint itself stops after 16.",
    )

    def __init__(self, **arguments: Unpack[LLMArguments]) -> None:
        super().__init__(**arguments)

    @classmethod
    def class_name(cls) -> str:
        """Return the name that identifies this class in dumps and traces."""
        return "IONOS"

    @property
    def metadata(self) -> LLMMetadata:
        """Properties of the model that LlamaIndex reads; never raises."""
        unset = _UNKNOWN_NUM_OUTPUT if self.is_chat_model else DEFAULT_NUM_OUTPUTS
        return LLMMetadata(
            context_window=self.context_window or context_window_of(self.model),
            num_output=self.max_tokens or unset,
            is_chat_model=self.is_chat_model,
            is_function_calling_model=self._supports_tools(),
            model_name=self.model,
        )

    def to_payload(self) -> dict[str, Any]:
        """Return the fields for traces; API key and headers are never among them."""
        options = {name: getattr(self, name) for name in _OPTIONS}
        return {**super().to_payload(), "model": self.model, **options}

    @chat_callback
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Return the response to a conversation.

        Args:
            messages: The conversation.
            **kwargs: Options of the request, and `allow_parallel_tool_calls`: if False, only the
                first tool call of the response is kept.

        Raises:
            ModelHubError: The call failed.
        """
        return self._chat_request(messages, kwargs).send(self.clients.sync)

    @chat_callback
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Return the response to a conversation; see `chat`."""
        return await self._chat_request(messages, kwargs).asend(self.clients.aio)

    @chat_callback
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Stream the response to a conversation; see `chat`.

        Each item contains the message so far, with the new text in `delta`. The last one has the
        token usage and the finish reason. Closing the generator closes the connection.
        """
        return self._stream(self._chat_request(messages, kwargs))

    @chat_callback
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        """Stream the response to a conversation; see `stream_chat`."""
        return self._astream(self._chat_request(messages, kwargs))

    @completion_callback
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Return the response to a prompt.

        Args:
            prompt: The prompt; the completions endpoint continues it.
            formatted: Whether `completion_to_prompt` has already been applied.
            **kwargs: See `chat`.

        Raises:
            ModelHubError: The call failed.
        """
        request = self._prompt_request(prompt, formatted, kwargs)
        return to_completion_response(request.send(self.clients.sync))

    @completion_callback
    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponse:
        """Return the response to a prompt; see `complete`."""
        request = self._prompt_request(prompt, formatted, kwargs)
        return to_completion_response(await request.asend(self.clients.aio))

    @completion_callback
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """Stream the response to a prompt; see `complete` and `stream_chat`."""
        responses = self._stream(self._prompt_request(prompt, formatted, kwargs))
        return (to_completion_response(response) for response in responses)

    @completion_callback
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseAsyncGen:
        """Stream the response to a prompt; see `complete` and `stream_chat`."""
        responses = self._astream(self._prompt_request(prompt, formatted, kwargs))
        return (to_completion_response(response) async for response in responses)

    def _default_output_mode(self) -> OutputMode:
        if not self.is_chat_model:
            return "text"
        use_schema = self.should_use_structured_outputs
        if use_schema is None:
            use_schema = supports_json_schema(self.model)
        if use_schema:
            return "schema"
        return "function" if self._supports_tools() else "text"

    def _supports_tools(self) -> bool:
        if self.is_function_calling_model is None:
            return self.is_chat_model and supports_tools(self.model)
        return self.is_function_calling_model

    def _chat_request(
        self, messages: Sequence[ChatMessage], overrides: Mapping[str, Any]
    ) -> ChatRequest | CompletionRequest:
        if not self.is_chat_model:
            to_prompt = self.messages_to_prompt or messages_to_prompt
            return self._prompt_request(to_prompt(messages), True, overrides)
        model, options, parse_options = self._request_options(overrides)
        wire_messages = to_wire_messages(
            messages,
            merge_system_messages=self.merge_system_messages,
            replay_reasoning=self.replay_reasoning,
        )
        return ChatRequest(model, wire_messages, cast("ChatOptions", options), parse_options)

    def _prompt_request(
        self, prompt: str, formatted: bool, overrides: Mapping[str, Any]
    ) -> ChatRequest | CompletionRequest:
        if not isinstance(prompt, str):
            raise InvalidRequestError(
                f"prompt must be a string, got {type(prompt).__name__}.",
                hint="Use `predict` for a PromptTemplate, and `chat` for messages.",
                param="prompt",
            )
        if not formatted and self.completion_to_prompt:
            prompt = self.completion_to_prompt(prompt)
        if self.is_chat_model:
            return self._chat_request([ChatMessage(prompt)], overrides)
        model, options, parse_options = self._request_options(overrides)
        options.setdefault("max_tokens", self._remaining_tokens(prompt))
        alternatives = options.pop("top_logprobs", 1)
        if options.pop("logprobs", False):
            options["logprobs"] = alternatives
        return CompletionRequest(model, prompt, cast("CompletionOptions", options), parse_options)

    def _request_options(
        self, overrides: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any], ParseOptions]:
        """Return the model, the options of a request, and how its response is parsed."""
        fields = {name: getattr(self, name) for name in _OPTIONS}
        options = merge_options(fields, self.additional_kwargs, overrides)
        parallel = options.pop("allow_parallel_tool_calls", True)
        single = not (parallel and options.get("parallel_tool_calls", True))
        model = options.pop("model", self.model)
        return model, options, ParseOptions(single, self.promote_reasoning)

    def _remaining_tokens(self, prompt: str) -> int:
        if self.tokenizer is None:
            return DEFAULT_NUM_OUTPUTS
        return max(1, self.metadata.context_window - len(self.tokenizer(prompt)))

    def _stream(
        self, request: ChatRequest | CompletionRequest
    ) -> Generator[ChatResponse, None, None]:
        accumulator = StreamAccumulator(request.parse_options)
        with request.stream(self.clients.sync) as deltas:
            for delta in deltas:
                if response := accumulator.add(delta):
                    yield response
        yield accumulator.finish(deltas.answer)

    async def _astream(
        self, request: ChatRequest | CompletionRequest
    ) -> AsyncGenerator[ChatResponse, None]:
        # If the caller stops early, `deltas` is closed when its last reference goes away. Closing
        # it here would fail on a loop that is shutting down, which closes all generators itself.
        accumulator = StreamAccumulator(request.parse_options)
        deltas = request.astream(self.clients.aio)
        async for delta in deltas:
            if response := accumulator.add(delta):
                yield response
        yield accumulator.finish(deltas.answer)
