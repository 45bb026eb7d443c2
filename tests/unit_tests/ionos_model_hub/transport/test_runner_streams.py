"""Opening a stream: its first deltas, retries before them, and servers without usage."""

from collections.abc import Callable

import pytest
from unit_tests.ionos_model_hub.transport.scripted_io import (
    BODY,
    DONE,
    USER,
    ScriptedIO,
    ScriptedResponse,
    event,
    failure,
    open_stream,
    settings,
)

from ionos_model_hub.errors import (
    BadRequestError,
    ConnectionFailedError,
    IncompleteStreamError,
    ModelHubError,
    RequestTimeoutError,
    ResponseError,
)
from ionos_model_hub.transport.runner import CallRunner
from ionos_model_hub.transport.sync_io import run_blocking
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.response_types import ChatCompletion

pytestmark = pytest.mark.usefixtures("fixed_jitter")

MakeFailure = Callable[[], ScriptedResponse | Exception]

FAILURES: list[MakeFailure] = [
    lambda: ConnectionFailedError("No."),
    lambda: failure(503),
    lambda: ScriptedResponse(200),
    lambda: ScriptedResponse(200, b": ping\n\n"),
    lambda: ScriptedResponse(200, event("")),
    lambda: ScriptedResponse(200, ConnectionFailedError("No.")),
    lambda: ScriptedResponse(200, b'data: {"error": {"message": "No."}}\n\n'),
    lambda: ScriptedResponse(200, *[50.0, b": ping\n\n"] * 3),
]


def complete_stream() -> ScriptedResponse:
    return ScriptedResponse(200, event("Hallo", "stop"), DONE)


def test_stream_opens_with_its_first_deltas() -> None:
    io = ScriptedIO(
        ScriptedResponse(200, b": ping\n\n", event(""), event("Hal"), event("lo", "stop"), DONE)
    )
    stream, text = open_stream(io)
    assert text == "Hal"
    assert not io.responses[0].is_closed
    assert io.bodies[0]["stream"] is True
    assert io.bodies[0]["stream_options"] == {"include_usage": True}
    while not stream.done:
        text += "".join(delta.text for delta in run_blocking(stream.step()))
    assert text == stream.answer.text == "Hallo"


@pytest.mark.parametrize("make_failure", FAILURES)
def test_failures_before_the_first_delta_are_retried(make_failure: MakeFailure) -> None:
    io = ScriptedIO(make_failure(), make_failure(), complete_stream())
    _, text = open_stream(io)
    assert (text, len(io.sent)) == ("Hallo", 3)
    closed = [response.is_closed for response in io.responses]
    assert closed == [True] * (len(io.responses) - 1) + [False]


@pytest.mark.parametrize("max_retries", [0, 2])
@pytest.mark.parametrize("make_failure", FAILURES)
def test_retries_before_the_first_delta_stop_at_max_retries(
    make_failure: MakeFailure, max_retries: int
) -> None:
    io = ScriptedIO(*[make_failure() for _ in range(max_retries + 1)])
    with pytest.raises(ModelHubError) as caught:
        open_stream(io, max_retries=max_retries)
    assert (len(io.sent), caught.value.attempts) == (max_retries + 1, max_retries + 1)
    assert caught.value.partial is None
    assert all(response.is_closed for response in io.responses)


@pytest.mark.parametrize("first", [b"data: nonsense\n\n", DONE])
def test_invalid_stream_is_not_retried(first: bytes) -> None:
    io = ScriptedIO(ScriptedResponse(200, first))
    with pytest.raises(ResponseError):
        open_stream(io)
    assert len(io.sent) == 1


@pytest.mark.parametrize("fault", [ConnectionFailedError("No."), b""])
def test_failures_after_the_first_delta_are_not_retried(fault: Exception | bytes) -> None:
    io = ScriptedIO(ScriptedResponse(200, event("Hal"), *([fault] if fault else [])))
    stream, text = open_stream(io)
    with pytest.raises((ConnectionFailedError, IncompleteStreamError)) as caught:
        run_blocking(stream.step())
    assert isinstance(caught.value.partial, ChatCompletion)
    assert text == caught.value.partial.text == "Hal"
    assert len(io.sent) == 1


def test_stream_of_comments_times_out() -> None:
    io = ScriptedIO(ScriptedResponse(200, *[50.0, b": ping\n\n"] * 10))
    with pytest.raises(RequestTimeoutError):
        open_stream(io, timeout=120, max_retries=0)
    assert io.time == pytest.approx(1120.0)


def test_interrupted_opening_closes_the_response() -> None:
    class InterruptedResponse(ScriptedResponse):
        async def read(self) -> bytes | None:
            raise KeyboardInterrupt

    io = ScriptedIO(InterruptedResponse(200))
    with pytest.raises(KeyboardInterrupt):
        open_stream(io)
    assert io.responses[0].is_closed


def test_rejected_stream_options_are_dropped_and_remembered() -> None:
    rejection = failure(400, "Unrecognized field: stream_options")
    io = ScriptedIO(rejection, complete_stream(), complete_stream())
    runner = CallRunner(settings(max_retries=0), io)
    for _ in range(2):
        run_blocking(runner.open(requests.chat("m", [USER], {})))
    assert ["stream_options" in body for body in io.bodies] == [True, False, False]
    assert (rejection.is_closed, io.slept) == (True, [])


def test_rejected_stream_options_are_remembered_for_all_clients_of_the_credential() -> None:
    shared = settings()
    first = ScriptedIO(failure(400, "stream_options?"), complete_stream())
    second = ScriptedIO(complete_stream())
    runner, other = CallRunner(shared, first), CallRunner(shared, second)
    run_blocking(runner.open(requests.chat("m", [USER], {})))
    run_blocking(other.open(requests.chat("m", [USER], {})))
    assert "stream_options" not in second.bodies[0]


@pytest.mark.parametrize("content_type", ["application/json", "text/html; charset=utf-8"])
@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b'{"error": {"message": "No.", "code": 400}}', BadRequestError, "No."),
        (b"<html>canary-key", ResponseError, "not JSON; it starts with '<html>***'"),
        (BODY, ResponseError, "complete response where a stream was requested"),
    ],
)
def test_complete_response_instead_of_a_stream_is_an_error(
    content_type: str, body: bytes, kind: type[ModelHubError], message: str
) -> None:
    io = ScriptedIO(ScriptedResponse(200, body, content_type=content_type))
    with pytest.raises(kind) as caught:
        open_stream(io, api_key="canary-key")
    assert message in caught.value.message
    assert (len(io.sent), io.responses[0].is_closed) == (1, True)


def test_other_rejections_are_errors() -> None:
    io = ScriptedIO(failure(400, "temperature?"))
    with pytest.raises(BadRequestError, match="temperature"):
        open_stream(io)
    assert len(io.sent) == 1


def test_stream_options_are_dropped_once() -> None:
    io = ScriptedIO(*[failure(400, "stream_options?") for _ in range(3)])
    with pytest.raises(BadRequestError) as caught:
        open_stream(io)
    assert len(io.sent) == caught.value.attempts == 2
