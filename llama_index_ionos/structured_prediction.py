"""The methods of an LLM that return pydantic objects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any, TypeAlias

from llama_index.core import instrumentation
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.program.utils import FlexibleModel
from llama_index.core.prompts import PromptTemplate
from llama_index.core.types import Model, PydanticProgramMode

from llama_index_ionos.structured import OutputMode, StructuredRequest

_dispatcher = instrumentation.get_dispatcher(__name__)  # type: ignore[attr-defined]  # re-exported

Partial: TypeAlias = Model | list[Model] | FlexibleModel | list[FlexibleModel]


class StructuredPrediction(FunctionCallingLLM, ABC):
    """An LLM with its own structured output for all program modes except LlamaIndex's plugins.

    `pydantic_program_mode` FUNCTION requests a tool call, LLM requests JSON in plain text, and
    DEFAULT selects the best mode for the model. LlamaIndex handles the plugin modes.
    """

    if TYPE_CHECKING:  # a field of `IONOS`
        strict: bool | None

    @abstractmethod
    def _default_output_mode(self) -> OutputMode:
        """Return the best output mode for this model."""

    def structured_predict(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """Return an object of `output_cls`.

        Args:
            output_cls: A pydantic class.
            prompt: The prompt.
            llm_kwargs: Options of the request.
            **prompt_args: Values for the placeholders of the prompt.

        Raises:
            ModelHubError: The call failed, or the response does not contain such an object.
        """
        mode = self._output_mode()
        if mode is None:
            predicted: Model = super().structured_predict(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
            return predicted
        _dispatcher.event(_start_event(output_cls, prompt, prompt_args))
        request, messages = self._structured_request(output_cls, mode, prompt, prompt_args)
        result = request.parse(self.chat(messages, **request.options(llm_kwargs)))
        _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
        return result

    async def astructured_predict(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """Return an object of `output_cls`; see `structured_predict`."""
        mode = self._output_mode()
        if mode is None:
            prediction = super().astructured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
            predicted: Model = await prediction
            return predicted
        _dispatcher.event(_start_event(output_cls, prompt, prompt_args))
        request, messages = self._structured_request(output_cls, mode, prompt, prompt_args)
        result = request.parse(await self.achat(messages, **request.options(llm_kwargs)))
        _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
        return result

    def _structured_stream_call(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[Partial[Model], None, None]:
        mode = self._output_mode()
        if mode is None:
            yield from super()._structured_stream_call(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
            return
        request, messages = self._structured_request(output_cls, mode, prompt, prompt_args)
        with closing(self.stream_chat(messages, **request.options(llm_kwargs))) as responses:
            for response in responses:
                if (partial := request.parse_next(response)) is not None:
                    yield partial

    async def _structured_astream_call(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[Partial[Model], None]:
        mode = self._output_mode()
        if mode is None:
            return await super()._structured_astream_call(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
        request, messages = self._structured_request(output_cls, mode, prompt, prompt_args)
        return self._parsed_stream(request, messages, request.options(llm_kwargs))

    async def _parsed_stream(
        self,
        request: StructuredRequest[Model],
        messages: list[ChatMessage],
        options: dict[str, Any],
    ) -> AsyncGenerator[Partial[Model], None]:
        async with aclosing(await self.astream_chat(messages, **options)) as responses:
            async for response in responses:
                if (partial := request.parse_next(response)) is not None:
                    yield partial

    def _output_mode(self) -> OutputMode | None:
        """Return the output mode, or None if a plugin of LlamaIndex handles the request."""
        modes: dict[PydanticProgramMode, OutputMode] = {
            PydanticProgramMode.DEFAULT: self._default_output_mode(),
            PydanticProgramMode.FUNCTION: "function",
            PydanticProgramMode.LLM: "text",
        }
        return modes.get(self.pydantic_program_mode)

    def _structured_request(
        self,
        output_cls: type[Model],
        mode: OutputMode,
        prompt: PromptTemplate,
        prompt_args: dict[str, Any],
    ) -> tuple[StructuredRequest[Model], list[ChatMessage]]:
        request = StructuredRequest(output_cls, mode, strict=self.strict is not False)
        messages = self._extend_messages(prompt.format_messages(llm=self, **prompt_args))
        return request, request.messages(messages)


def _start_event(
    output_cls: type[Model], prompt: PromptTemplate, prompt_args: dict[str, Any]
) -> LLMStructuredPredictStartEvent:
    return LLMStructuredPredictStartEvent(
        output_cls=output_cls, template=prompt, template_args=prompt_args
    )
