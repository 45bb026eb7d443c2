"""The definition of a case, and the stub and event loop that it uses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from benchmarks.speed.stub_process import Stub
from benchmarks.speed.subjects.base import Family, Subject

T = TypeVar("T")

Work = Callable[[], Mapping[str, float] | None]
"""One run: performs the units of work of the case and may return additional figures.

Returned `cpu` and `wall` (seconds) replace the measurements of the entire run.
"""

Baselines = Mapping[Family, tuple[str, ...]]
"""For each family, the subjects whose summed times are its baseline."""

BASELINES: Baselines = {
    "langchain": ("LangChain from memory", "httpx"),
    "llama_index": ("LlamaIndex from memory", "httpx"),
    "bare": ("httpx",),
}
TUNED_BASELINES: Baselines = {
    "langchain": ("LangChain from memory", "httpx, tuned"),
    "llama_index": ("LlamaIndex from memory", "httpx, tuned"),
    "bare": ("httpx, tuned",),
}


@dataclass(frozen=True)
class Bench:
    """The stub, and the event loop on which all asynchronous code runs."""

    stub: Stub
    runner: asyncio.Runner
    quick: bool = False

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and return its result."""
        return self.runner.run(coroutine)

    def make(self, maker: Callable[..., T], *arguments: Any) -> T:
        """Call a maker inside the loop, which some clients require."""

        async def call() -> T:
            return maker(*arguments)

        return self.run(call())


@dataclass(frozen=True)
class Case:
    """One measurement.

    Args:
        name: The name on the command line.
        title: The name in tables.
        units: The number of units in one run.
        unit: The name of a unit.
        prepare: Returns the work for a subject, or None if the subject does not take part.
        scale: The factor for seconds, and the name of the resulting unit of time.
        baselines: See `Baselines`.
        tuned: The same with httpx as fast as we could make it.
        max_rounds: The maximum number of rounds.
        has_warm_up: Whether the first run of a subject is discarded.
        min_rounds: The minimum number of rounds for our subjects and the baselines, if it is more
            than that of the effort. For measurements that vary much between runs.
    """

    name: str
    title: str
    units: int
    unit: str
    prepare: Callable[[Bench, Subject], Work | None]
    scale: tuple[float, str] = (1e6, "µs")
    baselines: Baselines = field(default_factory=lambda: BASELINES)
    tuned: Baselines = field(default_factory=dict)
    max_rounds: int = 100
    has_warm_up: bool = True
    min_rounds: int = 0

    @property
    def per(self) -> str:
        """The unit of the figures."""
        return f"{self.scale[1]} a {self.unit}"
