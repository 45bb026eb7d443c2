"""Changes of the request log, collected between two updates of a browser."""

import asyncio
from collections.abc import AsyncIterable

from ionos_model_hub.emulator.log_feed import LogEvent
from ionos_model_hub.emulator.recorded import RecordedRequest

MAX_CHANGES = 1_000


class Changes:
    """Requests that have changed since they were last taken.

    Attributes:
        needs_reload: Whether the log was cleared, or there were too many changes, for example
            because the browser is suspended; reset it before reading the log again.
    """

    def __init__(self) -> None:
        self.needs_reload = False
        self._requests: dict[int, RecordedRequest] = {}
        self._changed = asyncio.Event()

    async def collect(self, feed: AsyncIterable[LogEvent]) -> None:
        """Collect changes until the feed ends."""
        async for event in feed:
            if event.request is None or len(self._requests) >= MAX_CHANGES:
                self.needs_reload = True
                self._requests.clear()
            else:
                self._requests[event.request.number] = event.request
            self._changed.set()
        self._changed.set()

    async def take(self, max_wait: float) -> list[RecordedRequest]:
        """Return the changed requests, oldest first, as soon as there are any.

        Args:
            max_wait: Seconds after which an empty list is returned.
        """
        try:
            async with asyncio.timeout(max_wait):
                await self._changed.wait()
        except TimeoutError:
            return []
        self._changed.clear()
        requests, self._requests = self._requests, {}
        return [requests[number] for number in sorted(requests)]
