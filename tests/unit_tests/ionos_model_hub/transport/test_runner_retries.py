"""Which failures a call retries, how long it waits, and how many requests that takes."""

from collections.abc import Callable

import pytest
from unit_tests.ionos_model_hub.transport.scripted_io import (
    BODY,
    ScriptedIO,
    ScriptedResponse,
    chat_request,
    failure,
    fetch,
    fetch_error,
    settings,
    success,
)

from ionos_model_hub.errors import (
    ConnectionFailedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
)
from ionos_model_hub.transport import response_reader
from ionos_model_hub.transport.runner import CallRunner
from ionos_model_hub.transport.sync_io import run_blocking

pytestmark = pytest.mark.usefixtures("fixed_jitter")

MakeFailure = Callable[[], ScriptedResponse | Exception]

FINAL: list[MakeFailure] = [
    *[lambda status=status: failure(status) for status in (301, 400, 401, 403, 404, 413, 422, 501)],
    lambda: failure(500, "json: cannot unmarshal string into Go struct field"),
    lambda: failure(500, x_should_retry="false"),
    lambda: failure(429, retry_after="61"),
    lambda: ScriptedResponse(200, b"<html>"),
    lambda: ScriptedResponse(200, b'{"choices": []}'),
    lambda: ScriptedResponse(200, b'{"error": {"message": "No.", "code": 400}}'),
]
TEMPORARY: list[MakeFailure] = [
    *[lambda status=status: failure(status) for status in (408, 409, 425, 500, 502, 503, 504)],
    lambda: failure(400, x_should_retry="true"),
    lambda: ConnectionFailedError("No."),
    lambda: RequestTimeoutError("No."),
    lambda: ScriptedResponse(200, BODY[:9], ConnectionFailedError("No.")),
    lambda: ScriptedResponse(500, ConnectionFailedError("No.")),
    lambda: ScriptedResponse(200, b'{"error": {"message": "No."}}'),
]
THROTTLED: list[MakeFailure] = [lambda: failure(429), lambda: failure(529)]


@pytest.mark.parametrize("max_retries", [0, 2])
@pytest.mark.parametrize("make_failure", FINAL)
def test_final_failures_are_not_retried(make_failure: MakeFailure, max_retries: int) -> None:
    io = ScriptedIO(make_failure())
    error = fetch_error(io, max_retries=max_retries)
    assert (len(io.sent), io.slept, error.attempts) == (1, [], 1)


@pytest.mark.parametrize(("max_retries", "slept"), [(0, []), (1, [0.25]), (2, [0.25, 0.5])])
@pytest.mark.parametrize("make_failure", TEMPORARY)
def test_retries_stop_at_max_retries(
    make_failure: MakeFailure, max_retries: int, slept: list[float]
) -> None:
    io = ScriptedIO(*[make_failure() for _ in range(max_retries + 1)])
    error = fetch_error(io, max_retries=max_retries)
    assert (len(io.sent), io.slept, error.attempts) == (max_retries + 1, slept, max_retries + 1)


@pytest.mark.parametrize("max_retries", [0, 1, 2])
@pytest.mark.parametrize("make_failure", THROTTLED)
def test_throttled_calls_are_retried_after_the_pause(
    make_failure: MakeFailure, max_retries: int
) -> None:
    io = ScriptedIO(*[make_failure() for _ in range(max_retries + 1)])
    error = fetch_error(io, max_retries=max_retries)
    assert error.attempts == max_retries + 1
    assert io.sent_at == pytest.approx([1000.0 + second for second in range(max_retries + 1)])


@pytest.mark.parametrize("make_failure", TEMPORARY + THROTTLED)
def test_retry_that_succeeds(make_failure: MakeFailure) -> None:
    io = ScriptedIO(make_failure(), make_failure(), success())
    assert fetch(io).text == "Hallo"
    assert len(io.sent) == 3
    assert len({request.content for request in io.sent}) == 1
    assert all(response.is_closed for response in io.responses)


def test_error_marked_as_final_is_not_retried() -> None:
    error = ConnectionFailedError("No.")
    error.retryable = False
    io = ScriptedIO(error)
    assert fetch_error(io) is error
    assert len(io.sent) == 1


