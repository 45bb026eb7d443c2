"""The CPU and wall time of one run of a subject."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Self


@dataclass(slots=True)
class Sample:
    """One run: CPU seconds of all threads of this process, and wall-clock seconds."""

    case: str
    subject: str
    round: int
    units: int
    cpu: float
    wall: float
    more: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the entry of this run in the file of raw samples."""
        return asdict(self)


class Stopwatch:
    """Measures the CPU and wall time of a block."""

    cpu = 0.0
    wall = 0.0

    def __enter__(self) -> Self:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()
        return self

    def __exit__(self, *exception: object) -> None:
        self.cpu = time.process_time() - self._cpu
        self.wall = time.perf_counter() - self._wall
