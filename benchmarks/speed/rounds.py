"""Run a case: its subjects in turn, round after round, so that noise hits all alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.speed.cases import Bench, Case
from benchmarks.speed.cases.base import Work
from benchmarks.speed.clock import Sample, Stopwatch
from benchmarks.speed.subjects import Subject


@dataclass(frozen=True)
class Effort:
    """How much time a case gets.

    Args:
        rounds: At most so many rounds.
        subject: Seconds for all runs of one subject; peers get a part of it. The first run is
            always made, however long it takes.
        case: Seconds after which no further round begins, once there are `least`.
        least: Rounds in which our own subjects and the floors take part even so, if they can.
    """

    rounds: int
    subject: float
    case: float
    least: int

    def allowed(self, subject: Subject, took: float) -> int:
        """Return how many rounds a subject may take part in whose first run took so long."""
        seconds = self.subject * (PEERS_SHARE if subject.is_peer else 1.0)
        rounds = min(self.rounds, int(seconds / max(took, 1e-6)))
        if took > SLOW:
            return max(1, rounds)
        return max(2 if subject.is_peer else self.least, rounds)


PEERS_SHARE = 0.25
SLOW = 2.0
"""Seconds: who takes longer may be measured once only."""

FULL = Effort(rounds=15, subject=1.2, case=4.0, least=4)
QUICK = Effort(rounds=5, subject=0.8, case=4.0, least=3)


def measure(
    bench: Bench, case: Case, subjects: Sequence[Subject], effort: Effort
) -> Iterator[Sample]:
    """Yield a sample for each run.

    A subject's first run is to warm up. It counts where it would leave no time for more, and in
    cases without one.
    """
    began = time.perf_counter()
    prepared = ((subject, case.prepare(bench, subject)) for subject in subjects)
    effort = replace(effort, least=max(effort.least, case.least))
    works = {subject: work for subject, work in prepared if work is not None}
    left: dict[Subject, int] = {}
    for subject, work in works.items():
        first = _run(case, subject, work, 0)
        left[subject] = min(case.rounds, effort.allowed(subject, first.wall))
        if left[subject] == 1 or not case.warms_up:
            left[subject] -= 1
            yield first
    gc.collect()
    gc.freeze()  # what was prepared and imported is not gone through again and again
    for turn in range(1, effort.rounds + 1):
        yield from _round(case, works, left, turn)
        if turn >= effort.least and time.perf_counter() - began > effort.case:
            break
    gc.unfreeze()


def _round(
    case: Case, works: Mapping[Subject, Work], left: Mapping[Subject, int], turn: int
) -> Iterator[Sample]:
    order = list(works)
    start = turn % max(1, len(order))
    for subject in order[start:] + order[:start]:
        if turn <= left[subject]:
            yield _run(case, subject, works[subject], turn)


def _run(case: Case, subject: Subject, work: Work, turn: int) -> Sample:
    gc.collect()
    with Stopwatch() as watch:
        actual = dict(work() or {})
    cpu, wall = actual.pop("cpu", watch.cpu), actual.pop("wall", watch.wall)
    units = int(actual.pop("units", case.units))
    return Sample(case.name, subject.name, turn, units, cpu, wall, actual)
