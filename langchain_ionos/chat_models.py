"""The chat model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.base import LangSmithParams
from langchain_core.load import dumpd
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr, model_validator

from ionos_model_hub._version import __version__
from langchain_ionos.chat_fields import ChatModelFields
from langchain_ionos.chat_request import (
    ChatRequest,
    build_chat_request,
    own_options,
    prepare_stream,
)
from langchain_ionos.connection import Connection
from langchain_ionos.convert import content_blocks
from langchain_ionos.convert.chunks import ChunkWriter
from langchain_ionos.convert.messages import messages_to_wire
from langchain_ionos.convert.responses import sum_token_usage, to_chat_result
from langchain_ionos.convert.stream_events import EventWriter
from langchain_ionos.errors import IONOSConfigurationError, langchain_errors
from langchain_ionos.profiles import model_profile
from langchain_ionos.structured_chat import StructuredChatModel
from langchain_ionos.token_estimate import count_message_tokens, estimate_token_ids
from langchain_ionos.tracing import langsmith_params

if TYPE_CHECKING:
    from langchain_protocol.protocol import MessagesData

content_blocks.register()

_NOT_DUMPED = frozenset({"http_client", "http_async_client", "rate_limiter", "cache", "callbacks"})

# Options of a call that may contain secrets: in traces and cache keys, they would be stored.
_NOT_TRACED = frozenset({"extra_headers", "extra_query", "timeout"})


class ChatIONOS(StructuredChatModel, ChatModelFields, Connection):
    """Chat models of the IONOS AI Model Hub.

    Only options that are set are sent. Pass fields of the API that have no argument here in
    `extra_body`.

    Raises:
        ConfigurationError: An argument is unknown, or a setting is missing or invalid.
        langchain_core.exceptions.ModelError: A call failed; it is a `ModelHubError` as well.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     llm = ChatIONOS(api_key="any", base_url=hub.base_url, temperature=0)
        ...     llm.invoke("Say exactly: Hallo").content
        'Hallo'
    """

    _dumped: tuple[dict[str, Any], dict[str, Any]] | None = PrivateAttr(default=None)

    __repr_args__ = Connection.__repr_args__  # that of LangChain leaves out the model

    @model_validator(mode="after")
    def _set_langchain_ionos_version(self) -> Self:
        self._add_version("langchain-ionos", __version__)
        return self

    @model_validator(mode="after")
    def _set_ionos_profile(self) -> Self:
        # Instead of `_resolve_model_profile`, whose result LangChain validates for each new
        # model, which takes 30 µs. A test validates ours. LangChain still validates a profile
        # that the user passes or a subclass resolves.
        if self.profile is None:
            self.profile = model_profile(self.model)
        return self

    @model_validator(mode="after")
    def _check_streaming(self) -> Self:
        if self.streaming and (self.n or 1) > 1:
            raise IONOSConfigurationError("n must be 1 with streaming=True.", param="n")
        return self

    if TYPE_CHECKING:  # a property, and also a name of the argument `model`
        model_name: str = Field(default="")
    else:

        @property
        def model_name(self) -> str:
            """The model's id, under the name that LangChain's agents read."""
            return self.model

    # Names, traces and serialization.

    @property
    def _llm_type(self) -> str:
        return "ionos-chat"

    @property
    def lc_secrets(self) -> dict[str, str]:
        """The secret arguments and their environment variables."""
        return {"api_key": "IONOS_API_KEY"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: `langchain_core.load` can dump and load this model."""
        return True

    @property
    def _serialized(self) -> dict[str, Any]:
        # LangChain would cache the first value forever and ignore changed fields.
        fields = {name: value for name, value in vars(self).items() if name not in _NOT_DUMPED}
        dumped = self._dumped
        if dumped is None or dumped[0] != fields:
            dumped = self._dumped = fields, dumpd(self)
        return dumped[1]

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        self._dumped = None  # a value inside a field may have changed
        kept = {name: value for name, value in kwargs.items() if name not in _NOT_TRACED}
        return super()._get_llm_string(stop, **kept)

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {**self._default_params(), "base_url": self.base_url}

    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        params = {**self._default_params(), "_type": self._llm_type}
        kept = {name: value for name, value in kwargs.items() if name not in _NOT_TRACED}
        return {**params, "stop": stop or params.get("stop"), **kept}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return langsmith_params({**self._get_invocation_params(stop), **kwargs})

    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None], /) -> dict[str, Any]:
        return sum_token_usage(llm_outputs)

    # Token counts.

    def get_token_ids(self, text: str) -> list[int]:
        """Return a number per token, estimated unless `custom_get_token_ids` is set."""
        return (self.custom_get_token_ids or estimate_token_ids)(text)

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Return the estimated number of tokens of a conversation and its tools."""
        return count_message_tokens(messages, tools, self.get_num_tokens)

    # Calls.

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with langchain_errors():
            request = self._build_request(messages, stop, kwargs)
            completion = self.clients.sync.chat(
                request.messages, model=request.model, **request.options
            )
        return to_chat_result(completion)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with langchain_errors():
            request = self._build_request(messages, stop, kwargs)
            completion = await self.clients.aio.chat(
                request.messages, model=request.model, **request.options
            )
        return to_chat_result(completion)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with langchain_errors():
            request = self._build_streamed_request(messages, stop, kwargs)
            writer = ChunkWriter()
            with self.clients.sync.stream_chat(
                request.messages, model=request.model, **request.options
            ) as stream:
                for delta in stream:
                    for chunk in writer.feed(delta):
                        if run_manager:
                            run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                        yield chunk
                yield from writer.finish(stream.answer)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        with langchain_errors():
            request = self._build_streamed_request(messages, stop, kwargs)
            writer = ChunkWriter()
            async with self.clients.aio.stream_chat(
                request.messages, model=request.model, **request.options
            ) as stream:
                async for delta in stream:
                    for chunk in writer.feed(delta):
                        if run_manager:
                            await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                        yield chunk
                for chunk in writer.finish(stream.answer):
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
            request = self._build_streamed_request(messages, stop, kwargs)
            writer = EventWriter(request.model)
            with self.clients.sync.stream_chat(
                request.messages, model=request.model, **request.options
            ) as stream:
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
            request = self._build_streamed_request(messages, stop, kwargs)
            writer = EventWriter(request.model)
            async with self.clients.aio.stream_chat(
                request.messages, model=request.model, **request.options
            ) as stream:
                async for delta in stream:
                    if run_manager and delta.text:
                        await run_manager.on_llm_new_token(delta.text)
                    for event in writer.feed(delta):
                        yield event
                for event in writer.finish(stream.answer):
                    yield event

    # Requests.

    def _default_params(self) -> dict[str, Any]:
        """Return the model's id and the options that are set."""
        return {"model": self.model, **own_options(vars(self))}

    def _build_request(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, options: Mapping[str, Any]
    ) -> ChatRequest:
        replay = self.replay_reasoning
        reasoning_field = "reasoning" if replay is True else replay or None
        return build_chat_request(
            messages_to_wire(messages, reasoning_field=reasoning_field),
            self._default_params(),
            options,
            stop=stop,
            max_tokens_field=self.max_tokens_field,
        )

    def _build_streamed_request(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, options: Mapping[str, Any]
    ) -> ChatRequest:
        request = self._build_request(messages, stop, options)
        return prepare_stream(request, include_usage=options.get("stream_usage", self.stream_usage))
