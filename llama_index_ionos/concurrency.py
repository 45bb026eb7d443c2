"""Limit the number of concurrent requests on each event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class _Slots:
    semaphore: asyncio.Semaphore
    users: int = 0


class LoopLimiter:
    """Limits concurrency separately on each event loop.

    References to an event loop exist only while slots are in use, so that an idle limiter does
    not keep loops alive. Copies and pickles start without any.

    Example:
        >>> limiter = LoopLimiter()
        >>> async def work() -> str:
        ...     async with limiter.slot(4):
        ...         return "done"
        >>> asyncio.run(work())
        'done'
    """

    def __init__(self) -> None:
        self._slots: dict[tuple[int, int], _Slots] = {}

    @asynccontextmanager
    async def slot(self, limit: int) -> AsyncIterator[None]:
        """Wait for one of `limit` slots of the running loop and hold it."""
        key = (id(asyncio.get_running_loop()), limit)
        slots = self._slots.setdefault(key, _Slots(asyncio.Semaphore(limit)))
        slots.users += 1
        try:
            async with slots.semaphore:
                yield
        finally:
            slots.users -= 1
            if not slots.users:
                del self._slots[key]

    def __reduce__(self) -> tuple[type["LoopLimiter"], tuple[()]]:
        return LoopLimiter, ()
