"""Spans, metrics and trace context in OpenTelemetry's SDK."""

import asyncio
import copy
import json
import logging
import pickle
from typing import Any

import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, StatusCode
from unit_tests.ionos_model_hub.telemetry.conftest import Exported
from unit_tests.ionos_model_hub.transport.scripted_io import (
    DONE,
    USER,
    ScriptedIO,
    ScriptedResponse,
    event,
    failure,
    settings,
    success,
)

from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.telemetry import CallRecord, OpenTelemetry
from ionos_model_hub.transport.runner import CallRunner
from ionos_model_hub.transport.sync_io import run_blocking
from ionos_model_hub.wire import requests

KEY = "eyJhbGciOiJub25l.canary-31c5.c2ln"


def fetch(io: ScriptedIO, telemetry: object, body: dict[str, Any] | None = None, **options: Any):  # type: ignore[no-untyped-def]
    """Make a chat call."""
    request = requests.chat("m", [USER], body or {}).non_streamed()
    runner = CallRunner(settings(telemetry=telemetry, **options), io)
    return run_blocking(runner.fetch(request))


def attributes_of(exported: Exported) -> dict[str, Any]:
    (span,) = exported.spans
    return dict(span.attributes or {})


def test_span_of_a_call(exported: Exported) -> None:
    body = {"temperature": 0.5, "max_completion_tokens": 9, "stop": "END", "n": 2, "seed": 1}
    fetch(ScriptedIO(success()), exported.telemetry(), body)
    (span,) = exported.spans
    assert (span.name, span.kind) == ("chat m", SpanKind.CLIENT)
    assert span.status.status_code is StatusCode.UNSET
    assert span.instrumentation_scope
    assert span.instrumentation_scope.name == "ionos_model_hub"
    attributes = attributes_of(exported)
    assert attributes.pop("ionos.rate_limit_wait") == 0
    assert attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "ionos",
        "gen_ai.request.model": "m",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.stop_sequences": ("END",),
        "gen_ai.request.choice.count": 2,
        "gen_ai.request.seed": 1,
        "server.address": "localhost",
        "server.port": 8400,
        "gen_ai.response.finish_reasons": ("stop",),
        "http.response.status_code": 200,
        "ionos.attempts": 1,
        "ionos.outcome": "success",
    }


def test_token_usage_and_cost(exported: Exported) -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 2}}
    usage = {"prompt_tokens": 5, "completion_tokens": 3, **details}
    body = {"model": "m-1", "id": "c-1", "choices": [{"message": {"content": "a"}}], "usage": usage}
    io = ScriptedIO(ScriptedResponse(200, json.dumps(body).encode()))
    fetch(io, exported.telemetry(), prices=lambda record: 0.25)
    attributes = attributes_of(exported)
    assert attributes["gen_ai.usage.input_tokens"] == 5
    assert attributes["gen_ai.usage.output_tokens"] == 3
    assert attributes["gen_ai.usage.cache_read.input_tokens"] == 2
    assert attributes["gen_ai.response.model"] == "m-1"
    assert attributes["gen_ai.response.id"] == "c-1"
    assert attributes["ionos.cost"] == 0.25
    points = exported.metrics["gen_ai.client.token.usage"]
    sums = {point.attributes["gen_ai.token.type"]: point.sum for point in points}
    assert sums == {"input": 5, "output": 3}


def test_failed_call_has_an_error_type_but_no_message(exported: Exported) -> None:
    io = ScriptedIO(failure(500, "It failed: secret text"))
    with pytest.raises(ModelHubError):
        fetch(io, exported.telemetry(), max_retries=0)
    (span,) = exported.spans
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert span.events == ()
    attributes = attributes_of(exported)
    assert attributes["error.type"] == "ServerError"
    assert attributes["http.response.status_code"] == 500
    assert "secret" not in span.to_json()
    (point,) = exported.metrics["gen_ai.client.operation.duration"]
    assert point.attributes["error.type"] == "ServerError"


