"""Tell where the CPU time of one subject in one case goes.

    python -m benchmarks.speed.profiled CASE SUBJECT [SECONDS of CPU, by default 3]

Samples the main thread every few milliseconds of CPU, which distorts far less than cProfile. Time
in C counts for the Python function that called it. `self` is time in the function, `all` includes
what it calls; both are shares of the whole. The garbage collector's time is actual beside them: it
counts for whichever function made the object too many.
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

from benchmarks.speed.__main__ import quiet
from benchmarks.speed.cases import CASES, Bench
from benchmarks.speed.stub_process import Stub
from benchmarks.speed.subjects import SUBJECTS

EVERY = 0.001
SHOWN = 40


class Sampler:
    """Counts where the program is."""

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
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
        return self

    def __exit__(self, *exception: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def report(self) -> None:
        """Print the functions in which most time was spent."""
        total = sum(self.own.values())
        print(f"{total} samples\n  self    all")
        for code, count in self.own.most_common(SHOWN):
            print(f"{count / total:6.1%} {self.all[code] / total:6.1%}  {_named(code)}")


class Garbage:
    """Adds up the CPU time of the garbage collector, by generation."""

    def __init__(self) -> None:
        self.seconds = [0.0, 0.0, 0.0]
        self._began = 0.0

    def note(self, phase: str, about: dict[str, int]) -> None:
        """Take the begin or the end of a collection."""
        if phase == "start":
            self._began = time.process_time()
        else:
            self.seconds[about["generation"]] += time.process_time() - self._began

    def __enter__(self) -> Garbage:
        gc.collect()
        gc.freeze()  # as the benchmark does
        gc.callbacks.append(self.note)
        return self

    def __exit__(self, *exception: object) -> None:
        gc.callbacks.remove(self.note)
        gc.unfreeze()


def _named(code: CodeType) -> str:
    place = Path(code.co_filename)
    parts = place.parts
    if "site-packages" in parts:
        place = Path(*parts[parts.index("site-packages") + 1 :])
    elif place.is_relative_to(Path.cwd()):
        place = place.relative_to(Path.cwd())
    else:
        place = Path(place.name)
    return f"{code.co_qualname}  {place}:{code.co_firstlineno}"


def main() -> None:
    """Repeat the case's work and sample it."""
    name, who = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 3.0
    quiet()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # for `| head`
    case = next(case for case in CASES if case.name == name)
    subject = next(subject for subject in SUBJECTS if subject.name == who)
    with Stub() as stub, asyncio.Runner() as runner:
        work = case.prepare(Bench(stub, runner), subject)
        assert work, "this subject does not take part in this case"
        work()
        began, units = time.process_time(), 0
        with Garbage() as garbage, Sampler() as sampler:
            while time.process_time() - began < seconds:
                work()
                units += case.units
        cpu = time.process_time() - began
        scale = case.scale[0] / units
        print(f"{case.title}, {who}: {scale * cpu:.1f} {case.per}, sampled")
        actual = ", ".join(f"{scale * seconds:.2f}" for seconds in garbage.seconds)
        print(f"garbage collector, by generation: {actual} {case.per}")
        sampler.report()


if __name__ == "__main__":
    main()
