"""Bounded memory for the callback events of LlamaIndex."""

from __future__ import annotations

from llama_index.core.callbacks import CallbackManager
from llama_index.core.callbacks.base import global_stack_trace_ids


def discard_event_ids(manager: CallbackManager) -> None:
    """Discard the ids of events outside any trace.

    A callback manager keeps the ids of all events until the next trace begins. In a service that
    only embeds or reranks, no trace ever begins, so each call would leak about 100 bytes.

    Args:
        manager: The callback manager of the caller, in whose context this function runs.

    Example:
        >>> from llama_index.core.callbacks import CBEventType
        >>> manager = CallbackManager()
        >>> _ = manager.on_event_start(CBEventType.EMBEDDING)
        >>> discard_event_ids(manager)
        >>> dict(manager.trace_map)
        {}
    """
    if not global_stack_trace_ids.get():
        manager.trace_map.clear()
