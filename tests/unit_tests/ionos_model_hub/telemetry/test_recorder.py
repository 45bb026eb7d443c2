"""Times, counts and outcomes of recorded calls, with a virtual clock."""

import logging
import threading
from decimal import Decimal
from typing import Any

import pytest
from unit_tests.ionos_model_hub.transport.scripted_io import (
    DONE,
    USER,
    ScriptedIO,
    ScriptedResponse,
    chat_request,
    event,
    failure,
    settings,
    success,
)

from ionos_model_hub.errors import ConfigurationError, RateLimitError, RequestTimeoutError
from ionos_model_hub.settings import Settings
from ionos_model_hub.telemetry import CallRecord
from ionos_model_hub.transport.event_stream import EventStream
from ionos_model_hub.transport.runner import CallRunner
from ionos_model_hub.transport.sync_io import run_blocking
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.response_types import ChatCompletion

USAGE = b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}\n\n'


@pytest.fixture
def records() -> list[CallRecord]:
    return []


@pytest.fixture
def observed(records: list[CallRecord]) -> Settings:
    return settings(on_call=records.append, max_retries=1)


@pytest.fixture(autouse=True)
def fixed_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ionos_model_hub.transport.runner.random.random", lambda: 0.5)


def open_stream(io: ScriptedIO, observed: Settings) -> EventStream[ChatCompletion]:
    request = requests.chat("m", [USER], {})
    stream, _ = run_blocking(CallRunner(observed, io).open(request))
    return stream


def close_because_of(stream: EventStream[Any], error: BaseException) -> None:
    """Close a stream as a generator does that an exception leaves."""
    try:
        try:
            raise error
        finally:
            run_blocking(stream.close())
    except type(error):
        pass


def test_duration_includes_all_attempts(observed: Settings, records: list[CallRecord]) -> None:
    io = ScriptedIO(failure(503), ScriptedResponse(200, 2.0, *success()._script, x_trace_id="1c44"))
    run_blocking(CallRunner(observed, io).fetch(chat_request()))
    (record,) = records
    assert record.duration == pytest.approx(io.slept[0] + 2.0)
    assert (record.attempts, record.outcome) == (2, "success")
    assert (record.status, record.request_id) == (200, "1c44")
    assert (record.endpoint, record.model) == ("/chat/completions", "m")
    assert record.finish_reasons == ("stop",)


def test_wait_for_the_rate_limit_is_measured(records: list[CallRecord]) -> None:
    limited = settings(on_call=records.append, requests_per_second=0.5, burst=1)
    runner = CallRunner(limited, io := ScriptedIO(success(), success()))
    for _ in range(2):
        run_blocking(runner.fetch(chat_request()))
    assert [record.rate_limit_wait for record in records] == [0.0, pytest.approx(2.0)]
    assert records[1].duration == pytest.approx(2.0)
    assert io.slept == [pytest.approx(2.0)]


def test_call_that_the_rate_limit_would_delay_past_its_deadline(
    records: list[CallRecord],
) -> None:
    limited = settings(on_call=records.append, requests_per_second=0.1, burst=1, deadline=5.0)
    runner = CallRunner(limited, ScriptedIO(success()))
    run_blocking(runner.fetch(chat_request()))
    with pytest.raises(RequestTimeoutError):
        run_blocking(runner.fetch(chat_request()))
    assert (records[1].outcome, records[1].attempts) == ("error", 0)
    assert records[1].error_type == "RequestTimeoutError"


def test_call_without_a_key_is_recorded(records: list[CallRecord]) -> None:
    def no_key() -> str:
        raise ConfigurationError("No key.")

    with pytest.raises(ConfigurationError):
        run_blocking(
            CallRunner(settings(on_call=records.append, api_key=no_key), ScriptedIO()).fetch(
                chat_request()
            )
        )
    assert (records[0].outcome, records[0].attempts) == ("error", 0)


def test_status_and_trace_id_of_an_error(observed: Settings, records: list[CallRecord]) -> None:
    io = ScriptedIO(*(failure(429, retry_after="0.1", x_trace_id=name) for name in ("a", "b")))
    with pytest.raises(RateLimitError):
        run_blocking(CallRunner(observed, io).fetch(chat_request()))
    (record,) = records
    assert (record.status, record.request_id, record.attempts) == (429, "b", 2)
    assert record.error_type == "RateLimitError"


def test_stream_is_recorded_when_it_is_closed(
    observed: Settings, records: list[CallRecord]
) -> None:
    io = ScriptedIO(ScriptedResponse(200, 0.5, event("Hal"), 1.0, event("lo", "stop"), USAGE, DONE))
    stream = open_stream(io, observed)
    while not stream.done:
        run_blocking(stream.step())
    assert records == []
    run_blocking(stream.close())
    assert stream.on_close
    stream.on_close(stream.answer, GeneratorExit())
    (record,) = records
    assert record.streamed
    assert (record.outcome, record.finish_reasons) == ("success", ("stop",))
    assert record.time_to_first_token == pytest.approx(0.5)
    assert record.duration == pytest.approx(1.5)
    assert record.usage
    assert (record.usage.prompt_tokens, record.usage.completion_tokens) == (3, 2)