def test_stream(exported: Exported) -> None:
    io = ScriptedIO(ScriptedResponse(200, 0.5, event("Hallo", "stop") + DONE))
    runner = CallRunner(settings(telemetry=exported.telemetry()), io)
    stream, _ = run_blocking(runner.open(requests.chat("m", [USER], {})))
    assert exported.spans == ()
    run_blocking(stream.close())
    attributes = attributes_of(exported)
    assert attributes["gen_ai.request.stream"] is True
    assert attributes["gen_ai.response.time_to_first_chunk"] == pytest.approx(0.5)
    (point,) = exported.metrics["gen_ai.client.operation.time_to_first_chunk"]
    assert point.sum == pytest.approx(0.5)


def test_buckets_are_those_of_the_conventions(exported: Exported) -> None:
    fetch(ScriptedIO(success()), exported.telemetry())
    (point,) = exported.metrics["gen_ai.client.operation.duration"]
    assert point.explicit_bounds == pytest.approx([0.01 * 2**power for power in range(14)])
    assert point.explicit_bounds[-1] == pytest.approx(81.92)


def test_content_is_not_exported_by_default(exported: Exported) -> None:
    fetch(ScriptedIO(success()), exported.telemetry())
    assert not {name for name in attributes_of(exported) if "messages" in name}
    assert USER["content"] not in exported.spans[0].to_json()


def test_content_is_exported_on_request(exported: Exported) -> None:
    body = {"choices": [{"message": {"content": f"Ja {KEY}"}, "finish_reason": "stop"}]}
    io = ScriptedIO(ScriptedResponse(200, json.dumps(body).encode()))
    fetch(io, exported.telemetry(capture_content=True), api_key=KEY)
    attributes = attributes_of(exported)
    assert json.loads(attributes["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": USER["content"]}]}
    ]
    assert json.loads(attributes["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "Ja ***"}],
            "finish_reason": "stop",
        }
    ]
    assert KEY not in exported.spans[0].to_json()


def test_key_passed_as_another_argument_is_not_exported(exported: Exported) -> None:
    request = requests.chat(KEY, [USER], {"stop": [f"END {KEY}"]}).non_streamed()
    records: list[CallRecord] = []
    options = settings(api_key=KEY, telemetry=exported.telemetry(), on_call=records.append)
    run_blocking(CallRunner(options, ScriptedIO(success())).fetch(request))
    (span,) = exported.spans
    attributes = attributes_of(exported)
    assert span.name == "chat ***"
    assert attributes["gen_ai.request.model"] == "***"
    assert attributes["gen_ai.request.stop_sequences"] == ("END ***",)
    (point,) = exported.metrics["gen_ai.client.operation.duration"]
    assert point.attributes["gen_ai.request.model"] == records[0].model == "***"


def test_trace_context_is_sent_and_does_not_persist(exported: Exported) -> None:
    io = ScriptedIO(success(), success())
    runner = CallRunner(settings(telemetry=exported.telemetry()), io)
    headers = {"x-team": "harbour"}
    request = requests.chat("m", [USER], {"extra_headers": headers}).non_streamed()
    tracer = exported.tracer_provider.get_tracer("test")
    token = context.attach(baggage.set_baggage("user", "secret"))
    with tracer.start_as_current_span("parent") as parent:
        run_blocking(runner.fetch(request))
    context.detach(token)
    run_blocking(runner.fetch(request))
    first, _, second = exported.spans
    assert first.parent == parent.get_span_context()
    for sent, span in zip(io.sent, (first, second), strict=True):
        ids = f"{span.context.trace_id:032x}-{span.context.span_id:016x}"
        assert sent.headers["traceparent"].startswith(f"00-{ids}-")
        assert sent.headers["x-team"] == "harbour"
        assert "baggage" not in sent.headers
    assert headers == {"x-team": "harbour"}
    assert second.parent is None


def test_retries_send_the_context_of_the_same_span(exported: Exported) -> None:
    io = ScriptedIO(failure(503), success())
    fetch(io, exported.telemetry())
    assert len(exported.spans) == 1
    assert len({request.headers["traceparent"] for request in io.sent}) == 1


def test_own_traceparent_takes_precedence(exported: Exported) -> None:
    io = ScriptedIO(success())
    fetch(io, exported.telemetry(), {"extra_headers": {"traceparent": "own"}})
    assert io.sent[0].headers["traceparent"] == "own"


def test_propagation_can_be_disabled(exported: Exported) -> None:
    io = ScriptedIO(success())
    fetch(io, exported.telemetry(propagate=False))
    assert "traceparent" not in io.sent[0].headers
    assert exported.spans


