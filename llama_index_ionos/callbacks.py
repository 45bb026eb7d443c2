"""Callback events of LlamaIndex: decorators that keep types, and bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from llama_index.core.callbacks import CallbackManager
from llama_index.core.callbacks.base import global_stack_trace_ids
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback

MethodT = TypeVar("MethodT", bound=Callable[..., Any])


def chat_callback(method: MethodT) -> MethodT:
    """Report the calls of a chat method to the callback manager; the method keeps its type."""
    return cast("MethodT", llm_chat_callback()(method))


def completion_callback(method: MethodT) -> MethodT:
    """Report the calls of a completion method; see `chat_callback`."""
    return cast("MethodT", llm_completion_callback()(method))


@contextmanager
def discarding_event_ids(manager: CallbackManager) -> Iterator[None]:
    """Discard the ids of events outside any trace at the end of a block, also after an error.

    A callback manager keeps the ids of all events until the next trace begins. In a service that
    only embeds or reranks, no trace ever begins, so each call would leak about 100 bytes.

    Args:
        manager: The callback manager of the caller, in whose context this function runs.

    Example:
        >>> from llama_index.core.callbacks import CBEventType
        >>> manager = CallbackManager()
        >>> with discarding_event_ids(manager):
        ...     _ = manager.on_event_start(CBEventType.EMBEDDING)
        >>> dict(manager.trace_map)
        {}
    """
    try:
        yield
    finally:
        if not global_stack_trace_ids.get():
            manager.trace_map.clear()
