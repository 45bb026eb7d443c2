"""Text streams: time per chunk, time to the first chunk, and growth with the number of chunks."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from benchmarks.speed.cases.base import TUNED_BASELINES, Bench, Case, Work
from benchmarks.speed.subjects.base import OpenStream, Subject

CHUNKS = 2000
CHUNKS_OF_FIRST_TOKEN = 20
STREAMS_OF_FIRST_TOKEN = 20
GROWTH = (500, 8000, 32000)
FRAMINGS = {
    "event": "an HTTP chunk for each event",
    "coalesced": "events coalesced",
    "trickle": "trickling",
}


def read_to_end(open_stream: OpenStream) -> Callable[[], None]:
    """Return a function that opens a stream and reads it to its end."""

    def work() -> None:
        for _ in open_stream():
            pass

    return work


def _stream(response: str, bench: Bench, subject: Subject) -> Work | None:
    return subject.stream and read_to_end(subject.stream(bench.stub.url(response)))


def _astream(response: str, bench: Bench, subject: Subject) -> Work | None:
    if subject.astream is None:
        return None
    open_stream = bench.make(subject.astream, bench.stub.url(response))

    async def read() -> None:
        async for _ in await open_stream():
            pass

    return lambda: bench.run(read())


def _first_token(bench: Bench, subject: Subject) -> Work | None:
    if subject.stream is None:
        return None
    open_stream = subject.stream(bench.stub.url(f"stream.{CHUNKS_OF_FIRST_TOKEN}.trickle"))

    def work() -> dict[str, float]:
        cpu = wall = 0.0
        for _ in range(STREAMS_OF_FIRST_TOKEN):
            started, started_cpu = time.perf_counter(), time.process_time()
            items = iter(open_stream())
            next(items)
            cpu += time.process_time() - started_cpu
            wall += time.perf_counter() - started
            for _ in items:
                pass
        return {"cpu": cpu, "wall": wall}

    return work


def _own_stream(response: str, bench: Bench, subject: Subject) -> Work | None:
    return None if subject.is_peer else _stream(response, bench, subject)


def _growth(chunks: int) -> Case:
    return Case(
        f"growth-{chunks}",
        f"stream of {chunks:,} chunks",
        chunks,
        "chunk",
        partial(_own_stream, f"stream.{chunks}.event"),
        tuned=TUNED_BASELINES,
        max_rounds=3,
    )


CASES = (
    *(
        Case(
            f"{name}-{framing}",
            f"{name}, {CHUNKS:,} chunks, {description}",
            CHUNKS,
            "chunk",
            partial(prepare, f"stream.{CHUNKS}.{framing}"),
            tuned=TUNED_BASELINES,
            max_rounds=3 if framing == "trickle" else 100,
        )
        for name, prepare in (("stream", _stream), ("astream", _astream))
        for framing, description in FRAMINGS.items()
    ),
    Case("first-token", "time to the first token", STREAMS_OF_FIRST_TOKEN, "stream", _first_token),
    *map(_growth, GROWTH),
)
