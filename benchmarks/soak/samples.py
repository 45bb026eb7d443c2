"""What the process holds between two rounds, and whether it grew."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

from pydantic_core import from_json

WARM_UP = 0.25
"""Share of the samples that is not counted: pools fill, caches too."""

MAX_KIB_PER_1000 = 1.0
MAX_BLOCKS_PER_1000 = 1.0
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

    requests: int
    seconds: float
    kib: float
    blocks: int
    files: int
    threads: int
    tasks: int
    p99: float


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


def faults_of(samples: Sequence[Sample], most_files: int) -> list[str]:
    """Return which pass rules are broken, in words."""
    if len(warm(samples)) < 3:
        return ["too few samples to fit a line"]
    counted = warm(samples)
    kib, blocks = growth(samples, "kib"), growth(samples, "blocks")
    return [
        message
        for is_broken, message in (
            (kib >= MAX_KIB_PER_1000, f"memory grows by {kib:.2f} KiB in 1,000 requests"),
            (blocks >= MAX_BLOCKS_PER_1000, f"{blocks:.2f} blocks more in 1,000 requests"),
            (max(each.files for each in counted) > most_files, "descriptors are left open"),
            (len({each.threads for each in counted}) > 1, "the number of threads changes"),
            (max(each.tasks for each in counted) > 1, "tasks are left over"),
        )
        if is_broken
    ]
