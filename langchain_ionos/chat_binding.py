"""A chat model with options for its calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableBinding

from langchain_ionos.convert.tools import ToolSource

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import _ChatModelBinding as ModelBinding
else:
    ModelBinding = RunnableBinding[LanguageModelInput, AIMessage]

_HIDDEN = frozenset({"extra_headers", "extra_query"})


class ChatBinding(ModelBinding):
    """A chat model with options; `bind_tools` and `with_structured_output` keep them."""

    @classmethod
    def lc_id(cls) -> list[str]:
        """Return the id of RunnableBinding, as which it is serialized."""
        return [*cls.get_lc_namespace(), "RunnableBinding"]

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Yield the fields, without the values of options that may contain secrets."""
        for name, value in super().__repr_args__():
            if name == "kwargs":
                hidden = dict.fromkeys(_HIDDEN & value.keys(), "**********")
                yield name, {**value, **hidden}
            else:
                yield name, value

    def bind_tools(
        self, tools: Sequence[ToolSource], **options: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with its options and with tools; see `ChatIONOS.bind_tools`."""
        own = {key: value for key, value in self.kwargs.items() if key != "tools"}
        bound = self._model.bind_tools(cast("Any", tools), **{**own, **options})
        return self._configure(bound)

    def with_structured_output(
        self, schema: Any = None, **options: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """Return the model with its options; see `ChatIONOS.with_structured_output`."""
        merged = {**self.kwargs, **options}
        return self._configure(self._model.with_structured_output(schema, **merged))

    def _configure(self, runnable: Runnable[LanguageModelInput, Any]) -> Runnable[Any, Any]:
        return runnable.with_config(self.config) if self.config else runnable

    @property
    def _model(self) -> BaseChatModel:
        return cast("BaseChatModel", self.bound)
