"""What the stub can do at most, measured with bare sockets: it must never be the bottleneck."""

from __future__ import annotations

import asyncio
import time

from benchmarks.speed.raw import RawCalls, bytes_a_second, calls_a_second
from benchmarks.speed.stub_process import Stub

CALLS = 2000
AT_ONCE = 100


async def _concurrent(url: str) -> float:
    call = RawCalls(url)
    numbers = iter(range(CALLS))

    async def work() -> None:
        for _ in numbers:
            await call()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    call.close()
    return CALLS / (time.perf_counter() - began)


def limits(stub: Stub) -> dict[str, str]:
    """Return the stub's limits in words."""
    one = calls_a_second(stub, CALLS)
    many = asyncio.run(_concurrent(stub.url("chat")))
    size, speed = bytes_a_second(stub, "stream.32000.event")
    events = 32000 * speed / size
    return {
        "stub": f"{one:,.0f} calls/s over one blocking socket, {many:,.0f} with {AT_ONCE} in "
        f"flight, {events / 1e6:.1f} M events/s ({speed / 2**20:,.0f} MiB/s)",
    }
