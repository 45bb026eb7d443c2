"""Figures of all samples: medians, quartiles, ratios."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from benchmarks.speed.cases import Case
from benchmarks.speed.cases.base import Baselines
from benchmarks.speed.clock import Sample
from benchmarks.speed.subjects import SUBJECTS

FAMILIES = {subject.name: subject.family for subject in SUBJECTS}


@dataclass(frozen=True)
class Spread:
    """Median and quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Return the median and quartiles of at least one value."""
        ordered = sorted(values)
        if len(ordered) == 1:
            return cls(ordered[0], ordered[0], ordered[0])
        low, median, high = statistics.quantiles(ordered, n=4, method="inclusive")
        return cls(median, low, high)


@dataclass(frozen=True)
class Row:
    """One subject in one case; times are in the unit of the case."""

    subject: str
    rounds: int
    cpu: Spread
    wall: Spread
    baseline: float | None = None
    tuned: float | None = None
    more: Mapping[str, Spread] = field(default_factory=dict)


Rounds = dict[int, float]


class Figures:
    """All rows of all measured cases."""

    def __init__(self, cases: Iterable[Case], samples: Iterable[Sample]) -> None:
        by_case: dict[str, list[Sample]] = defaultdict(list)
        for sample in samples:
            by_case[sample.case].append(sample)
        self.cases = [case for case in cases if case.name in by_case]
        self.rows = {case.name: _rows(case, by_case[case.name]) for case in self.cases}

    def row(self, case: str, subject: str) -> Row | None:
        """Return one row, or None if it was not measured."""
        return self.rows.get(case, {}).get(subject)


def _rows(case: Case, samples: list[Sample]) -> dict[str, Row]:
    by_subject: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_subject[sample.subject].append(sample)
    cpu = {
        name: {sample.round: sample.cpu / sample.units for sample in own}
        for name, own in by_subject.items()
    }
    rows = {}
    for name in [subject for subject in FAMILIES if subject in by_subject]:
        own = by_subject[name]
        names = {key for sample in own for key in sample.more}
        rows[name] = Row(
            name,
            len(own),
            Spread.of(case.scale[0] * sample.cpu / sample.units for sample in own),
            Spread.of(case.scale[0] * sample.wall / sample.units for sample in own),
            _ratio(name, cpu, case.baselines),
            _ratio(name, cpu, case.tuned),
            {
                key: Spread.of(sample.more[key] for sample in own if key in sample.more)
                for key in names
            },
        )
    return rows


def _ratio(subject: str, cpu: Mapping[str, Rounds], baselines: Baselines) -> float | None:
    """Return the median of the ratios to the baseline in the same round."""
    parts = baselines.get(FAMILIES[subject], ())
    if not parts or any(part not in cpu for part in parts):
        return None

    def baseline(round_: int) -> float:
        # A slow subject may have rounds in which the baseline was not measured: use its median.
        return sum(cpu[part].get(round_, statistics.median(cpu[part].values())) for part in parts)

    return statistics.median(value / baseline(round_) for round_, value in cpu[subject].items())
