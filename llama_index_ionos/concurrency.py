"""A bound on what is under way at once, on every event loop."""

import asyncio


class LoopGates:
    """Semaphores by event loop and width. Copies and pickles start with none.

    Example:
        >>> gates = LoopGates()
        >>> async def work() -> str:
        ...     async with gates.gate(4):
        ...         return "done"
        >>> asyncio.run(work())
        'done'
    """

    def __init__(self) -> None:
        self._gates: dict[tuple[asyncio.AbstractEventLoop, int], asyncio.Semaphore] = {}

    def gate(self, width: int) -> asyncio.Semaphore:
        """Return the running loop's gate, which lets `width` tasks through at once."""
        for place in [place for place in self._gates if place[0].is_closed()]:
            self._gates.pop(place, None)
        place = (asyncio.get_running_loop(), width)
        return self._gates.setdefault(place, asyncio.Semaphore(width))

    def __reduce__(self) -> tuple[type["LoopGates"], tuple[()]]:
        return LoopGates, ()
