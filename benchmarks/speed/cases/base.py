"""What a case is, and what it has to work with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from benchmarks.speed.stub_process import Stub
from benchmarks.speed.subjects.base import Family, Subject

T = TypeVar("T")

Work = Callable[[], Mapping[str, float] | None]
"""One run: does the case's units of work, and may return further figures.

Returned `cpu` and `wall` (seconds) replace those of the whole run.
"""

Floors = Mapping[Family, tuple[str, ...]]
"""For each family, the subjects whose times add up to its floor."""

FLOORS: Floors = {
    "langchain": ("LangChain from memory", "httpx"),
    "llama_index": ("LlamaIndex from memory", "httpx"),
    "bare": ("httpx",),
}
TIGHT_FLOORS: Floors = {
    "langchain": ("LangChain from memory", "httpx, tuned"),
    "llama_index": ("LlamaIndex from memory", "httpx, tuned"),
    "bare": ("httpx, tuned",),
}


@dataclass(frozen=True)
class Bench:
    """The stub, and the one event loop on which everything asynchronous runs."""

    stub: Stub
    runner: asyncio.Runner
    quick: bool = False

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self.runner.run(coroutine)

    def make(self, maker: Callable[..., T], *arguments: Any) -> T:
        """Call a maker inside the loop, which some clients want."""

        async def made() -> T:
            return maker(*arguments)

        return self.run(made())


@dataclass(frozen=True)
class Case:
    """One thing to measure.

    Args:
        name: How it is chosen on the command line.
        title: How it is called in tables.
        units: How many of what is counted are in one run.
        unit: What is counted.
        prepare: Returns the work for a subject, or None if the subject does not take part.
        scale: What seconds are multiplied with, and how the product is called.
        floors: See `Floors`; `tight` is the same over the fastest httpx we could write.
        rounds: At most so many rounds.
        warms_up: Whether the first run of a subject is left out.
        least: Rounds in which our own subjects and the floors take part, if that is more than the
            effort's; for what varies from run to run.
    """

    name: str
    title: str
    units: int
    unit: str
    prepare: Callable[[Bench, Subject], Work | None]
    scale: tuple[float, str] = (1e6, "µs")
    floors: Floors = field(default_factory=lambda: FLOORS)
    tight: Floors = field(default_factory=dict)
    rounds: int = 100
    warms_up: bool = True
    least: int = 0

    @property
    def per(self) -> str:
        """The unit of the figures."""
        return f"{self.scale[1]} a {self.unit}"
