import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from llama_index.core.callbacks import CBEventType
from llama_index.core.callbacks.base_handler import BaseCallbackHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.rate_limiter import BaseRateLimiter
from pydantic import PrivateAttr


class EventRecorder(BaseEventHandler):
    """Records every event of the instrumentation."""

    _events: list[BaseEvent] = PrivateAttr(default_factory=list)

    @classmethod
    def class_name(cls) -> str:
        return "EventRecorder"

    def handle(self, event: BaseEvent, **kwargs: Any) -> None:
        self._events.append(event)

    def all(self) -> list[BaseEvent]:
        return self._events

    def names(self, *prefixes: str) -> list[str]:
        """Return the names of all events that start with one of `prefixes`, in order."""
        return [name for event in self._events if (name := event.class_name()).startswith(prefixes)]


class CallbackRecorder(BaseCallbackHandler):
    """Records every callback event."""

    def __init__(self) -> None:
        super().__init__([], [])
        self.starts: list[tuple[CBEventType, dict[str, Any]]] = []
        self.ends: list[tuple[CBEventType, dict[str, Any]]] = []

    def on_event_start(
        self, event_type: CBEventType, payload: dict[str, Any] | None = None, *_: Any, **__: Any
    ) -> str:
        self.starts.append((event_type, payload or {}))
        return ""

    def on_event_end(
        self, event_type: CBEventType, payload: dict[str, Any] | None = None, *_: Any, **__: Any
    ) -> None:
        self.ends.append((event_type, payload or {}))

    def start_trace(self, trace_id: str | None = None) -> None: ...

    def end_trace(
        self, trace_id: str | None = None, trace_map: dict[str, list[str]] | None = None
    ) -> None: ...


class CountingLimiter(BaseRateLimiter):
    """Counts the requests it admits."""

    def __init__(self) -> None:
        self.acquired = 0

    def acquire(self, num_tokens: int = 0) -> None:
        self.acquired += 1

    async def async_acquire(self, num_tokens: int = 0) -> None:
        self.acquired += 1


@pytest.fixture(autouse=True)
def no_current_event_loop() -> None:
    """Let `asyncio_run` of LlamaIndex create a loop that it closes; it leaves the current one open.

    An open loop fails the test during which it is collected.
    """
    asyncio.set_event_loop(None)


@pytest.fixture
def limiter() -> CountingLimiter:
    """A rate limiter for a model."""
    return CountingLimiter()


@pytest.fixture
def events() -> Iterator[EventRecorder]:
    """The events of the instrumentation during a test."""
    recorder, dispatcher = EventRecorder(), get_dispatcher()
    dispatcher.add_event_handler(recorder)
    yield recorder
    dispatcher.event_handlers.remove(recorder)


@pytest.fixture
def callbacks() -> CallbackRecorder:
    """A handler for a `CallbackManager`."""
    return CallbackRecorder()
