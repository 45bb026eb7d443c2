"""Calls and streams without observers, with a hook, and with OpenTelemetry.

OpenTelemetry's spans go through a BatchSpanProcessor to memory, its metrics to a reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from benchmarks.speed.cases.base import Bench, Case, Work
from benchmarks.speed.subjects.base import Subject

CALLS = 40
CHUNKS = 500

Options = Mapping[str, Any]


def _nothing() -> Options:
    return {}


def _hook() -> Options:
    return {"on_call": lambda record: None}


def _opentelemetry() -> Options:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from ionos_model_hub.telemetry import OpenTelemetry

    tracer_provider = TracerProvider()
    tracer_provider.add_span_processor(BatchSpanProcessor(InMemorySpanExporter()))
    meter_provider = MeterProvider([InMemoryMetricReader()])
    return {
        "telemetry": OpenTelemetry(tracer_provider=tracer_provider, meter_provider=meter_provider)
    }


def _calls(observe: Callable[[], Options], bench: Bench, subject: Subject) -> Work | None:
    if subject.observed_call is None:
        return None
    call = subject.observed_call(bench.stub.url("chat"), observe())

    def work() -> None:
        for _ in range(CALLS):
            call()

    return work


def _stream(observe: Callable[[], Options], bench: Bench, subject: Subject) -> Work | None:
    if subject.observed_stream is None:
        return None
    url = bench.stub.url(f"stream.{CHUNKS}.event")
    open_stream = subject.observed_stream(url, observe())

    def work() -> None:
        for _ in open_stream():
            pass

    return work


_OBSERVERS = {"none": _nothing, "hook": _hook, "opentelemetry": _opentelemetry}

CASES = (
    *(
        Case(
            f"observed-{name}",
            f"invoke, observers: {name}",
            CALLS,
            "call",
            partial(_calls, observe),
            baselines={},
        )
        for name, observe in _OBSERVERS.items()
    ),
    *(
        Case(
            f"observed-stream-{name}",
            f"stream of {CHUNKS} chunks, observers: {name}",
            CHUNKS,
            "chunk",
            partial(_stream, observe),
            baselines={},
        )
        for name, observe in _OBSERVERS.items()
    ),
)
