"""Print the memory use of one subject, measured in a separate process.

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
    """Return the resident memory in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def peak() -> float:
    """Return the peak of the resident memory in MiB.

    Do not use `ru_maxrss`: in a child process it starts with the value of the parent.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure_calls(subject: Subject, url: str, calls: int) -> dict[str, float]:
    """Return the growth of memory over many calls, after warm-up calls."""
    assert subject.call
    call = subject.call(f"{url}/chat/v1", 0)
    for _ in range(WARM_UP):
        call()
    gc.collect()
    before = resident()
    with Stopwatch() as stopwatch:
        for _ in range(calls):
            call()
    gc.collect()
    grown = resident() - before
    return {"cpu": stopwatch.cpu, "wall": stopwatch.wall, "units": calls, "grown MiB": grown}


def measure_embeddings(subject: Subject, url: str) -> dict[str, float]:
    """Return the peak above the memory in use before."""
    assert subject.embed
    embed = subject.embed(f"{url}/embed.{BATCH}/v1", BATCH)
    before = resident()
    with Stopwatch() as stopwatch:
        vectors = embed(TEXTS)
    figures = {"cpu": stopwatch.cpu, "wall": stopwatch.wall, "peak MiB": peak() - before}
    del vectors
    return figures


def main() -> None:
    """Measure one subject."""
    action, name, port, calls = sys.argv[1:]
    subject = next(subject for subject in SUBJECTS if subject.name == name)
    url = f"http://127.0.0.1:{port}"
    if action == "calls":
        figures = measure_calls(subject, url, int(calls))
    else:
        figures = measure_embeddings(subject, url)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
