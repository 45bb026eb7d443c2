"""Measure calls with 100 in flight while httpx is instrumented, and without instrumentation.

Rounds with and without instrumentation alternate in one process, so that the load of the machine
affects both. The last lines are the ratios of the medians.

    python -m benchmarks.instrumented [rounds, by default 5]
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from benchmarks.speed.stub_process import Stub
from ionos_model_hub import AsyncClient

IN_FLIGHT = 100
CALLS = 3000
USER = [{"role": "user", "content": "Hallo"}]


def opentelemetry() -> Callable[[bool], None]:
    """Return a function that switches OpenTelemetry's instrumentation of httpx on and off."""
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(InMemorySpanExporter()))
    instrumentor = HTTPXClientInstrumentor()

    def switch(is_on: bool) -> None:
        if is_on:
            instrumentor.instrument(tracer_provider=provider)
        elif instrumentor.is_instrumented_by_opentelemetry:
            instrumentor.uninstrument()

    return switch


def sentry() -> Callable[[bool], None]:
    """Return a function that switches Sentry's instrumentation of httpx on and off."""
    import httpx
    import sentry_sdk

    originals = (httpx.Client.send, httpx.AsyncClient.send)
    sentry_sdk.init(
        "https://key@sentry.invalid/1", traces_sample_rate=1.0, transport=lambda _: None
    )
    patched = (httpx.Client.send, httpx.AsyncClient.send)

    def switch(is_on: bool) -> None:
        # Sentry has no function for this.
        httpx.Client.send, httpx.AsyncClient.send = patched if is_on else originals  # type: ignore[method-assign]

    return switch


async def calls_per_second(url: str) -> float:
    """Make the calls and return their rate."""
    async with AsyncClient(api_key="bench", base_url=url, requests_per_second=None) as client:
        numbers = iter(range(CALLS))

        async def call_in_sequence() -> None:
            for _ in numbers:
                await client.chat(USER, model="m")

        started_at = time.perf_counter()
        await asyncio.gather(*[call_in_sequence() for _ in range(IN_FLIGHT)])
        return CALLS / (time.perf_counter() - started_at)


def measure(name: str, rounds: int) -> None:
    """Print the rates with and without one kind of instrumentation."""
    switch = {"opentelemetry": opentelemetry, "sentry": sentry}[name]()
    rates: dict[bool, list[float]] = {False: [], True: []}
    with Stub() as stub:
        for _ in range(rounds):
            for is_on in (False, True):
                switch(is_on)
                rates[is_on].append(asyncio.run(calls_per_second(stub.url("50ms.chat"))))
                if is_on:
                    switch(False)
    plain, instrumented = median(rates[False]), median(rates[True])
    ratio = instrumented / plain
    print(f"{name:13} {plain:6,.0f} calls/s, instrumented {instrumented:6,.0f}: ratio {ratio:.2f}")


def main() -> None:
    """Measure each kind of instrumentation in a process of its own."""
    if len(sys.argv) > 2:
        measure(sys.argv[1], int(sys.argv[2]))
        return
    rounds = sys.argv[1] if len(sys.argv) > 1 else "5"
    for name in ("opentelemetry", "sentry"):
        subprocess.run([sys.executable, "-m", "benchmarks.instrumented", name, rounds], check=True)


if __name__ == "__main__":
    main()
