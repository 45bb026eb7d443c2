"""Compare the figures with the targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.speed.figures import Figures, Row
from benchmarks.speed.targets import TARGETS, Target


@dataclass(frozen=True)
class Verdict:
    """The measured figure of one subject for one target."""

    target: Target
    subject: str
    measured: float

    @property
    def reached(self) -> bool:
        """Whether the figure, rounded as in the report, satisfies the bound."""
        measured = float(f"{self.measured:.3g}")
        return (
            measured >= self.target.bound
            if self.target.is_minimum
            else measured <= self.target.bound
        )

    @property
    def metric(self) -> str:
        """The name of the measure in the report."""
        other = self.target.other
        names = {
            "baseline": "x baseline",
            "tuned": "x tuned baseline",
            "peer": f"times less than {other}",
            "cpu": "CPU",
            "share": "more than the baseline",
            "other case": f"x a unit of {other}",
        }
        return names.get(self.target.measure, self.target.measure)


def verdicts(figures: Figures) -> Iterator[Verdict]:
    """Yield a verdict for each target that was measured."""
    for target in TARGETS:
        for subject in target.subjects:
            row = figures.row(target.case, subject)
            measured = _measured(target, row, figures) if row else None
            if measured is not None:
                yield Verdict(target, subject, measured)


def _measured(target: Target, row: Row, figures: Figures) -> float | None:
    if target.measure == "baseline":
        return row.baseline
    if target.measure == "tuned":
        return row.tuned
    if target.measure == "cpu":
        return row.cpu.median
    if target.measure == "share":
        return None if row.baseline is None else row.baseline - 1
    if target.measure == "peer":
        peer = figures.row(target.case, target.other)
        return peer.cpu.median / row.cpu.median if peer else None
    if target.measure == "other case":
        other = figures.row(target.other, row.subject)
        return row.cpu.median / other.cpu.median if other else None
    spread = row.more.get(target.measure)
    return spread.median if spread else None
