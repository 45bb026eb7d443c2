"""Run the subjects of a case in alternation, so that noise affects all of them equally."""

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
    """Limits for the duration of a case.

    Args:
        max_rounds: The maximum number of rounds.
        subject_seconds: Seconds for all runs of one subject; peers get `PEERS_SHARE` of it. The
            first run is always made.
        case_seconds: Seconds after which no further round starts, except for `min_rounds`.
        min_rounds: The minimum number of rounds for our subjects and the baselines, unless a run
            takes longer than `SLOW`.
    """

    max_rounds: int
    subject_seconds: float
    case_seconds: float
    min_rounds: int

    def rounds_for(self, subject: Subject, first_run: float) -> int:
        """Return the number of rounds of a subject whose first run took `first_run` seconds."""
        seconds = self.subject_seconds * (PEERS_SHARE if subject.is_peer else 1.0)
        rounds = min(self.max_rounds, int(seconds / max(first_run, 1e-6)))
        if first_run > SLOW:
            return max(1, rounds)
        return max(2 if subject.is_peer else self.min_rounds, rounds)


PEERS_SHARE = 0.25
SLOW = 2.0
"""Seconds. A subject whose first run takes longer may be measured only once."""

FULL = Effort(max_rounds=15, subject_seconds=1.2, case_seconds=4.0, min_rounds=4)
QUICK = Effort(max_rounds=5, subject_seconds=0.8, case_seconds=4.0, min_rounds=3)


def measure(
    bench: Bench, case: Case, subjects: Sequence[Subject], effort: Effort
) -> Iterator[Sample]:
    """Yield a sample for each run.

    The first run of a subject is a warm-up. It counts only if there is no time for a second run, or
    if the case has no warm-up.
    """
    started = time.perf_counter()
    prepared = ((subject, case.prepare(bench, subject)) for subject in subjects)
    effort = replace(effort, min_rounds=max(effort.min_rounds, case.min_rounds))
    works = {subject: work for subject, work in prepared if work is not None}
    rounds: dict[Subject, int] = {}
    for subject, work in works.items():
        first = _run(case, subject, work, 0)
        rounds[subject] = min(case.max_rounds, effort.rounds_for(subject, first.wall))
        if rounds[subject] == 1 or not case.has_warm_up:
            rounds[subject] -= 1
            yield first
    gc.collect()
    gc.freeze()  # keep prepared objects and imported modules out of collections
    for number in range(1, effort.max_rounds + 1):
        yield from _round(case, works, rounds, number)
        if number >= effort.min_rounds and time.perf_counter() - started > effort.case_seconds:
            break
    gc.unfreeze()


def _round(
    case: Case, works: Mapping[Subject, Work], rounds: Mapping[Subject, int], number: int
) -> Iterator[Sample]:
    order = list(works)
    start = number % max(1, len(order))
    for subject in order[start:] + order[:start]:
        if number <= rounds[subject]:
            yield _run(case, subject, works[subject], number)


def _run(case: Case, subject: Subject, work: Work, number: int) -> Sample:
    gc.collect()
    with Stopwatch() as stopwatch:
        figures = dict(work() or {})
    cpu, wall = figures.pop("cpu", stopwatch.cpu), figures.pop("wall", stopwatch.wall)
    units = int(figures.pop("units", case.units))
    return Sample(case.name, subject.name, number, units, cpu, wall, figures)
