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
    """Measure, print the report and write the requested files."""
    options = _arguments()
    isolate_process()
    cases = [case for case in CASES if _is_selected(case, options.only)]
    about = description()
    started = time.perf_counter()
    with Stub() as stub, asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(lambda *_: None)  # some peers leave sessions open
        about |= limits(stub)
        _log("; ".join(f"{name} {value}" for name, value in about.items()))
        samples: list[Sample] = []
        try:
            for case_samples in _samples(Bench(stub, runner, options.quick), cases, options):
                samples += case_samples
        except KeyboardInterrupt:
            _log("interrupted; the report contains the results so far")
    cpu = sum(os.times()[:4])  # includes the stub and the child processes
    about["took"] = f"{time.perf_counter() - started:.0f} s, with {cpu:.0f} s of CPU"
    figures = Figures(cases, samples)
    text = report(figures, about)
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    if options.json:
        raw = {"about": about, "samples": [sample.as_json() for sample in samples]}
        options.json.write_text(json.dumps(raw, indent=1))
    if options.plot:
        from benchmarks.speed.plot import plot

        plot(figures, options.plot)


def _samples(
    bench: Bench, cases: Sequence[Case], options: argparse.Namespace
) -> Iterator[list[Sample]]:
    """Yield the samples of each case."""
    subjects = [
        subject
        for subject in SUBJECTS
        if not options.subject or any(part in subject.name for part in options.subject)
    ]
    effort = QUICK if options.quick else FULL
    if options.rounds:
        effort = replace(effort, max_rounds=options.rounds)
    for case in cases:
        started = time.perf_counter()
        yield list(measure(bench, case, subjects, effort))
        _log(f"{case.name}: {time.perf_counter() - started:.1f} s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure speed against peers and baselines.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for a first look")
    parser.add_argument(
        "--only", action="append", metavar="CASE", help="a case; may contain * and ?"
    )
    parser.add_argument(
        "--subject", action="append", metavar="PART", help="only subjects whose name contains PART"
    )
    parser.add_argument("--rounds", type=int, help="maximum number of rounds of each case")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables to FILE")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the raw samples to FILE")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a chart (PNG) to FILE")
    return parser.parse_args()


def _is_selected(case: Case, patterns: list[str] | None) -> bool:
    return not patterns or any(fnmatch(case.name, pattern) for pattern in patterns)


def isolate_process() -> None:
    """Remove proxies and tracing, silence logs and warnings, and raise the limit of open files."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("LANGSMITH", "LANGCHAIN")):
            del os.environ[name]
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