def test_programming_errors_propagate_unchanged() -> None:
    io = ScriptedIO(ZeroDivisionError("bug"))
    with pytest.raises(ZeroDivisionError, match="bug"):
        fetch(io)
    assert len(io.sent) == 1


def test_response_is_closed_if_processing_its_headers_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no")

    limiter = "ionos_model_hub.transport.rate_limiter.LocalRateLimiter"
    monkeypatch.setattr(f"{limiter}.apply_server_limits", fail)
    io = ScriptedIO(success())
    with pytest.raises(RuntimeError):
        fetch(io)
    assert io.responses[0].is_closed


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({"retry_after": "10"}, [10.5]),
        ({"retry_after_ms": "2000"}, [2.1]),
        ({"retry_after": "0"}, [0.1]),
        ({"retry_after": "60"}, [63.0]),
        ({"retry_after": "nan"}, [0.25]),
        (
            {
                "retry_after": "Sun, 06 Nov 1994 08:49:47 GMT",
                "date": "Sun, 06 Nov 1994 08:49:37 GMT",
            },
            [10.5],
        ),
    ],
)
def test_retry_after_is_respected(headers: dict[str, str], slept: list[float]) -> None:
    io = ScriptedIO(failure(503, **headers), success())
    fetch(io)
    assert io.slept == pytest.approx(slept)


@pytest.mark.parametrize("status", [429, 529])
def test_retry_after_of_throttled_calls_is_respected(status: int) -> None:
    io = ScriptedIO(failure(status, retry_after="10"), success())
    fetch(io)
    assert io.slept == pytest.approx([10.5])


def test_retry_after_above_the_maximum_ends_the_call_immediately() -> None:
    io = ScriptedIO(failure(429, retry_after="3600"))
    error = fetch_error(io)
    assert type(error) is RateLimitError
    assert (error.retry_after, io.slept) == (3600.0, [])


@pytest.mark.parametrize(("deadline", "sent"), [(11.0, 2), (10.5, 1), (5.0, 1)])
def test_retries_stop_if_the_wait_would_pass_the_deadline(deadline: float, sent: int) -> None:
    io = ScriptedIO(failure(503, retry_after="10"), success())
    if sent == 2:
        fetch(io, deadline=deadline)
    else:
        error = fetch_error(io, deadline=deadline)
        assert (type(error), io.slept) == (ServerError, [])
    assert len(io.sent) == sent


def test_no_request_is_sent_past_the_deadline() -> None:
    io = ScriptedIO(success())

    def slow_key() -> str:
        io.time += 6
        return "canary"

    error = fetch_error(io, api_key=slow_key, deadline=5)
    assert "deadline" in error.message
    assert (io.sent, error.attempts) == ([], 0)


def test_retry_budget_limits_retries_in_an_outage() -> None:
    io = ScriptedIO(*[failure(500) for _ in range(200)])
    runner = CallRunner(settings(), io)
    for _ in range(100):
        with pytest.raises(ServerError):
            run_blocking(runner.fetch(chat_request()))
    assert len(io.sent) == 135


def test_fourteen_successes_earn_one_retry() -> None:
    outage = [failure(500) for _ in range(135)]
    io = ScriptedIO(*outage, *[success() for _ in range(14)], *[failure(500) for _ in range(3)])
    runner = CallRunner(settings(), io)
    for _ in range(100):
        with pytest.raises(ServerError):
            run_blocking(runner.fetch(chat_request()))
    for _ in range(14):
        run_blocking(runner.fetch(chat_request()))
    with pytest.raises(ServerError) as caught:
        run_blocking(runner.fetch(chat_request()))
    assert caught.value.attempts == 2


def test_successful_retries_refill_the_budget() -> None:
    rounds = [step for _ in range(100) for step in (failure(500), failure(500), success())]
    io = ScriptedIO(*rounds)
    runner = CallRunner(settings(), io)
    for _ in range(100):
        assert run_blocking(runner.fetch(chat_request())).text == "Hallo"
    assert len(io.sent) == 300


def test_retry_after_date_without_date_header_is_relative_to_the_local_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(response_reader.time, "time", lambda: 784111767.0)
    busy = failure(503, retry_after="Sun, 06 Nov 1994 08:49:37 GMT")
    io = ScriptedIO(busy, success())
    assert fetch(io).text == "Hallo"
    assert 10 <= io.sent_at[1] - io.sent_at[0] <= 11
