"""Memory of one subject, in a process of its own; prints it.

python -m benchmarks.speed.memory calls|embeddings SUBJECT PORT CALLS
"""

from __future__ import annotations

import gc
import json
import resource
import sys
from pathlib import Path

from benchmarks.speed.clock import Stopwatch
from benchmarks.speed.subjects import SUBJECTS, Subject

WARM_UP = 500
TEXTS = ["Berth number one costs two euros a metre."] * 2048
BATCH = 64


def resident() -> float:
    """Return MiB in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def peak() -> float:
    """Return MiB in memory at most so far.

    Not `ru_maxrss`: a process that was just started has its parent's in there.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def of_calls(subject: Subject, url: str, calls: int) -> dict[str, float]:
    """Return how memory grows over many calls, after some to warm up."""
    assert subject.call
    call = subject.call(f"{url}/chat/v1", 0)
    for _ in range(WARM_UP):
        call()
    gc.collect()
    before = resident()
    with Stopwatch() as watch:
        for _ in range(calls):
            call()
    gc.collect()
    grown = resident() - before
    return {"cpu": watch.cpu, "wall": watch.wall, "units": calls, "grown MiB": grown}


def of_embeddings(subject: Subject, url: str) -> dict[str, float]:
    """Return the peak above what was there before."""
    assert subject.embed
    embed = subject.embed(f"{url}/embed.{BATCH}/v1", BATCH)
    before = resident()
    with Stopwatch() as watch:
        vectors = embed(TEXTS)
    figures = {"cpu": watch.cpu, "wall": watch.wall, "peak MiB": peak() - before}
    del vectors
    return figures


def main() -> None:
    """Measure one subject."""
    action, name, port, calls = sys.argv[1:]
    subject = next(subject for subject in SUBJECTS if subject.name == name)
    url = f"http://127.0.0.1:{port}"
    calls_or_not = of_calls(subject, url, int(calls)) if action == "calls" else None
    print(json.dumps(calls_or_not or of_embeddings(subject, url)))


if __name__ == "__main__":
    main()
