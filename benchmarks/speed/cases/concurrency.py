"""Concurrent calls, on one event loop and in threads."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.speed.cases.base import Bench, Case, Work
from benchmarks.speed.subjects.base import AsyncCall, Subject

CALLS = 1000
CALLS_OF_OTHERS = 300
"""For subjects that take seconds with 100 in flight. More calls would not change the result."""

IN_FLIGHT = (100, 1000)
LIMITED_TO_64 = "langchain-mistralai"
"""Runs at most 64 calls at once; with 1,000 calls the others wait for 25 s."""

THREADED_CALLS = 240
THREADS = (8, 32)


def _figures(latencies: list[float], wall: float) -> dict[str, float]:
    ordered = sorted(latencies)
    return {
        "calls/s": len(ordered) / wall,
        "p50 ms": 1000 * ordered[len(ordered) // 2],
        "p99 ms": 1000 * ordered[int(len(ordered) * 0.99)],
    }


async def _burst(call: AsyncCall, calls: int, in_flight: int) -> dict[str, float]:
    numbers, latencies = iter(range(calls)), list[float]()

    async def work() -> None:
        for _ in numbers:
            call_started = time.perf_counter()
            await call()
            latencies.append(time.perf_counter() - call_started)

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    return {"units": calls, **_figures(latencies, time.perf_counter() - started)}


def _async(in_flight: int, bench: Bench, subject: Subject) -> Work | None:
    if subject.acall is None or subject.name.startswith("L"):  # the baselines of the frameworks
        return None
    if in_flight == CALLS and subject.name == LIMITED_TO_64:
        return None
    is_slow = subject.is_peer or subject.name == "httpx"
    calls = CALLS_OF_OTHERS if is_slow and in_flight < CALLS_OF_OTHERS else CALLS
    call = bench.make(subject.acall, bench.stub.url("50ms.chat"), 0)
    return lambda: bench.run(_burst(call, calls, in_flight))


def _threads(threads: int, bench: Bench, subject: Subject) -> Work | None:
    if subject.call is None or "memory" in subject.name:
        return None
    call = subject.call(bench.stub.url("10ms.chat"), 0)

    def timed(_: int) -> float:
        started = time.perf_counter()
        call()
        return time.perf_counter() - started

    def work() -> dict[str, float]:
        started = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            latencies = list(pool.map(timed, range(THREADED_CALLS)))
        return _figures(latencies, time.perf_counter() - started)

    return work


CASES = (
    *(
        Case(
            f"async-{in_flight}",
            f"{CALLS:,} async calls, {in_flight:,} in flight, 50 ms of latency",
            CALLS,
            "call",
            partial(_async, in_flight),
            baselines={},
            max_rounds=3,
        )
        for in_flight in IN_FLIGHT
    ),
    *(
        Case(
            f"threads-{threads}",
            f"{THREADED_CALLS} calls in {threads} threads, 10 ms of latency",
            THREADED_CALLS,
            "call",
            partial(_threads, threads),
            baselines={},
            max_rounds=3,
        )
        for threads in THREADS
    ),
)
