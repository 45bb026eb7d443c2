"""Metrics in a real Prometheus endpoint: OpenTelemetry's exporter, and a hook of one's own."""

import re
import urllib.request
from collections.abc import Iterator
from contextlib import suppress

import prometheus_client
import pytest
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client.parser import text_string_to_metric_families

from ionos_model_hub import Client, ModelHubError
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.telemetry import CallRecord, OpenTelemetry

USER = [{"role": "user", "content": "Which city lies on the Rhine? planted-prompt"}]
KEY = "eyJhbGciOiJub25l.canary-77aa.c2ln"

Samples = dict[str, list[tuple[dict[str, str], float]]]


def scrape(port: int) -> tuple[str, Samples]:
    """Return the text of the endpoint, and its samples by name."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as response:
        text = response.read().decode()
    samples: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            samples.setdefault(sample.name, []).append((sample.labels, sample.value))
    return text, samples


@pytest.fixture
def opentelemetry() -> Iterator[tuple[OpenTelemetry, int]]:
    """Telemetry whose metrics a Prometheus endpoint serves, and the port of the endpoint."""
    reader = PrometheusMetricReader()
    provider = MeterProvider([reader])
    server, thread = prometheus_client.start_http_server(0, "127.0.0.1")
    yield OpenTelemetry(meter_provider=provider, spans=False), server.server_port
    server.shutdown()
    server.server_close()
    thread.join()
    provider.shutdown()


def make_calls(client: Client, hub: Emulator) -> None:
    """Make a successful call, a stream, an embedding, and a call that fails."""
    client.chat(USER)
    list(client.stream_chat(USER))
    client.embed(["a", "b"])
    hub.script(Reply(status=500))
    with suppress(ModelHubError):
        client.chat(USER)


def test_opentelemetry_metrics_in_a_scrape(
    ionos_emulator: Emulator, opentelemetry: tuple[OpenTelemetry, int]
) -> None:
    telemetry, port = opentelemetry
    url = ionos_emulator.base_url
    with Client(api_key=KEY, base_url=url, telemetry=telemetry, max_retries=0) as client:
        usage = client.chat(USER).usage
        make_calls(client, ionos_emulator)
    text, samples = scrape(port)
    counts = {
        (labels["gen_ai_operation_name"], labels.get("error_type", "")): value
        for labels, value in samples["gen_ai_client_operation_duration_seconds_count"]
    }
    assert counts == {("chat", ""): 3, ("embeddings", ""): 1, ("chat", "ServerError"): 1}
    assert usage
    tokens = {
        (labels["gen_ai_operation_name"], labels["gen_ai_token_type"]): value
        for labels, value in samples["gen_ai_client_token_usage_sum"]
    }
    assert tokens["chat", "input"] == 3 * usage.prompt_tokens
    assert tokens["chat", "output"] == 3 * usage.completion_tokens
    assert re.search(r'gen_ai_client_operation_duration_seconds_bucket\{.*le="81.92"', text)
    assert KEY not in text
    assert "planted-prompt" not in text


def test_hook_that_updates_prometheus_metrics(ionos_emulator: Emulator) -> None:
    registry = prometheus_client.CollectorRegistry()
    calls = prometheus_client.Histogram(
        "ionos_call_seconds", "Duration of calls.", ["endpoint", "outcome"], registry=registry
    )

    def on_call(record: CallRecord) -> None:
        calls.labels(record.endpoint, record.outcome).observe(record.duration)

    server, thread = prometheus_client.start_http_server(0, "127.0.0.1", registry=registry)
    url = ionos_emulator.base_url
    with Client(api_key=KEY, base_url=url, on_call=on_call, max_retries=0) as client:
        make_calls(client, ionos_emulator)
    _, samples = scrape(server.server_port)
    server.shutdown()
    server.server_close()
    thread.join()
    counts = {
        tuple(labels.values()): value for labels, value in samples["ionos_call_seconds_count"]
    }
    assert counts == {
        ("/chat/completions", "success"): 2,
        ("/chat/completions", "error"): 1,
        ("/embeddings", "success"): 1,
    }
