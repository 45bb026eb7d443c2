"""Send many calls through one key to a hub that enforces its limit; print what came of it.

The hub's documented limit is 5 requests/s with 10 at once; here, time runs ten times as fast.
Half of the calls are LangChain's and half LlamaIndex's, and both share the pace of the key.

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
BURST_OF_THE_HUB = 100
BURST = 90

Call = Callable[[str], Awaitable[object]]


def callers(url: str) -> dict[str, Call]:
    """Return a call of each framework; both use one key."""
    connection = {"api_key": "bench", "base_url": url}
    pace = {"requests_per_second": PER_SECOND, "burst": BURST}
    return {
        "langchain": ChatIONOS(**connection, **pace).ainvoke,
        "llama_index": IONOS(**connection, **pace).acomplete,
    }


async def work(name: str, call: Call, numbers: deque[int]) -> None:
    """Make one call after the other."""
    while numbers:
        await call(f"{name} {numbers.popleft()}")


async def share(url: str, calls: int, in_flight: int) -> None:
    """Make half of the calls with each framework, at most `in_flight` at once with each."""
    async with asyncio.TaskGroup() as group:
        for name, call in callers(url).items():
            numbers = deque(range(calls // 2))
            for _ in range(in_flight):
                group.create_task(work(name, call, numbers))


def largest_lead(order: list[str]) -> int:
    """Return by how many requests one caller was ever ahead of the other."""
    steps = (1 if name == "langchain" else -1 for name in order)
    return max(abs(lead) for lead in accumulate(steps))


def measure(calls: int, in_flight: int) -> None:
    """Measure and print."""
    with Emulator(requests_per_second=PER_SECOND, burst=BURST_OF_THE_HUB) as hub:
        began = time.perf_counter()
        asyncio.run(share(hub.base_url, calls, in_flight))
        took = time.perf_counter() - began
        order = [request.json["messages"][0]["content"].split()[0] for request in hub.requests]
    refused = len(order) - calls
    ideal = max(0.0, (calls - BURST_OF_THE_HUB) / PER_SECOND)
    print(f"{calls} calls, {2 * in_flight} in flight: all answered")
    print(f"  requests  {len(order)}, {refused} of them refused with 429 ({refused / calls:.1%})")
    print(f"  time      {took:.2f} s, ideal {ideal:.2f} s, ratio {took / ideal:.3f}")
    print(f"  callers   {dict(Counter(order))}, largest lead {largest_lead(order)} requests")


def main() -> None:
    """Measure with all calls at once, and with a part of them."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    measure(calls, calls // 2)
    measure(calls, 60)


if __name__ == "__main__":
    main()
