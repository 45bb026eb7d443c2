"""Profile the CPU time of one subject in one case.

    python -m benchmarks.speed.profiled CASE SUBJECT [SECONDS of CPU, by default 3]

Samples the main thread every few milliseconds of CPU time, which distorts far less than cProfile.
Time in C is attributed to the Python function that called it. `self` is the time in the function,
`all` includes the functions that it calls; both are shares of the total. The time of the garbage
collector is also printed separately, because the samples attribute it to the function whose
allocation triggered the collection.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

from benchmarks.speed.__main__ import isolate_process
from benchmarks.speed.cases import CASES, Bench
from benchmarks.speed.stub_process import Stub
from benchmarks.speed.subjects import SUBJECTS

INTERVAL = 0.001
PRINTED_FUNCTIONS = 40


class Sampler:
    """Counts the samples in which each function is on the stack."""

    def __init__(self) -> None:
        self.own: Counter[CodeType] = Counter()
        self.all: Counter[CodeType] = Counter()

    def take(self, _: int, frame: FrameType | None) -> None:
        """Take one sample."""
        if frame:
            self.own[frame.f_code] += 1
        seen = set()
        while frame:
            seen.add(frame.f_code)
            frame = frame.f_back
        self.all.update(seen)

    def __enter__(self) -> Sampler:
        signal.signal(signal.SIGPROF, self.take)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
        return self

    def __exit__(self, *exception: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def report(self) -> None:
        """Print the functions with the largest share of the samples."""
        total = sum(self.own.values())
        print(f"{total} samples\n  self    all")
        for code, count in self.own.most_common(PRINTED_FUNCTIONS):
            print(f"{count / total:6.1%} {self.all[code] / total:6.1%}  {_describe(code)}")


class GarbageTimer:
    """Sums the CPU time of the garbage collector by generation."""

    def __init__(self) -> None:
        self.seconds = [0.0, 0.0, 0.0]
        self._started = 0.0

    def record(self, phase: str, info: dict[str, int]) -> None:
        """Record the start or end of a collection; a callback of the gc module."""
        if phase == "start":
            self._started = time.process_time()
        else:
            self.seconds[info["generation"]] += time.process_time() - self._started

    def __enter__(self) -> GarbageTimer:
        gc.collect()
        gc.freeze()  # as the benchmark does
        gc.callbacks.append(self.record)
        return self

    def __exit__(self, *exception: object) -> None:
        gc.callbacks.remove(self.record)
        gc.unfreeze()


def _describe(code: CodeType) -> str:
    path = Path(code.co_filename)
    parts = path.parts
    if "site-packages" in parts:
        path = Path(*parts[parts.index("site-packages") + 1 :])
    elif path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    else:
        path = Path(path.name)
    return f"{code.co_qualname}  {path}:{code.co_firstlineno}"


def main() -> None:
    """Repeat the work of the case and sample it."""
    case_name, subject_name = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 3.0
    isolate_process()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # for `| head`
    case = next(case for case in CASES if case.name == case_name)
    subject = next(subject for subject in SUBJECTS if subject.name == subject_name)
    with Stub() as stub, asyncio.Runner() as runner:
        work = case.prepare(Bench(stub, runner), subject)
        assert work, "this subject does not take part in this case"
        work()
        started, units = time.process_time(), 0
        with GarbageTimer() as garbage, Sampler() as sampler:
            while time.process_time() - started < seconds:
                work()
                units += case.units
        cpu = time.process_time() - started
        scale = case.scale[0] / units
        print(f"{case.title}, {subject_name}: {scale * cpu:.1f} {case.per}, sampled")
        times = ", ".join(f"{scale * generation:.2f}" for generation in garbage.seconds)
        print(f"garbage collector, by generation: {times} {case.per}")
        sampler.report()


if __name__ == "__main__":
    main()
