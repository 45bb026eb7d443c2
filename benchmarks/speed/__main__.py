"""Measure everything and print the tables.

python -m benchmarks.speed [--quick] [--only CASE ...] [--rounds N]
                           [--markdown FILE] [--json FILE] [--plot FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import resource
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.speed.cases import CASES, Bench, Case
from benchmarks.speed.clock import Sample
from benchmarks.speed.figures import Figures
from benchmarks.speed.limits import limits
from benchmarks.speed.machine import description
from benchmarks.speed.report import report
from benchmarks.speed.rounds import FULL, QUICK, measure
from benchmarks.speed.stub_process import Stub
from benchmarks.speed.subjects import SUBJECTS


def main() -> None:
    """Measure, print, and write what was asked for."""
    wanted = _arguments()
    quiet()
    cases = [case for case in CASES if _is_wanted(case, wanted.only)]
    about = description()
    began = time.perf_counter()
    with Stub() as stub, asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(lambda *_: None)  # sessions that remain open
        about |= limits(stub)
        _tell("; ".join(f"{name} {value}" for name, value in about.items()))
        samples: list[Sample] = []
        try:
            for found in _samples(Bench(stub, runner, wanted.quick), cases, wanted):
                samples += found
        except KeyboardInterrupt:
            _tell("interrupted; the report holds what there is")
    cpu = sum(os.times()[:4])  # the stub's and the fresh processes' as well
    about["took"] = f"{time.perf_counter() - began:.0f} s, with {cpu:.0f} s of CPU"
    figures = Figures(cases, samples)
    text = report(figures, about)
    print(text)
    if wanted.markdown:
        wanted.markdown.write_text(text)
    if wanted.json:
        raw = {"about": about, "samples": [sample.as_json() for sample in samples]}
        wanted.json.write_text(json.dumps(raw, indent=1))
    if wanted.plot:
        from benchmarks.speed.plot import plot

        plot(figures, wanted.plot)


def _samples(
    bench: Bench, cases: Sequence[Case], wanted: argparse.Namespace
) -> Iterator[list[Sample]]:
    """Yield the samples of each case."""
    subjects = [
        subject
        for subject in SUBJECTS
        if not wanted.subject or any(part in subject.name for part in wanted.subject)
    ]
    effort = QUICK if wanted.quick else FULL
    if wanted.rounds:
        effort = replace(effort, rounds=wanted.rounds)
    for case in cases:
        began = time.perf_counter()
        yield list(measure(bench, case, subjects, effort))
        _tell(f"{case.name}: {time.perf_counter() - began:.1f} s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure speed against peers and floors.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for a first look")
    parser.add_argument("--only", action="append", metavar="CASE", help="a case; may hold * and ?")
    parser.add_argument(
        "--subject", action="append", metavar="PART", help="only subjects with this in their name"
    )
    parser.add_argument("--rounds", type=int, help="at most so many rounds of each case")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="where the tables go")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the raw samples go")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="where the picture (PNG) goes")
    return parser.parse_args()


def _is_wanted(case: Case, patterns: list[str] | None) -> bool:
    return not patterns or any(fnmatch(case.name, pattern) for pattern in patterns)


def quiet() -> None:
    """Keep the environment, warnings and limits of this machine out of the figures."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("LANGSMITH", "LANGCHAIN")):
            del os.environ[name]
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
