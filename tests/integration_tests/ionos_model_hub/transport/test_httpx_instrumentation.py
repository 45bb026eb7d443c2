"""OpenTelemetry's and Sentry's instrumentation of httpx see all requests."""

import subprocess
import sys
from collections.abc import Iterator
from textwrap import dedent

import pytest

from ionos_model_hub import AsyncClient, Client, ConnectionFailedError, NotFoundError
from ionos_model_hub.emulator import Emulator
from ionos_model_hub.transport.http.client import HttpClient
from ionos_model_hub.transport.httpx_patches import sync_patches

pytest.importorskip("opentelemetry.sdk")
httpx_instrumentation = pytest.importorskip("opentelemetry.instrumentation.httpx")

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: E402
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (  # noqa: E402
    InMemorySpanExporter,
)

USER = [{"role": "user", "content": "Hallo"}]
MODEL = "meta-llama/Llama-3.3-70B-Instruct"


class Tracing:
    """OpenTelemetry's instrumentation of httpx, with the spans in memory."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._provider = TracerProvider()
        self._provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self._instrumentor = httpx_instrumentation.HTTPXClientInstrumentor()

    def start(self) -> None:
        self._instrumentor.instrument(tracer_provider=self._provider)

    def stop(self) -> None:
        if self._instrumentor.is_instrumented_by_opentelemetry:
            self._instrumentor.uninstrument()

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()


@pytest.fixture
def tracing() -> Iterator[Tracing]:
    tracing = Tracing()
    yield tracing
    tracing.stop()


def assert_traced(emulator: Emulator, tracing: Tracing, calls: int) -> None:
    trace_parents = [request.headers["traceparent"] for request in emulator.requests[-calls:]]
    assert len(set(trace_parents)) == len(tracing.spans) == calls
    for trace_parent, span in zip(trace_parents, tracing.spans, strict=True):
        assert f"{span.context.span_id:016x}" in trace_parent
        assert "canary" not in span.to_json()


@pytest.mark.parametrize("is_early", [False, True])
def test_opentelemetry(ionos_emulator: Emulator, tracing: Tracing, is_early: bool) -> None:
    if is_early:
        tracing.start()
    with Client(api_key="canary", base_url=ionos_emulator.base_url) as client:
        if not is_early:
            client.models()
            tracing.start()
        client.models()
        assert client.chat(USER, model=MODEL).text
        assert "".join(delta.text for delta in client.stream_chat(USER, model=MODEL))
        assert_traced(ionos_emulator, tracing, 3)
        # The connections are ours, and their errors as well.
        assert isinstance(client._io._http, HttpClient)
        assert not sync_patches.is_mocked()
        with pytest.raises(NotFoundError) as caught:
            client.chat(USER, model="unknown")
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)
        tracing.stop()
        client.models()
    assert len(tracing.spans) == 4


@pytest.mark.parametrize("is_early", [False, True])
async def test_opentelemetry_async(
    ionos_emulator: Emulator, tracing: Tracing, is_early: bool
) -> None:
    if is_early:
        tracing.start()
    async with AsyncClient(api_key="canary", base_url=ionos_emulator.base_url) as client:
        if not is_early:
            await client.models()
            tracing.start()
        await client.models()
        assert (await client.chat(USER, model=MODEL)).text
        deltas = [delta.text async for delta in client.stream_chat(USER, model=MODEL)]
        assert "".join(deltas)
        assert_traced(ionos_emulator, tracing, 3)
        tracing.stop()
        await client.models()
    assert len(tracing.spans) == 3


def test_connection_errors_are_those_of_this_package(tracing: Tracing) -> None:
    tracing.start()
    with (
        Client(api_key="canary", base_url="http://127.0.0.1:9/v1", max_retries=0) as client,
        pytest.raises(ConnectionFailedError, match="refused") as caught,
    ):
        client.models()
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert len(tracing.spans) == 1


SENTRY = """
    import asyncio, sys
    import sentry_sdk
    from ionos_model_hub import AsyncClient, Client

    url = sys.argv[1]
    client = Client(api_key="canary", base_url=url)
    sentry_sdk.init("https://key@sentry.invalid/1", traces_sample_rate=1.0,
                    transport=lambda event: None, default_integrations=True)

    async def call():
        async with AsyncClient(api_key="canary", base_url=url) as client:
            await client.models()

    with sentry_sdk.start_transaction(name="calls") as transaction:
        client.models()
        asyncio.run(call())
        spans = [span for span in transaction._span_recorder.spans if span.op == "http.client"]
    print(len(spans))
"""


def test_sentry(ionos_emulator: Emulator) -> None:
    pytest.importorskip("sentry_sdk")
    # In a process of its own, because Sentry's instrumentation cannot be removed.
    command = [sys.executable, "-c", dedent(SENTRY), ionos_emulator.base_url]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.stdout.strip(), run.stderr) == ("2", "")
    assert all("sentry-trace" in request.headers for request in ionos_emulator.requests)
