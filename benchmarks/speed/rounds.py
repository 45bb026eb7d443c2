"""Run a case: its subjects in turn, round after round, so that noise hits all alike."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence

from benchmarks.speed.cases import Bench, Case
from benchmarks.speed.cases.base import Work
from benchmarks.speed.clock import Sample, Stopwatch
from benchmarks.speed.subjects import Subject

PEERS_SHARE = 0.25
"""A peer's part of the time that our own subjects and the floors get."""

COUNTS_AS_WARM = 1.5
"""Seconds: a first run that took longer is no warm-up, but the first sample."""


def measure(
    bench: Bench, case: Case, subjects: Sequence[Subject], rounds: int, budget: float
) -> Iterator[Sample]:
    """Yield a sample for each run; `budget` is the seconds that one subject may take.

    Slow subjects so run in fewer rounds, at least in one; peers get a part of the budget.
    """
    prepared = [(subject.name, case.prepare(bench, subject)) for subject in subjects]
    works = {name: work for name, work in prepared if work is not None}
    peers = {subject.name for subject in subjects if subject.is_peer}
    allowed: dict[str, int] = {}
    most = min(rounds, case.rounds)
    first = {name: _run(case, name, work, 0) for name, work in works.items()}
    gc.collect()
    gc.freeze()  # what was prepared and imported is not gone through again and again
    for name, sample in first.items():
        own_budget = budget * (PEERS_SHARE if name in peers else 1.0)
        allowed[name] = max(1, min(most, int(own_budget / max(sample.wall, 1e-6))))
        if sample.wall > COUNTS_AS_WARM or most == 1:
            allowed[name] -= 1
            yield sample
    names = list(works)
    for turn in range(1, most + 1):
        start = turn % max(1, len(names))
        for name in names[start:] + names[:start]:
            if turn <= allowed[name]:
                yield _run(case, name, works[name], turn)
    gc.unfreeze()


def _run(case: Case, name: str, work: Work, turn: int) -> Sample:
    gc.collect()
    with Stopwatch() as watch:
        told = dict(work() or {})
    cpu, wall = told.pop("cpu", watch.cpu), told.pop("wall", watch.wall)
    units = int(told.pop("units", case.units))
    return Sample(case.name, name, turn, units, cpu, wall, told)
