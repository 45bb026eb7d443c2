"""Live subscriptions to the request log."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal, Self

from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.recorded_response import RecordedChunk

MAX_PENDING_EVENTS = 1_000
"""Number of events that a subscriber may fall behind before its feed ends."""

LogEventKind = Literal["request", "response", "chunk", "end", "clear"]


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A change of the log.

    Attributes:
        kind: `request` when a request was received, `response` when the head of its response is
            sent, `chunk` for each piece of the body, `end` at the end of the response, and
            `clear` when the log was cleared.
        request: The request, except for `clear`.
        chunk: The piece, for `chunk`.
    """

    kind: LogEventKind
    request: RecordedRequest | None = None
    chunk: RecordedChunk | None = None


class Feed:
    """Events of a log from now on, for one event loop; close it after use.

    It ends when the log is closed, or when the subscriber falls too far behind.

    Args:
        unsubscribe: Called with the feed when it is closed.
    """

    def __init__(self, unsubscribe: Callable[["Feed"], None]) -> None:
        self._unsubscribe = unsubscribe
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[LogEvent | None] = asyncio.Queue()

    def publish(self, event: LogEvent | None) -> None:
        """Deliver an event, or None for the end; any thread may call this."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._enqueue, event)

    def _enqueue(self, event: LogEvent | None) -> None:
        if self._queue.qsize() >= MAX_PENDING_EVENTS:
            self.close()
            event = None
        self._queue.put_nowait(event)

    def close(self) -> None:
        """Stop the delivery of events."""
        self._unsubscribe(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    async def __aiter__(self) -> AsyncIterator[LogEvent]:
        """Yield the events as they happen."""
        while (event := await self._queue.get()) is not None:
            yield event
