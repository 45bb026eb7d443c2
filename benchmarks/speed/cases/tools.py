"""Streamed tool calls with 64 KiB of arguments, and streamed objects."""

from __future__ import annotations

from functools import partial

from benchmarks.speed.cases.base import TUNED_BASELINES, Bench, Case, Work
from benchmarks.speed.cases.streams import read_to_end
from benchmarks.speed.payloads import TOOL_BYTES, object_events
from benchmarks.speed.subjects.base import Subject

ITEMS = 100
TOO_SLOW = {("langchain-mistralai", 5), ("langchain-mistralai", 1)}
"""Quadratic: 20 s in pieces of 5, and about ten minutes in single characters."""


def _tools(size: int, bench: Bench, subject: Subject) -> Work | None:
    if subject.tools is None or (subject.name, size) in TOO_SLOW:
        return None
    return read_to_end(subject.tools(bench.stub.url(f"tool.{size}.event")))


def _structured(bench: Bench, subject: Subject) -> Work | None:
    if subject.structured is None:
        return None
    return read_to_end(subject.structured(bench.stub.url(f"object.{ITEMS}.event")))


def _tool_case(size: int) -> Case:
    return Case(
        f"tools-{size}",
        f"tool arguments of 64 KiB in pieces of {size}",
        TOOL_BYTES // size,
        "piece",
        partial(_tools, size),
        tuned=TUNED_BASELINES,
        max_rounds=3 if size == 1 else 5,
    )


CASES = (
    *map(_tool_case, (10, 5, 1)),
    Case(
        "structured",
        f"structured streaming, {ITEMS} objects",
        sum(1 for _ in object_events(ITEMS)) - 4,
        "piece",
        _structured,
        tuned=TUNED_BASELINES,
        max_rounds=5,
    ),
)
