"""Hold the figures against the targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.speed.figures import Figures, Row
from benchmarks.speed.targets import TARGETS, Target


@dataclass(frozen=True)
class Verdict:
    """One target, one subject, and what was measured."""

    target: Target
    subject: str
    measured: float

    @property
    def reached(self) -> bool:
        """Whether the figure keeps the bound, as precisely as figures are actual."""
        measured = float(f"{self.measured:.3g}")
        return measured >= self.target.bound if self.target.least else measured <= self.target.bound

    @property
    def means(self) -> str:
        """What is bound, in words."""
        other = self.target.other
        words = {
            "floor": "x floor",
            "tight": "x tight floor",
            "peer": f"times less than {other}",
            "cpu": "CPU",
            "share": "more than the floor",
            "other case": f"x a unit of {other}",
        }
        return words.get(self.target.what, self.target.what)


def verdicts(figures: Figures) -> Iterator[Verdict]:
    """Yield a verdict for each target that was measured."""
    for target in TARGETS:
        for subject in target.subjects:
            row = figures.row(target.case, subject)
            measured = _measured(target, row, figures) if row else None
            if measured is not None:
                yield Verdict(target, subject, measured)


def _measured(target: Target, row: Row, figures: Figures) -> float | None:
    if target.what == "floor":
        return row.floor
    if target.what == "tight":
        return row.tight
    if target.what == "cpu":
        return row.cpu.median
    if target.what == "share":
        return None if row.floor is None else row.floor - 1
    if target.what == "peer":
        peer = figures.row(target.case, target.other)
        return peer.cpu.median / row.cpu.median if peer else None
    if target.what == "other case":
        other = figures.row(target.other, row.subject)
        return row.cpu.median / other.cpu.median if other else None
    spread = row.more.get(target.what)
    return spread.median if spread else None
