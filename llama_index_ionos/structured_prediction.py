"""The methods of an LLM that return pydantic objects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from typing import Any, TypeAlias

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

from llama_index_ionos.structured import Asked, Way

_dispatcher = instrumentation.get_dispatcher(__name__)  # type: ignore[attr-defined]  # re-exported

Partial: TypeAlias = Model | list[Model] | FlexibleModel | list[FlexibleModel]


class StructuredPrediction(FunctionCallingLLM, ABC):
    """An LLM that asks for structured output by itself, in all of LlamaIndex's ways but plugins.

    `pydantic_program_mode` FUNCTION and LLM ask for a function call and for JSON in plain text;
    DEFAULT takes what suits the model best. The plugin modes are left to LlamaIndex.
    """

    @abstractmethod
    def _best_way(self) -> Way:
        """Return how this model is best asked for structured output."""

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
            prompt: What to ask.
            llm_kwargs: Options of the request.
            **prompt_args: What fills the prompt.

        Raises:
            ModelHubError: The call failed, or the answer is no such object.
        """
        way = self._way()
        if way is None:
            left: Model = super().structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
            return left
        _dispatcher.event(_start(output_cls, prompt, prompt_args))
        asked = Asked(output_cls, way)
        messages = self._asking(asked, prompt, prompt_args)
        result = asked.read(self.chat(messages, **asked.options(llm_kwargs)))
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
        way = self._way()
        if way is None:
            plugin = super().astructured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
            left: Model = await plugin
            return left
        _dispatcher.event(_start(output_cls, prompt, prompt_args))
        asked = Asked(output_cls, way)
        messages = self._asking(asked, prompt, prompt_args)
        result = asked.read(await self.achat(messages, **asked.options(llm_kwargs)))
        _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
        return result

    def _structured_stream_call(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[Partial[Model], None, None]:
        way = self._way()
        if way is None:
            yield from super()._structured_stream_call(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
            return
        asked = Asked(output_cls, way)
        messages = self._asking(asked, prompt, prompt_args)
        with closing(self.stream_chat(messages, **asked.options(llm_kwargs))) as responses:
            for response in responses:
                if (found := asked.step(response)) is not None:
                    yield found

    async def _structured_astream_call(
        self,
        output_cls: type[Model],
        prompt: PromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[Partial[Model], None]:
        way = self._way()
        if way is None:
            return await super()._structured_astream_call(
                output_cls, prompt, llm_kwargs, **prompt_args
            )
        asked = Asked(output_cls, way)
        messages = self._asking(asked, prompt, prompt_args)
        return self._told(asked, messages, asked.options(llm_kwargs))

    async def _told(
        self, asked: Asked[Model], messages: list[ChatMessage], options: dict[str, Any]
    ) -> AsyncGenerator[Partial[Model], None]:
        async with aclosing(await self.astream_chat(messages, **options)) as responses:
            async for response in responses:
                if (found := asked.step(response)) is not None:
                    yield found

    def _way(self) -> Way | None:
        """Return how to ask, or None where a plugin of LlamaIndex is to do it."""
        ways: dict[PydanticProgramMode, Way] = {
            PydanticProgramMode.DEFAULT: self._best_way(),
            PydanticProgramMode.FUNCTION: "function",
            PydanticProgramMode.LLM: "text",
        }
        return ways.get(self.pydantic_program_mode)

    def _asking(
        self, asked: Asked[Model], prompt: PromptTemplate, prompt_args: dict[str, Any]
    ) -> list[ChatMessage]:
        return asked.messages(
            self._extend_messages(prompt.format_messages(llm=self, **prompt_args))
        )


def _start(
    output_cls: type[Model], prompt: PromptTemplate, prompt_args: dict[str, Any]
) -> LLMStructuredPredictStartEvent:
    return LLMStructuredPredictStartEvent(
        output_cls=output_cls, template=prompt, template_args=prompt_args
    )
