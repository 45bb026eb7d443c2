"""What LlamaIndex remembers of events."""

from __future__ import annotations

from llama_index.core.callbacks import CallbackManager
from llama_index.core.callbacks.base import global_stack_trace_ids


def forget_events(manager: CallbackManager) -> None:
    """Drop the ids of events outside of any trace.

    A callback manager keeps the ids of all events until the next trace begins. In a service that
    only embeds or ranks, none ever does, and each call would take some 100 bytes for good.

    Args:
        manager: The callback manager of the caller, in whose context this runs.

    Example:
        >>> from llama_index.core.callbacks import CBEventType
        >>> manager = CallbackManager()
        >>> _ = manager.on_event_start(CBEventType.EMBEDDING)
        >>> forget_events(manager)
        >>> dict(manager.trace_map)
        {}
    """
    if not global_stack_trace_ids.get():
        manager.trace_map.clear()
