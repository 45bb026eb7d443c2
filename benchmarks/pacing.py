"""Measure client-side rate limiting: many calls with one key to an emulator that enforces a limit.

The documented limit of the hub is 5 requests/s with a burst of 10. This script uses ten times as
much. Half of the calls are made with LangChain and half with LlamaIndex; they share the rate
limiter of the key.

    python benchmarks/pacing.py [calls, by default 1000]
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from itertools import accumulate

from ionos_model_hub.emulator import Emulator
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

PER_SECOND = 50.0
SERVER_BURST = 100
CLIENT_BURST = 90

Call = Callable[[str], Awaitable[object]]


def callers(url: str) -> dict[str, Call]:
    """Return one call function per framework; both use the same key."""
    connection = {"api_key": "bench", "base_url": url}
    rate_limit = {"requests_per_second": PER_SECOND, "burst": CLIENT_BURST}
    return {
        "langchain": ChatIONOS(**connection, **rate_limit).ainvoke,
        "llama_index": IONOS(**connection, **rate_limit).acomplete,
    }


async def call_in_sequence(name: str, call: Call, numbers: deque[int]) -> None:
    """Make calls one after the other until `numbers` is empty."""
    while numbers:
        await call(f"{name} {numbers.popleft()}")


async def run_calls(url: str, calls: int, in_flight: int) -> None:
    """Make half of the calls with each framework, each with at most `in_flight` at a time."""
    async with asyncio.TaskGroup() as group:
        for name, call in callers(url).items():
            numbers = deque(range(calls // 2))
            for _ in range(in_flight):
                group.create_task(call_in_sequence(name, call, numbers))


def largest_lead(order: list[str]) -> int:
    """Return the largest number of requests by which one framework was ahead of the other."""
    steps = (1 if name == "langchain" else -1 for name in order)
    return max(abs(lead) for lead in accumulate(steps))


def measure(calls: int, in_flight: int) -> None:
    """Make the calls and print the results."""
    with Emulator(requests_per_second=PER_SECOND, burst=SERVER_BURST) as hub:
        started = time.perf_counter()
        asyncio.run(run_calls(hub.base_url, calls, in_flight))
        elapsed = time.perf_counter() - started
        order = [request.json["messages"][0]["content"].split()[0] for request in hub.requests]
    rejected = len(order) - calls
    ideal = max(0.0, (calls - SERVER_BURST) / PER_SECOND)
    print(f"{calls} calls, {2 * in_flight} in flight: all succeeded")
    print(f"  requests  {len(order)}, {rejected} rejected with 429 ({rejected / calls:.1%})")
    ratio = f"{elapsed / ideal:.3f}" if ideal else "-"
    print(f"  time      {elapsed:.2f} s, ideal {ideal:.2f} s, ratio {ratio}")
    print(f"  callers   {dict(Counter(order))}, largest lead {largest_lead(order)} requests")


def main() -> None:
    """Measure with all calls in flight, and with 120."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    measure(calls, calls // 2)
    measure(calls, 60)


if __name__ == "__main__":
    main()