def test_usage_of_the_record_is_a_copy(observed: Settings, records: list[CallRecord]) -> None:
    io = ScriptedIO(ScriptedResponse(200, event("Hallo", "stop"), USAGE, DONE))
    stream = open_stream(io, observed)
    while not stream.done:
        run_blocking(stream.step())
    run_blocking(stream.close())
    assert records[0].usage == stream.answer.usage
    assert records[0].usage is not stream.answer.usage


def test_failed_first_attempt_of_a_stream_is_not_reported(
    observed: Settings, records: list[CallRecord]
) -> None:
    broken = ScriptedResponse(200, b": ping\n\n")
    io = ScriptedIO(broken, ScriptedResponse(200, event("Hallo", "stop"), DONE))
    stream = open_stream(io, observed)
    assert records == []
    while not stream.done:
        run_blocking(stream.step())
    run_blocking(stream.close())
    assert [(record.outcome, record.attempts) for record in records] == [("success", 2)]


def test_stream_that_never_opens_has_no_first_token(
    observed: Settings, records: list[CallRecord]
) -> None:
    io = ScriptedIO(failure(400))
    with pytest.raises(Exception, match="No"):
        open_stream(io, observed)
    (record,) = records
    assert (record.outcome, record.time_to_first_token) == ("error", None)


@pytest.mark.parametrize(
    ("error", "outcome", "error_type"),
    [
        (GeneratorExit(), "abandoned", None),
        (KeyboardInterrupt(), "cancelled", "KeyboardInterrupt"),
        (RequestTimeoutError("Late."), "error", "RequestTimeoutError"),
        (ZeroDivisionError(), "error", "ZeroDivisionError"),
    ],
)
def test_outcome_of_an_unfinished_stream(
    observed: Settings,
    records: list[CallRecord],
    error: BaseException,
    outcome: str,
    error_type: str | None,
) -> None:
    stream = open_stream(ScriptedIO(ScriptedResponse(200, event("Hal"))), observed)
    close_because_of(stream, error)
    (record,) = records
    assert (record.outcome, record.error_type) == (outcome, error_type)
    assert record.status == 200


def test_stream_that_is_closed_after_its_end_is_successful(
    observed: Settings, records: list[CallRecord]
) -> None:
    io = ScriptedIO(ScriptedResponse(200, event("Hallo", "stop") + DONE))
    stream = open_stream(io, observed)
    close_because_of(stream, GeneratorExit())
    assert [record.outcome for record in records] == ["success"]


def test_names_in_the_response_are_scrubbed(records: list[CallRecord]) -> None:
    key = "eyJhbGciOiJub25l.canary-9b1e.c2ln"
    body = f'{{"id": "{key}", "model": "{key}", "choices": [{{"finish_reason": "{key}"}}]}}'
    io = ScriptedIO(ScriptedResponse(200, body.encode(), x_trace_id=key))
    run_blocking(
        CallRunner(settings(api_key=key, on_call=records.append), io).fetch(chat_request())
    )
    assert records[0].response_id == records[0].response_model == records[0].request_id == "***"
    assert key not in repr(records)


def test_hook_that_returns_a_coroutine_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def hook(record: CallRecord) -> None: ...

    observed = settings(on_call=lambda record: hook(record))
    run_blocking(CallRunner(observed, ScriptedIO(success())).fetch(chat_request()))
    assert "on_call returned a coroutine" in caplog.text


@pytest.mark.parametrize(
    ("cost", "recorded"), [(Decimal("0.25"), 0.25), ("free", None), (threading.Lock(), None)]
)
@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
def test_cost_is_a_number(
    records: list[CallRecord],
    caplog: pytest.LogCaptureFixture,
    level: int,
    cost: Any,
    recorded: float | None,
) -> None:
    caplog.set_level(level, "ionos_model_hub")
    observed = settings(on_call=records.append, prices=lambda record: cost)
    run_blocking(CallRunner(observed, ScriptedIO(success())).fetch(chat_request()))
    assert [record.cost for record in records] == [recorded]
    assert ("prices raised an exception" in caplog.text) is (recorded is None)


@pytest.fixture
def own_log_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set attributes of all log records, as applications do with the id of their own request."""
    make_record = logging.getLogRecordFactory()

    def make_extended_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make_record(*args, **kwargs)
        record.request_id = "of the application"
        return record

    monkeypatch.setattr("logging._logRecordFactory", make_extended_record)


@pytest.mark.usefixtures("own_log_fields")
def test_log_fields_of_the_application_take_precedence(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ionos_model_hub")
    io = ScriptedIO(failure(503), success())
    run_blocking(CallRunner(settings(max_retries=1), io).fetch(chat_request()))
    logged = [vars(record) for record in caplog.records]
    assert {fields["request_id"] for fields in logged} == {"of the application"}
    assert logged[-1]["attempts"] == 2
    assert {fields["filename"] for fields in logged} >= {"runner.py", "recorder.py"}


def test_without_observer_nothing_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("recorded")

    monkeypatch.setattr("ionos_model_hub.telemetry.recorder.CallRecorder.__init__", fail)
    run_blocking(CallRunner(settings(), ScriptedIO(success())).fetch(chat_request()))
