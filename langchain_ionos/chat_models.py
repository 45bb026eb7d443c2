"""The chat model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.load import dumpd
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import AliasChoices, Field, JsonValue, PrivateAttr, model_validator

from ionos_model_hub._version import __version__
from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL
from langchain_ionos import structured_output as structured
from langchain_ionos import token_estimate as tokens
from langchain_ionos.call_options import Call, MaxTokensField, build_call, for_stream, what_is_set
from langchain_ionos.connection import Connection
from langchain_ionos.convert import chunks, content_blocks
from langchain_ionos.convert import responses as answers
from langchain_ionos.convert.messages import ReasoningField
from langchain_ionos.convert.messages import to_wire as messages_to_wire
from langchain_ionos.convert.stream_events import EventWriter
from langchain_ionos.convert.tools import choice_to_wire
from langchain_ionos.convert.tools import to_wire as tools_to_wire
from langchain_ionos.errors import IONOSConfigurationError, langchain_errors
from langchain_ionos.profiles import profile_of
from langchain_ionos.structured_output import Method, Schema
from langchain_ionos.tracing import langsmith_params

if TYPE_CHECKING:
    from langchain_protocol.protocol import MessagesData

content_blocks.register()

_NOT_DUMPED = frozenset({"http_client", "http_async_client", "rate_limiter", "cache", "callbacks"})


class ChatIONOS(BaseChatModel, Connection):
    """Chat models of the IONOS AI Model Hub.

    Every option is sent only if it is set. Fields of the API that have no argument here go
    into `extra_body`. How the hub is reached is set as in `Connection`.

    Attributes:
        model: The model's id; `model_name` is another name for this argument.
        temperature: Randomness of the answer, from 0.
        top_p: Share of the most likely tokens that are considered.
        n: How many answers are asked for; above 1 there is no streaming.
        max_tokens: Most tokens of an answer, reasoning included.
        max_tokens_field: The name under which `max_tokens` is sent.
        stop: Up to 4 sequences that end the answer; also `stop_sequences`.
        seed: Makes answers repeatable, as far as the backend can.
        presence_penalty: From -2 to 2; above 0, new subjects become likelier.
        frequency_penalty: From -2 to 2; above 0, repetitions become rarer.
        logit_bias: Bias by token id.
        logprobs: Whether `response_metadata["logprobs"]` is asked for.
        top_logprobs: How many alternatives of each token it holds, up to 20.
        user: A name for the end user.
        reasoning_effort: How long a reasoning model thinks; the profile lists what it takes.
        parallel_tool_calls: Whether an answer may hold several tool calls.
        extra_body: Further fields of the request.
        stream_usage: Whether streams are asked for their token counts.
        streaming: Whether `invoke` streams as well; False switches streaming off.
        replay_reasoning: The field in which an assistant's earlier reasoning is sent back;
            True means "reasoning". Some backends refuse it.

    Raises:
        ConfigurationError: An argument is unknown, or a setting is missing or wrong.
        pydantic.ValidationError: An argument is of the wrong type.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     llm = ChatIONOS(api_key="any", base_url=hub.base_url, temperature=0)
        ...     llm.invoke("Say exactly: Hallo").content
        'Hallo'
    """

    model: str = Field(
        default=DEFAULT_CHAT_MODEL,
        min_length=1,
        validation_alias=AliasChoices("model", "model_name"),
    )
    temperature: float | None = Field(default=None, ge=0)
    top_p: float | None = None
    n: int | None = Field(default=None, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    max_tokens_field: MaxTokensField = "max_tokens"
    stop: list[str] | str | None = Field(
        default=None, validation_alias=AliasChoices("stop", "stop_sequences")
    )
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    user: str | None = None
    reasoning_effort: str | None = None
    parallel_tool_calls: bool | None = None
    extra_body: dict[str, JsonValue] | None = None
    stream_usage: bool = True
    streaming: bool = False
    replay_reasoning: bool | ReasoningField = False

    _dumped: tuple[dict[str, Any], dict[str, Any]] | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _set_langchain_ionos_version(self) -> Self:
        self._add_version("langchain-ionos", __version__)
        return self

    @model_validator(mode="after")
    def _set_ionos_profile(self) -> Self:
        # In place of `_resolve_model_profile`, whose answer LangChain checks for each model anew,
        # for 30 µs. A test checks ours; what a user gives, or a subclass resolves, LangChain does.
        if self.profile is None:
            self.profile = profile_of(self.model)
        return self

    @model_validator(mode="after")
    def _refuse_several_streams(self) -> Self:
        if self.streaming and (self.n or 1) > 1:
            raise IONOSConfigurationError("n must be 1 with streaming=True.", param="n")
        return self

    @property
    def model_name(self) -> str:
        """The model's id, under the name that LangChain's agents look for."""
        return self.model

    # What LangChain asks of a model: names, traces, serialization.

    @property
    def _llm_type(self) -> str:
        return "ionos-chat"

    @property
    def lc_secrets(self) -> dict[str, str]:
        """The arguments that are secrets, and the environment variables that may hold them."""
        return {"api_key": "IONOS_API_KEY"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: `langchain_core.load` can dump and load this model."""
        return True

    @property
    def _serialized(self) -> dict[str, Any]:
        # LangChain would keep the first one for good, and so miss changed fields.
        fields = {name: value for name, value in vars(self).items() if name not in _NOT_DUMPED}
        dumped = self._dumped
        if dumped is None or dumped[0] != fields:
            dumped = self._dumped = fields, dumpd(self)
        return dumped[1]

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        self._dumped = None  # a value inside a field may have changed
        return super()._get_llm_string(stop, **kwargs)

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, **self._defaults(), "base_url": self.base_url}

    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        own = {"model": self.model, **self._defaults(), "_type": self._llm_type}
        return {**own, "stop": stop or own.get("stop"), **kwargs}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return langsmith_params({**self._get_invocation_params(stop), **kwargs})

    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None], /) -> dict[str, Any]:
        return answers.summed_token_usage(llm_outputs)

    # Tokens, estimated offline.

    def get_token_ids(self, text: str) -> list[int]:
        """Return a number for each token, by estimate or by `custom_get_token_ids`."""
        return (self.custom_get_token_ids or tokens.token_ids)(text)

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Return about how many tokens a conversation takes, with the tools it offers."""
        return tokens.count_of_messages(messages, tools, self.get_num_tokens)

    # Calls.

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with langchain_errors():
            call = self._call(messages, stop, kwargs)
            answer = self.clients.sync.chat(call.messages, model=call.model, **call.options)
        return answers.result_of(answer)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with langchain_errors():
            call = self._call(messages, stop, kwargs)
            answer = await self.clients.aio.chat(call.messages, model=call.model, **call.options)
        return answers.result_of(answer)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with langchain_errors():
            call = self._streamed_call(messages, stop, kwargs)
            client = self.clients.sync
            with client.stream_chat(call.messages, model=call.model, **call.options) as stream:
                for delta in stream:
                    for chunk in chunks.chunks_of(delta):
                        if run_manager:
                            run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                        yield chunk
                yield from chunks.last_chunks(stream.answer)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        with langchain_errors():
            call = self._streamed_call(messages, stop, kwargs)
            client = self.clients.aio
            async with client.stream_chat(
                call.messages, model=call.model, **call.options
            ) as stream:
                async for delta in stream:
                    for chunk in chunks.chunks_of(delta):
                        if run_manager:
                            await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                        yield chunk
                for chunk in chunks.last_chunks(stream.answer):
                    yield chunk

    def _stream_chat_model_events(
        self,
        messages: list[BaseMessage],
        *,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[MessagesData]:
        with langchain_errors():
            call = self._streamed_call(messages, stop, kwargs)
            writer = EventWriter(call.model)
            client = self.clients.sync
            with client.stream_chat(call.messages, model=call.model, **call.options) as stream:
                for delta in stream:
                    if run_manager and delta.text:
                        run_manager.on_llm_new_token(delta.text)
                    yield from writer.feed(delta)
                yield from writer.finish(stream.answer)

    async def _astream_chat_model_events(
        self,
        messages: list[BaseMessage],
        *,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[MessagesData]:
        with langchain_errors():
            call = self._streamed_call(messages, stop, kwargs)
            writer = EventWriter(call.model)
            client = self.clients.aio
            async with client.stream_chat(
                call.messages, model=call.model, **call.options
            ) as stream:
                async for delta in stream:
                    if run_manager and delta.text:
                        await run_manager.on_llm_new_token(delta.text)
                    for event in writer.feed(delta):
                        yield event
                for event in writer.finish(stream.answer):
                    yield event

    # Tools and structured output.

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with tools that it may call.

        Args:
            tools: LangChain tools, functions, classes, or dicts in any provider's form.
            tool_choice: "any", "required" or True (it must call a tool), "auto", "none", a
                tool's name, or a dict as the API takes it. Default: the model decides.
            strict: True asks for arguments that follow the schema exactly; it sends a field
                beyond the API's contract.
            **kwargs: Further options of the call, for instance `parallel_tool_calls`.

        Raises:
            InvalidRequestError: `tool_choice` names no tool.
        """
        offered = tools_to_wire(tools, strict=strict)
        choice = choice_to_wire(tool_choice, [tool["function"]["name"] for tool in offered])
        if choice is not None:
            kwargs["tool_choice"] = choice
        return super().bind(tools=offered, **kwargs)

    def with_structured_output(
        self,
        schema: Schema | None = None,
        *,
        method: Method = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """Return the model so that it answers with an object of `schema`.

        Args:
            schema: A pydantic class, a TypedDict, or a JSON Schema. Only JSON mode works
                without.
            method: "json_schema" holds the model to the schema while it writes;
                "function_calling" makes it call a tool; "json_mode" only makes it write JSON,
                so that the prompt must describe the object.
            include_raw: Whether to return `{"raw", "parsed", "parsing_error"}` and to raise
                nothing for an answer that cannot be read.
            strict: Whether the hub enforces the schema. Default: with "json_schema" only.
            **kwargs: Further options of the call.

        Raises:
            ValueError: The arguments do not go together, or the hub takes no such schema.
        """
        from langchain_ionos.output_parsers import parser_for  # pydantic classes, for this alone

        structured.check(schema, method, strict)
        parser = parser_for(schema, method)
        with langchain_errors():
            asked = self._asked_for(schema, method, strict, kwargs)
        return structured.chain(asked, parser, include_raw=include_raw)

    def _asked_for(
        self, schema: Schema | None, method: Method, strict: bool | None, given: dict[str, Any]
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model so that it asks for an object of `schema`."""
        traced = structured.traced_format(schema, method, strict)
        options = {**given, "ls_structured_output_format": traced}
        if schema is None or method == "json_mode":
            return self.bind(response_format={"type": "json_object"}, **options)
        if method == "json_schema":
            wanted = structured.response_format(schema, strict)
            return self.bind(response_format=wanted, **options)
        tool = structured.tool_of(schema)
        return self.bind_tools([tool], tool_choice="any", strict=strict, **options)

    # How a call comes about.

    def _defaults(self) -> dict[str, Any]:
        """Return the options that are set on the model."""
        return what_is_set(vars(self))

    def _call(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, given: Mapping[str, Any]
    ) -> Call:
        replay = "reasoning" if self.replay_reasoning is True else self.replay_reasoning or None
        return build_call(
            messages_to_wire(messages, replay=replay),
            {"model": self.model, **self._defaults()},
            given,
            stop=stop,
            max_tokens_field=self.max_tokens_field,
        )

    def _streamed_call(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, given: Mapping[str, Any]
    ) -> Call:
        call = self._call(messages, stop, given)
        wants_usage = given.get("stream_usage", self.stream_usage)
        return for_stream(call, wants_usage=wants_usage)
