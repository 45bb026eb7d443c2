"""Tell where the CPU time of one subject in one case goes.

    python -m benchmarks.speed.profiled CASE SUBJECT [SECONDS of CPU, by default 3]

Samples the main thread every few milliseconds of CPU, which distorts far less than cProfile. Time
in C counts for the Python function that called it. `self` is time in the function, `all` includes
what it calls; both are shares of the whole.
"""

from __future__ import annotations

import asyncio
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
        with Sampler() as sampler:
            while time.process_time() - began < seconds:
                work()
                units += case.units
        cpu = time.process_time() - began
        print(f"{case.title}, {who}: {case.scale[0] * cpu / units:.1f} {case.per}, sampled")
        sampler.report()


if __name__ == "__main__":
    main()
