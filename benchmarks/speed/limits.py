"""The capacity of the stub, measured with bare sockets: it must never be the bottleneck."""

from __future__ import annotations

import asyncio
import time

from benchmarks.speed.raw import RawCalls, bytes_per_second, calls_per_second
from benchmarks.speed.stub_process import Stub

CALLS = 2000
IN_FLIGHT = 100


async def _concurrent(url: str) -> float:
    call = RawCalls(url)
    numbers = iter(range(CALLS))

    async def work() -> None:
        for _ in numbers:
            await call()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    call.close()
    return CALLS / (time.perf_counter() - started)


def limits(stub: Stub) -> dict[str, str]:
    """Return the limits of the stub as text for the report."""
    sequential = calls_per_second(stub, CALLS)
    concurrent = asyncio.run(_concurrent(stub.url("chat")))
    size, speed = bytes_per_second(stub, "stream.32000.event")
    events = 32000 * speed / size
    return {
        "stub": f"{sequential:,.0f} calls/s over one blocking socket, {concurrent:,.0f} with "
        f"{IN_FLIGHT} in flight, {events / 1e6:.1f} M events/s ({speed / 2**20:,.0f} MiB/s)",
    }
