"""The resources of the process between two rounds, and whether they grew."""

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
"""Share of the samples that is ignored while pools and caches fill."""

LONG = 100_000
"""Requests after the warm-up that make a run long. Memory becomes stable after about 100,000."""

MAX_KIB_PER_1000 = 1.0
"""For long runs."""
MAX_KIB_IN_SHORT_RUN = 8 * 1024
MAX_BLOCKS_PER_1000 = 1.0
"""For long runs."""
MAX_BLOCKS_PER_1000_IN_SHORT_RUN = 50.0
"""Equals one object per request with a fault."""
_KIB_PER_PAGE = os.sysconf("SC_PAGE_SIZE") / 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """Resources while no request is in flight.

    Attributes:
        requests: Requests sent so far.
        seconds: Seconds since the start.
        kib: Resident memory.
        blocks: Memory blocks allocated by Python, which are exact, unlike `kib`.
        files: Open descriptors.
        threads: Threads.
        tasks: Tasks of the event loop, including this one.
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
    """Stores samples in one memory block, so that they do not affect the measurement."""

    def __init__(self) -> None:
        self._numbers = array("d")

    def add(self, measured: Sample) -> None:
        """Store a sample."""
        self._numbers.extend(astuple(measured))

    def samples(self) -> list[Sample]:
        """Return all samples."""
        width = len(Sample.__slots__)
        return [
            Sample(*self._numbers[start : start + width])
            for start in range(0, len(self._numbers), width)
        ]


async def sample(requests: int, seconds: float, p99: float) -> Sample:
    """Measure the process after finished tasks and garbage are gone."""
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
    return int(Path("/proc/self/statm").read_text().split()[1]) * _KIB_PER_PAGE


def fill_caches() -> None:
    """Fill pydantic's cache of recent strings, which otherwise takes 100,000 responses."""
    for start in range(0, 200_000, 1000):
        from_json(json.dumps([f"{number:>50}" for number in range(start, start + 1000)]))


def warm(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Return the samples after the warm-up."""
    return samples[int(len(samples) * WARM_UP) :]


def growth(samples: Sequence[Sample], name: str) -> float:
    """Return the growth of a resource per 1,000 requests, by linear regression."""
    measured = warm(samples)
    requests = [float(each.requests) for each in measured]
    held = [float(getattr(each, name)) for each in measured]
    return linear_regression(requests, held).slope * 1000


def violations(samples: Sequence[Sample]) -> list[str]:
    """Return descriptions of the violated criteria."""
    measured = warm(samples)
    if len(measured) < 3:
        return ["too few samples to fit a line"]
    requests = measured[-1].requests - measured[0].requests
    kib, blocks = growth(samples, "kib"), growth(samples, "blocks")
    most_kib, most_blocks = MAX_KIB_PER_1000, MAX_BLOCKS_PER_1000
    if requests < LONG:
        most_kib = MAX_KIB_IN_SHORT_RUN / requests * 1000
        most_blocks = MAX_BLOCKS_PER_1000_IN_SHORT_RUN
    return [
        message
        for is_violated, message in (
            (kib >= most_kib, f"memory grows by {kib:.2f} KiB per 1,000 requests"),
            (blocks >= most_blocks, f"{blocks:.2f} more blocks per 1,000 requests"),
            (_changes(measured, "files"), "the number of descriptors changes"),
            (_changes(measured, "threads"), "the number of threads changes"),
            (max(each.tasks for each in measured) > 1, "tasks are left"),
        )
        if is_violated
    ]


def _changes(samples: Sequence[Sample], name: str) -> bool:
    return len({getattr(each, name) for each in samples}) > 1
