"""Streams of text: how much a chunk costs, how soon the first one is there, how it grows."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from benchmarks.speed.cases.base import TIGHT_FLOORS, Bench, Case, Work
from benchmarks.speed.subjects.base import OpenStream, Subject

CHUNKS = 2000
FIRST_OF = 20
FIRSTS = 20
GROWTH = (500, 8000, 32000)
FRAMINGS = {
    "event": "an HTTP chunk for each event",
    "coalesced": "events coalesced",
    "trickle": "trickling",
}


def drained(begin: OpenStream) -> Callable[[], None]:
    """Return the work of reading a stream to its end."""

    def work() -> None:
        for _ in begin():
            pass

    return work


def _stream(answer: str, bench: Bench, subject: Subject) -> Work | None:
    return subject.stream and drained(subject.stream(bench.stub.url(answer)))


def _astream(answer: str, bench: Bench, subject: Subject) -> Work | None:
    if subject.astream is None:
        return None
    begin = bench.make(subject.astream, bench.stub.url(answer))

    async def drain() -> None:
        async for _ in await begin():
            pass

    return lambda: bench.run(drain())


def _first_token(bench: Bench, subject: Subject) -> Work | None:
    if subject.stream is None:
        return None
    begin = subject.stream(bench.stub.url(f"stream.{FIRST_OF}.trickle"))

    def work() -> dict[str, float]:
        cpu = wall = 0.0
        for _ in range(FIRSTS):
            began, began_cpu = time.perf_counter(), time.process_time()
            items = iter(begin())
            next(items)
            cpu += time.process_time() - began_cpu
            wall += time.perf_counter() - began
            for _ in items:
                pass
        return {"cpu": cpu, "wall": wall}

    return work


def _own_stream(answer: str, bench: Bench, subject: Subject) -> Work | None:
    return None if subject.is_peer else _stream(answer, bench, subject)


def _growth(chunks: int) -> Case:
    return Case(
        f"growth-{chunks}",
        f"stream of {chunks:,} chunks",
        chunks,
        "chunk",
        partial(_own_stream, f"stream.{chunks}.event"),
        tight=TIGHT_FLOORS,
        rounds=3,
    )


CASES = (
    *(
        Case(
            f"{name}-{framing}",
            f"{name}, {CHUNKS:,} chunks, {means}",
            CHUNKS,
            "chunk",
            partial(prepare, f"stream.{CHUNKS}.{framing}"),
            tight=TIGHT_FLOORS,
            rounds=3 if framing == "trickle" else 100,
        )
        for name, prepare in (("stream", _stream), ("astream", _astream))
        for framing, means in FRAMINGS.items()
    ),
    Case("first-token", "time to the first token", FIRSTS, "stream", _first_token),
    *map(_growth, GROWTH),
)
