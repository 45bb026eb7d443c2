"""Limit the number of concurrent requests on each event loop."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ionos_model_hub.transport.event_loop import running_loop


@dataclass(slots=True)
class _Shared:
    semaphore: asyncio.Semaphore
    users: int = 0


class LoopLimiter:
    """Semaphores that all tasks of an event loop share.

    A semaphore exists only while it is in use, because it refers to its event loop: an idle
    limiter does not keep loops alive. Copies and pickles start without any.

    Example:
        >>> limiter = LoopLimiter()
        >>> async def work() -> str:
        ...     with limiter.semaphore(4) as semaphore:
        ...         async with semaphore:
        ...             return "done"
        >>> asyncio.run(work())
        'done'
    """

    def __init__(self) -> None:
        self._shared: dict[tuple[int, int], _Shared] = {}

    @contextmanager
    def semaphore(self, limit: int) -> Iterator[asyncio.Semaphore]:
        """Provide the semaphore of the running loop that admits `limit` tasks."""
        key = (id(running_loop()), limit)
        shared = self._shared.setdefault(key, _Shared(asyncio.Semaphore(limit)))
        shared.users += 1
        try:
            yield shared.semaphore
        finally:
            shared.users -= 1
            if not shared.users:
                del self._shared[key]

    def __reduce__(self) -> tuple[type["LoopLimiter"], tuple[()]]:
        return LoopLimiter, ()
