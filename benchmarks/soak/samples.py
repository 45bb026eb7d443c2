"""What the process holds between two rounds, and whether it grew."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
from array import array
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import linear_regression

from pydantic_core import from_json

WARM_UP = 0.25
"""Share of the samples that is not counted: pools fill, caches too."""

LONG = 100_000
"""Requests after the warm-up from which on a run is long. Memory settles over some 100,000."""

MAX_KIB_PER_1000 = 1.0
"""For long runs."""
MAX_KIB_OF_A_SHORT_RUN = 8 * 1024
MAX_BLOCKS_PER_1000 = 1.0
"""For long runs."""
MAX_BLOCKS_PER_1000_OF_A_SHORT_RUN = 50.0
"""One object for each request that meets a fault would be this many."""
_KIB_OF_A_PAGE = os.sysconf("SC_PAGE_SIZE") / 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """What is held while no request is under way.

    Attributes:
        requests: Requests made so far.
        seconds: Seconds since the beginning.
        kib: Resident memory.
        blocks: Memory blocks that Python has allocated: exact where `kib` is rough.
        files: Open descriptors.
        threads: Threads.
        tasks: Tasks of the event loop, this one included.
        p99: Seconds within which 99 % of the round's requests ended.
    """

    requests: float
    seconds: float
    kib: float
    blocks: float
    files: float
    threads: float
    tasks: float
    p99: float


class Log:
    """Keeps samples in one block of memory, so that they do not count themselves."""

    def __init__(self) -> None:
        self._numbers = array("d")

    def add(self, taken: Sample) -> None:
        """Keep a sample."""
        self._numbers.extend(astuple(taken))

    def samples(self) -> list[Sample]:
        """Return all of them."""
        width = len(Sample.__slots__)
        return [
            Sample(*self._numbers[start : start + width])
            for start in range(0, len(self._numbers), width)
        ]


async def sample(requests: int, seconds: float, p99: float) -> Sample:
    """Look at the process once everything that is over has been put away."""
    for _ in range(100):
        await asyncio.sleep(0)
    gc.collect()
    return Sample(
        requests,
        seconds,
        _resident_kib(),
        sys.getallocatedblocks(),
        len(os.listdir("/proc/self/fd")),
        threading.active_count(),
        len(asyncio.all_tasks()),
        p99,
    )


def _resident_kib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _KIB_OF_A_PAGE


def fill_caches() -> None:
    """Fill pydantic's cache of the strings it last read, which else takes 100,000 answers."""
    for start in range(0, 200_000, 1000):
        from_json(json.dumps([f"{number:>50}" for number in range(start, start + 1000)]))


def warm(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Return the samples after the warm-up."""
    return samples[int(len(samples) * WARM_UP) :]


def growth(samples: Sequence[Sample], of: str) -> float:
    """Return by how much something grows in 1,000 requests, by the line that fits best."""
    counted = warm(samples)
    requests = [float(each.requests) for each in counted]
    held = [float(getattr(each, of)) for each in counted]
    return linear_regression(requests, held).slope * 1000


def faults_of(samples: Sequence[Sample]) -> list[str]:
    """Return which pass rules are broken, in words."""
    counted = warm(samples)
    if len(counted) < 3:
        return ["too few samples to fit a line"]
    requests = counted[-1].requests - counted[0].requests
    kib, blocks = growth(samples, "kib"), growth(samples, "blocks")
    most_kib, most_blocks = MAX_KIB_PER_1000, MAX_BLOCKS_PER_1000
    if requests < LONG:
        most_kib = MAX_KIB_OF_A_SHORT_RUN / requests * 1000
        most_blocks = MAX_BLOCKS_PER_1000_OF_A_SHORT_RUN
    return [
        message
        for is_broken, message in (
            (kib >= most_kib, f"memory grows by {kib:.2f} KiB in 1,000 requests"),
            (blocks >= most_blocks, f"{blocks:.2f} blocks more in 1,000 requests"),
            (_changes(counted, "files"), "the number of descriptors changes"),
            (_changes(counted, "threads"), "the number of threads changes"),
            (max(each.tasks for each in counted) > 1, "tasks are left over"),
        )
        if is_broken
    ]


def _changes(samples: Sequence[Sample], of: str) -> bool:
    return len({getattr(each, of) for each in samples}) > 1
