"""What one run of a subject took."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Self


@dataclass(slots=True)
class Sample:
    """One run: seconds of CPU of this process, all threads included, and seconds by the clock."""

    case: str
    subject: str
    round: int
    units: int
    cpu: float
    wall: float
    more: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return it for the file of raw results."""
        return asdict(self)


class Stopwatch:
    """Measures CPU and wall time of a block."""

    cpu = 0.0
    wall = 0.0

    def __enter__(self) -> Self:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()
        return self

    def __exit__(self, *exception: object) -> None:
        self.cpu = time.process_time() - self._cpu
        self.wall = time.perf_counter() - self._wall
