"""All cases, in the order of the report."""

from benchmarks.speed.cases import (
    agents,
    calls,
    concurrency,
    embeddings,
    fresh,
    observability,
    streams,
    tools,
)
from benchmarks.speed.cases.base import Bench, Case

CASES: tuple[Case, ...] = (
    *fresh.CASES[:2],
    *calls.CASES,
    *streams.CASES,
    *tools.CASES,
    *embeddings.CASES,
    *agents.CASES,
    *concurrency.CASES,
    *observability.CASES,
    *fresh.CASES[2:],
)

__all__ = ["CASES", "Bench", "Case"]
