"""Construct a model; make sequential calls."""

from __future__ import annotations

from benchmarks.speed.cases.base import Bench, Case, Work
from benchmarks.speed.subjects.base import Subject

OBJECTS = 200
CALLS = 40
LOADS_CERTIFICATES = {"httpx", "openai SDK"}
"""Clients that load certificates when they are constructed, which takes 20 ms per object."""

FEWER_OBJECTS = 10
LONG_CALLS = 12
TURNS = 50


def _construct(bench: Bench, subject: Subject) -> Work | None:
    make, url = subject.construct, bench.stub.url("chat")
    if make is None:
        return None
    objects = OBJECTS if subject.name not in LOADS_CERTIFICATES else FEWER_OBJECTS

    def work() -> dict[str, float]:
        for _ in range(objects):
            make(url)
        return {"units": objects}

    return work


def _invoke(turns: int, calls: int, bench: Bench, subject: Subject) -> Work | None:
    if subject.call is None:
        return None
    call = subject.call(bench.stub.url("chat"), turns)

    def work() -> None:
        for _ in range(calls):
            call()

    return work


def _ainvoke(bench: Bench, subject: Subject) -> Work | None:
    if subject.acall is None:
        return None
    call = bench.make(subject.acall, bench.stub.url("chat"), 0)

    async def calls() -> None:
        for _ in range(CALLS):
            await call()

    return lambda: bench.run(calls())


CASES = (
    Case(
        "construct", "construct a chat model or client", OBJECTS, "object", _construct, baselines={}
    ),
    Case("invoke", "invoke", CALLS, "call", lambda *arguments: _invoke(0, CALLS, *arguments)),
    Case("ainvoke", "ainvoke", CALLS, "call", _ainvoke),
    Case(
        "history",
        f"invoke with {TURNS} turns before",
        LONG_CALLS,
        "call",
        lambda *arguments: _invoke(TURNS, LONG_CALLS, *arguments),
    ),
)
