"""The chat models of the hub as a LlamaIndex LLM."""

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
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools import BaseTool
from pydantic import Field, WithJsonSchema
from typing_extensions import Unpack

from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL
from ionos_model_hub.wire.request_types import ChatOptions, CompletionOptions
from llama_index_ionos.arguments import LLMArguments
from llama_index_ionos.connection import Connection
from llama_index_ionos.convert.messages import to_wire
from llama_index_ionos.convert.responses import Pieces, Reading, completion_of, response_of
from llama_index_ionos.convert.tools import (
    tool_selections,
    wire_choice,
    wire_tools,
    with_user_message,
)
from llama_index_ionos.endpoint_calls import ChatCall, TextCall, merged_options
from llama_index_ionos.metadata import calls_functions, context_window_of, writes_schemas
from llama_index_ionos.structured import Way
from llama_index_ionos.structured_prediction import StructuredPrediction

_OPTIONS = (
    *("temperature", "max_tokens", "top_p", "stop", "seed", "reasoning_effort"),
    *("logprobs", "top_logprobs"),
)
_TOKENS_UNKNOWN = -1


class IONOS(Connection, StructuredPrediction):
    """The chat models of the IONOS AI Model Hub.

    Only options that are set are sent. What a call says goes before `additional_kwargs`, and
    these before the fields below; None says nothing. `Connection` lists the further fields.

    Attributes:
        model: The model's id.
        temperature: Sampling temperature, from 0. Default: the model's own.
        max_tokens: Most tokens of an answer, those of reasoning included, at least 1. Default:
            what the context leaves; on the completions endpoint, see `tokenizer`.
        top_p: Share of likeliest tokens to sample from, above 0 to 1.
        stop: Up to 4 texts before which an answer ends.
        seed: Makes sampling repeatable as far as the model can.
        reasoning_effort: How much a reasoning model thinks: low, medium, high or none, by model.
        logprobs: Whether answers come with the log probabilities of their tokens.
        top_logprobs: How many alternatives of each token, 0 to 20.
        additional_kwargs: Further fields of the request, such as `extra_body`.
        context_window: Tokens of prompt and answer together. Default: what the catalogue says.
        is_chat_model: Whether the chat endpoint is used, or else the completions endpoint.
        is_function_calling_model: Whether the model calls tools. Default: what the catalogue says.
        should_use_structured_outputs: Whether structured output is asked for as a JSON Schema, or
            else as a function call. Default: what the catalogue says.
        strict: Whether the hub holds tool calls to the tools' schemas.
        merge_system_messages: Whether all system messages are sent as one, at the beginning.
        replay_reasoning: Whether the reasoning of earlier answers is sent along.
        promote_reasoning: Whether reasoning stands in for the text of an answer that has neither
            text nor tool calls.
        tokenizer: Splits a text into tokens. On the completions endpoint it tells how many
            tokens the prompt leaves to the answer, where `max_tokens` is not set; without it
            256 are asked for, because the endpoint itself stops after 16.

    Raises:
        ConfigurationError: An argument is unknown, missing or wrong; `param` names it.
        pydantic.ValidationError: A field is of the wrong type or out of its range.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     llm = IONOS(api_key="any", api_base=hub.base_url)
        ...     str(llm.complete("Say exactly: Hallo"))
        'Hallo'
    """

    model: str = Field(default=DEFAULT_CHAT_MODEL, min_length=1)
    temperature: float | None = Field(default=None, ge=0)
    max_tokens: int | None = Field(default=None, ge=1)
    top_p: float | None = Field(default=None, gt=0, le=1)
    stop: list[str] | str | None = None
    seed: int | None = None
    reasoning_effort: str | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    additional_kwargs: dict[str, Any] = Field(default_factory=dict)
    context_window: int | None = Field(default=None, ge=1)
    is_chat_model: bool = True
    is_function_calling_model: bool | None = None
    should_use_structured_outputs: bool | None = None
    strict: bool = False
    merge_system_messages: bool = False
    replay_reasoning: bool = False
    promote_reasoning: bool = False
    tokenizer: Annotated[
        Callable[[str], Sequence[object]] | None, WithJsonSchema({"type": "string"})
    ] = Field(default=None, exclude=True, repr=False)

    def __init__(self, **arguments: Unpack[LLMArguments]) -> None:
        super().__init__(**arguments)

    @classmethod
    def class_name(cls) -> str:
        """Return the name that stands for this class in dumps and traces."""
        return "IONOS"

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex wants to know of the model; never raises."""
        unset = _TOKENS_UNKNOWN if self.is_chat_model else DEFAULT_NUM_OUTPUTS
        return LLMMetadata(
            context_window=self.context_window or context_window_of(self.model),
            num_output=self.max_tokens or unset,
            is_chat_model=self.is_chat_model,
            is_function_calling_model=self._calls_functions(),
            model_name=self.model,
        )

    def to_payload(self) -> dict[str, Any]:
        """Return what traces may know: no key, no headers."""
        options = {name: getattr(self, name) for name in _OPTIONS}
        return {**super().to_payload(), "model": self.model, **options}

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Return the answer to a conversation.

        Args:
            messages: The conversation.
            **kwargs: Options of the request, and `allow_parallel_tool_calls`: False keeps only
                the first tool call of the answer.

        Raises:
            ModelHubError: The call failed.
        """
        return self._answer(self._chat_call(messages, kwargs))

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Return the answer to a conversation; see `chat`."""
        return await self._aanswer(self._chat_call(messages, kwargs))

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Return the answer to a conversation as it grows; see `chat`.

        Each item holds the whole message so far, and in `delta` the new text. The last one has
        usage and finish reason. Closing the generator closes the connection.
        """
        return self._stream(self._chat_call(messages, kwargs))

    @llm_chat_callback()
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> ChatResponseAsyncGen:
        """Return the answer to a conversation as it grows; see `stream_chat`."""
        return self._astream(self._chat_call(messages, kwargs))

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Return the answer to a prompt.

        Args:
            prompt: What to ask, or to continue.
            formatted: Whether `completion_to_prompt` has been applied already.
            **kwargs: See `chat`.

        Raises:
            ModelHubError: The call failed.
        """
        return completion_of(self._answer(self._prompt_call(prompt, formatted, kwargs)))

    @llm_completion_callback()
    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponse:
        """Return the answer to a prompt; see `complete`."""
        return completion_of(await self._aanswer(self._prompt_call(prompt, formatted, kwargs)))

    @llm_completion_callback()
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """Return the answer to a prompt as it grows; see `complete` and `stream_chat`."""
        responses = self._stream(self._prompt_call(prompt, formatted, kwargs))
        return (completion_of(response) for response in responses)

    @llm_completion_callback()
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseAsyncGen:
        """Return the answer to a prompt as it grows; see `complete` and `stream_chat`."""
        responses = self._astream(self._prompt_call(prompt, formatted, kwargs))
        return (completion_of(response) async for response in responses)

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """Return the tool calls of a response, or of an item of a stream as far as it has come.

        Raises:
            ResponseError: The arguments in a whole answer are cut off or no JSON object; no tool
                shall be called with half of them.
            ValueError: There is no call, and `error_on_no_tool_call` is set.
        """
        selections = tool_selections(response)
        if not selections and error_on_no_tool_call:
            raise ValueError(f"The model called no tool. It said: {response.message.content!r}")
        return selections

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **kwargs: Any,
    ) -> dict[str, Any]:
        choice = wire_choice(kwargs.pop("tool_choice", None), required=tool_required)
        return {
            **kwargs,
            "messages": with_user_message(chat_history, user_msg),
            "tools": wire_tools(tools, strict=self.strict),
            **({"tool_choice": choice} if choice else {}),
            **({} if allow_parallel_tool_calls else {"allow_parallel_tool_calls": False}),
        }

    def _best_way(self) -> Way:
        if not self.is_chat_model:
            return "text"
        wanted = self.should_use_structured_outputs
        if writes_schemas(self.model) if wanted is None else wanted:
            return "schema"
        return "function" if self._calls_functions() else "text"

    def _calls_functions(self) -> bool:
        if self.is_function_calling_model is None:
            return self.is_chat_model and calls_functions(self.model)
        return self.is_function_calling_model

    def _chat_call(
        self, messages: Sequence[ChatMessage], given: Mapping[str, Any]
    ) -> ChatCall | TextCall:
        if not self.is_chat_model:
            as_prompt = self.messages_to_prompt or messages_to_prompt
            return self._prompt_call(as_prompt(messages), True, given)
        model, options, reading = self._settled(given)
        wire = to_wire(
            messages,
            merge_system_messages=self.merge_system_messages,
            replay_reasoning=self.replay_reasoning,
        )
        return ChatCall(model, wire, cast("ChatOptions", options), reading)

    def _prompt_call(
        self, prompt: str, formatted: bool, given: Mapping[str, Any]
    ) -> ChatCall | TextCall:
        if not formatted and self.completion_to_prompt:
            prompt = self.completion_to_prompt(prompt)
        if self.is_chat_model:
            return self._chat_call([ChatMessage(prompt)], given)
        model, options, reading = self._settled(given)
        options.setdefault("max_tokens", self._tokens_left(prompt))
        alternatives = options.pop("top_logprobs", 1)
        if options.pop("logprobs", False):
            options["logprobs"] = alternatives
        return TextCall(model, prompt, cast("CompletionOptions", options), reading)

    def _settled(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any], Reading]:
        """Return the model, the options of a request, and how its answer is read."""
        own = {name: getattr(self, name) for name in _OPTIONS}
        options = merged_options(own, self.additional_kwargs, given)
        parallel = options.pop("allow_parallel_tool_calls", True)
        single = not (parallel and options.get("parallel_tool_calls", True))
        model = options.pop("model", self.model)
        return model, options, Reading(single, self.promote_reasoning)

    def _tokens_left(self, prompt: str) -> int:
        if self.tokenizer is None:
            return DEFAULT_NUM_OUTPUTS
        return max(1, self.metadata.context_window - len(self.tokenizer(prompt)))

    def _answer(self, call: ChatCall | TextCall) -> ChatResponse:
        return response_of(call.send(self.clients.sync), call.reading)

    async def _aanswer(self, call: ChatCall | TextCall) -> ChatResponse:
        return response_of(await call.asend(self.clients.aio), call.reading)

    def _stream(self, call: ChatCall | TextCall) -> Generator[ChatResponse, None, None]:
        pieces = Pieces(call.reading)
        with call.stream(self.clients.sync) as deltas:
            for delta in deltas:
                if response := pieces.step(delta):
                    yield response
        yield pieces.finish(deltas.answer)

    async def _astream(self, call: ChatCall | TextCall) -> AsyncGenerator[ChatResponse, None]:
        # Left early, `deltas` ends with its last reference. Were it closed here, a loop that shuts
        # down, and closes all generators at once, would find it closing already.
        pieces, deltas = Pieces(call.reading), call.astream(self.clients.aio)
        async for delta in deltas:
            if response := pieces.step(delta):
                yield response
        yield pieces.finish(deltas.answer)