def test_without_spans_the_current_context_is_sent(exported: Exported) -> None:
    io = ScriptedIO(success())
    tracer = exported.tracer_provider.get_tracer("test")
    with tracer.start_as_current_span("parent") as parent:
        fetch(io, exported.telemetry(spans=False))
    assert [span.name for span in exported.spans] == ["parent"]
    assert f"{parent.get_span_context().span_id:016x}" in io.sent[0].headers["traceparent"]
    assert exported.metrics["gen_ai.client.operation.duration"]


def test_metrics_can_be_disabled(exported: Exported) -> None:
    fetch(ScriptedIO(success()), exported.telemetry(metrics=False))
    assert exported.metrics == {}


def test_spans_inside_a_call_are_its_children(exported: Exported) -> None:
    tracer = exported.tracer_provider.get_tracer("test")

    class TracedIO(ScriptedIO):
        async def send(self, request: Any) -> ScriptedResponse:
            with tracer.start_as_current_span("http"):
                return await super().send(request)

    fetch(TracedIO(success()), exported.telemetry())
    http, call = exported.spans
    assert http.parent == call.context
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_nothing_is_exported_where_instrumentation_is_suppressed(exported: Exported) -> None:
    io = ScriptedIO(success())
    with suppress_instrumentation():
        fetch(io, exported.telemetry())
    assert (exported.spans, exported.metrics) == ((), {})
    assert "traceparent" not in io.sent[0].headers


def test_call_that_a_framework_reports_only_propagates(exported: Exported) -> None:
    io = ScriptedIO(success())
    tracer = exported.tracer_provider.get_tracer("test")
    with tracer.start_as_current_span("llm"):
        token = context.attach(context.set_value("suppress_language_model_instrumentation", True))
        fetch(io, exported.telemetry())
        context.detach(token)
    assert [span.name for span in exported.spans] == ["llm"]
    assert exported.metrics == {}
    assert "traceparent" in io.sent[0].headers


def test_call_that_a_framework_reports_can_be_exported(exported: Exported) -> None:
    telemetry = exported.telemetry(spans=False, skip_reported_calls=False)
    token = context.attach(context.set_value("suppress_language_model_instrumentation", True))
    fetch(ScriptedIO(success()), telemetry)
    context.detach(token)
    assert exported.metrics["gen_ai.client.operation.duration"]


def test_failing_telemetry_is_logged_and_does_not_reach_the_caller(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        def start(self, call: object) -> None:
            raise ZeroDivisionError("broken")

    assert fetch(ScriptedIO(success()), Broken()).text == "Hallo"
    assert [each.levelno for each in caplog.records] == [logging.ERROR]
    assert "broken" in caplog.text


def test_trace_that_cannot_be_activated_does_not_reach_the_caller(
    exported: Exported, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("broken")

    monkeypatch.setattr(context, "attach", fail)
    assert fetch(ScriptedIO(success()), exported.telemetry()).text == "Hallo"
    assert len(exported.spans) == 1
    assert "broken" in caplog.text


def test_span_ends_although_its_attributes_fail(
    exported: Exported, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("broken")

    monkeypatch.setattr("ionos_model_hub.telemetry.otel.tracer.output_messages", fail)
    fetch(ScriptedIO(success()), exported.telemetry(capture_content=True))
    assert len(exported.spans) == 1
    assert "broken" in caplog.text


async def test_concurrent_calls_have_their_own_spans(exported: Exported) -> None:
    io = ScriptedIO(*(success() for _ in range(10)))
    runner = CallRunner(settings(telemetry=exported.telemetry()), io)
    request = requests.chat("m", [USER], {}).non_streamed()
    await asyncio.gather(*(runner.fetch(request) for _ in range(10)))
    assert len({request.headers["traceparent"] for request in io.sent}) == 10
    assert {span.parent for span in exported.spans} == {None}


def test_copies_are_the_same_object_and_pickles_use_global_providers(exported: Exported) -> None:
    telemetry = exported.telemetry(spans=False, capture_content=True)
    assert copy.copy(telemetry) is copy.deepcopy(telemetry) is telemetry
    restored = pickle.loads(pickle.dumps(telemetry))
    assert isinstance(restored, OpenTelemetry)
    assert restored._options == telemetry._options
    assert restored._tracer_provider is None
