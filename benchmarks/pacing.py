"""Send many calls at once through one key to a hub that enforces its limit; print what came of it.

The hub's documented limit is 5 requests/s with 10 at once; here time runs ten times as fast.
Half of the calls are LangChain's and half LlamaIndex's, and both share the pace of the key.

    python benchmarks/pacing.py [calls, by default 1000]
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from itertools import accumulate

from ionos_model_hub.emulator import Emulator
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

PER_SECOND = 50.0
BURST = 100


async def all_at_once(url: str, calls: int) -> None:
    """Make all calls, alternately by one and the other framework."""
    connection = {"api_key": "bench", "base_url": url}
    pace = {"requests_per_second": PER_SECOND, "burst": BURST}
    langchain = ChatIONOS(**connection, **pace)
    llama_index = IONOS(**connection, **pace)
    async with asyncio.TaskGroup() as group:
        for number in range(calls):
            if number % 2:
                group.create_task(llama_index.acomplete(f"llama_index {number}"))
            else:
                group.create_task(langchain.ainvoke(f"langchain {number}"))


def largest_lead(callers: list[str]) -> int:
    """Return by how many requests one caller was ever ahead of the other."""
    steps = (1 if caller == "langchain" else -1 for caller in callers)
    return max(abs(lead) for lead in accumulate(steps))


def main() -> None:
    """Measure and print."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with Emulator(requests_per_second=PER_SECOND, burst=BURST) as hub:
        began = time.perf_counter()
        asyncio.run(all_at_once(hub.base_url, calls))
        took = time.perf_counter() - began
        contents = [str(request.json["messages"][0]["content"]) for request in hub.requests]
    callers = [content.split()[0] for content in contents]
    refused = len(contents) - calls
    ideal = max(0.0, (calls - BURST) / PER_SECOND)
    print(f"{calls} calls, all answered; at most {PER_SECOND:g} a second, {BURST} at once")
    print(
        f"requests   {len(contents)}, of them refused with 429: {refused} ({refused / calls:.1%})"
    )
    print(f"time       {took:.2f} s, ideal {ideal:.2f} s, ratio {took / ideal:.3f}")
    print(f"callers    {dict(Counter(callers))}, largest lead {largest_lead(callers)} requests")


if __name__ == "__main__":
    main()
