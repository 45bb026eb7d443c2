"""A streamed response: bytes in, deltas out, with a defined result for every way to end."""

import json
from math import inf
from typing import Any

import pytest
from unit_tests.ionos_model_hub.transport.scripted_io import (
    DONE,
    ScriptedIO,
    ScriptedResponse,
    Step,
)

from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import (
    ConnectionFailedError,
    IncompleteStreamError,
    ModelHubError,
    RequestTimeoutError,
    ResponseError,
    ServerError,
)
from ionos_model_hub.policy.deadline import CLOSE_TIMEOUT, MAX_LATE_BYTES, CallTimer
from ionos_model_hub.transport.event_stream import EventStream, StreamState
from ionos_model_hub.transport.sync_io import run_blocking
from ionos_model_hub.wire.assembly import ChatAssembler
from ionos_model_hub.wire.response_types import ChatCompletion, Delta

SECRET = "canary/key+1"  # a made-up key


class Body(ScriptedResponse):
    """The body of a scripted response, and the clock of its stream."""

    def __init__(self, *script: Step, timeout: float | None = None, ends_at: float = inf) -> None:
        super().__init__(200, *script, x_trace_id="t-1", server="envoy")
        self.io = ScriptedIO()
        self.io.time = 0.0
        self.timer = CallTimer(self.io.now, timeout, ends_at)
        self.read_timeout = self.timer.read_timeout

    def stream(self, model: str = "m") -> EventStream[ChatCompletion]:
        return EventStream(self, ChatAssembler(model), self.timer, Key(SECRET).scrub)


def event(*choices: dict[str, Any], **more: Any) -> bytes:
    return f"data: {json.dumps({'choices': choices, **more})}\n\n".encode()


def content(text: str, finish: str | None = None) -> bytes:
    return event({"index": 0, "delta": {"content": text}, "finish_reason": finish})


def open_stream(
    *script: Step, timeout: float | None = 60, ends_at: float = inf
) -> tuple[EventStream[ChatCompletion], Body]:
    body = Body(*script, timeout=timeout, ends_at=ends_at)
    return body.stream(), body


def text_of(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


def read_into(texts: list[str], stream: EventStream[ChatCompletion]) -> None:
    while not stream.done:
        texts.append(text_of(run_blocking(stream.step())))


def steps(stream: EventStream[ChatCompletion]) -> list[str]:
    """Read a stream to its end and return the text of each step."""
    texts: list[str] = []
    read_into(texts, stream)
    return texts


def read_failure(stream: EventStream[ChatCompletion]) -> tuple[str, ModelHubError]:
    """Read a stream until it fails; return the text before that, and the error."""
    texts: list[str] = []
    with pytest.raises(ModelHubError) as caught:
        read_into(texts, stream)
    return "".join(texts), caught.value


def test_each_step_returns_the_deltas_of_the_received_bytes() -> None:
    stream, response = open_stream(
        content("Hal"), content("lo")[:9], content("lo")[9:], content("!", "stop"), DONE
    )
    assert steps(stream) == ["Hal", "", "lo", "!", ""]
    assert (stream.answer.text, stream.answer.finish_reason) == ("Hallo!", "stop")
    assert not response.is_closed
    run_blocking(stream.close())
    assert response.is_closed


def test_closing_a_finished_stream_hardly_waits_for_the_end_of_its_response() -> None:
    read_timeouts: list[float | None] = []

    class Open(Body):
        async def read(self) -> bytes | None:
            read_timeouts.append(self.read_timeout())
            return await super().read()

    body = Open(content("Hallo", "stop") + DONE, RequestTimeoutError("silence"), timeout=60)
    stream = body.stream()
    assert steps(stream) == ["Hallo"]
    run_blocking(stream.close())
    assert read_timeouts == [60, CLOSE_TIMEOUT]
    assert body.is_closed


def test_answer_has_trace_id_and_rate_limit_headers() -> None:
    stream, _ = open_stream(DONE)
    assert stream.answer.headers == {"x-trace-id": "t-1"}


@pytest.mark.parametrize(
    "end",
    [
        pytest.param([DONE], id="DONE"),
        pytest.param([b"data: [DONE]\n"], id="DONE without its blank line"),
        pytest.param([b"data: [DONE]"], id="DONE without any line end"),
        pytest.param([], id="a finish reason alone"),
        pytest.param([DONE + content("more"), content("more")], id="more after DONE"),
        pytest.param([b"data: {cut o"], id="a cut event after the finish reason"),
        pytest.param([DONE + b"event: error\ndata: late\n\n"], id="an error after DONE"),
    ],
)
def test_complete_streams(end: list[bytes]) -> None:
    stream, _ = open_stream(content("Hallo", "stop"), *end)
    assert "".join(steps(stream)) == "Hallo"
    assert stream.answer.text == "Hallo"


def test_last_event_without_its_blank_line_is_used() -> None:
    stream, _ = open_stream(content("Hal"), content("lo", "stop").rstrip())
    assert steps(stream) == ["Hal", "", "lo"]


@pytest.mark.parametrize("last", [b"", b'data: {"choices": [', b"data: [1]", b": comment"])
def test_early_end_is_an_error_with_the_partial_response(last: bytes) -> None:
    text, error = read_failure(open_stream(content("Hal"), *([last] if last else []))[0])
    assert type(error) is IncompleteStreamError
    assert text == "Hal"
    assert isinstance(error.partial, ChatCompletion)
    assert error.partial.text == "Hal"


def test_text_held_back_is_returned_by_the_last_step() -> None:
    stream = Body(content("<thi", "stop"), DONE).stream("Qwen/Qwen3.5-9B")
    assert steps(stream) == ["", "<thi"]
    assert stream.answer.text == "<thi"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (b"data: {cut o\n\n", ResponseError),
        (b"data: [1]\n\n", ResponseError),
        (b'data: {"error": {"message": "No."}}\n\n', ServerError),
        (b'event: error\ndata: {"error": {"message": "No."}}\n\n', ServerError),
        (b"event: error\ndata: overloaded\n\n", ServerError),
        (b'event: error\ndata: {"message": "No."}\n\n', ServerError),
        (ConnectionFailedError("No."), ConnectionFailedError),
        (RequestTimeoutError("No."), RequestTimeoutError),
    ],
)
def test_errors_contain_the_partial_response(
    fault: bytes | Exception, kind: type[ModelHubError]
) -> None:
    text, error = read_failure(open_stream(content("Hal"), fault)[0])
    assert type(error) is kind
    assert text == "Hal"
    assert isinstance(error.partial, ChatCompletion)
    assert error.partial.text == "Hal"
    assert error.__context__ is None


@pytest.mark.parametrize("fault", [b"data: {cut o\n\n", ConnectionFailedError("No.")])
def test_error_before_the_first_delta_has_no_partial_response(fault: bytes | Exception) -> None:
    text, error = read_failure(open_stream(event(), fault)[0])
    assert (text, error.partial) == ("", None)


def test_deltas_before_a_fault_in_the_same_bytes_are_returned_first() -> None:
    stream, _ = open_stream(
        content("Hal") + content("lo") + b"data: nonsense\n\n" + content("never")
    )
    assert text_of(run_blocking(stream.step())) == "Hallo"
    assert not stream.done
    for _ in range(2):
        with pytest.raises(ResponseError) as caught:
            run_blocking(stream.step())
        assert isinstance(caught.value.partial, ChatCompletion)
        assert caught.value.partial.text == "Hallo"


@pytest.mark.parametrize("quiet", [b": ping\n\n", b"\n", b"event: ping\n\n", b"data: "])
def test_stream_without_data_times_out(quiet: bytes) -> None:
    stream, response = open_stream(content("Hal"), *[25.0, quiet] * 10)
    clock_at_start = response.io.time
    _, error = read_failure(stream)
    assert type(error) is RequestTimeoutError
    assert response.io.time == clock_at_start + 60


def test_steady_stream_may_take_longer_than_the_timeout() -> None:
    stream, _ = open_stream(*[step for _ in range(10) for step in (59.0, content("a"))], DONE)
    assert "".join(steps(stream)) == "a" * 10


def test_steady_stream_ends_at_the_deadline() -> None:
    script = [step for _ in range(10) for step in (50.0, content("a"))]
    text, error = read_failure(open_stream(*script, ends_at=120.0)[0])
    assert (type(error), text) == (RequestTimeoutError, "aa")
    assert "deadline" in error.message


def test_time_between_steps_does_not_count() -> None:
    stream, response = open_stream(content("a"), 59.0, content("b"), 59.0, DONE)
    texts = []
    while not stream.done:
        texts.append(text_of(run_blocking(stream.step())))
        response.io.time += 1000
    assert texts == ["a", "b", ""]


def test_time_between_steps_counts_for_the_deadline() -> None:
    stream, response = open_stream(content("a"), 1.0, content("b"), ends_at=120.0)
    run_blocking(stream.step())
    response.io.time += 120
    _, error = read_failure(stream)
    assert "deadline" in error.message


def test_stream_that_has_arrived_is_returned_after_the_deadline() -> None:
    stream, response = open_stream(content("a"), *[content("b")] * 100, DONE, ends_at=120.0)
    assert text_of(run_blocking(stream.step())) == "a"
    response.io.time += 200
    assert "".join(steps(stream)) == "b" * 100


def test_endless_data_after_the_deadline_is_an_error() -> None:
    stream, response = open_stream(*[content("b" * 100_000)] * 100, DONE, ends_at=120.0)
    response.io.time += 200
    text, error = read_failure(stream)
    assert type(error) is RequestTimeoutError
    assert "deadline" in error.message
    assert len(text) <= MAX_LATE_BYTES


def test_key_is_removed_from_errors() -> None:
    echo = f'data: {{"error": {{"message": "bad {SECRET}", "param": "{SECRET}"}}}}\n\n'
    for script in ([echo.encode()], [f"data: {SECRET}\n\n".encode()]):
        _, error = read_failure(open_stream(*script)[0])
        assert "***" in error.message
        assert SECRET not in f"{error} {error!r} {error.__dict__}"


def test_answer_is_available_after_the_end_only() -> None:
    state = StreamState[ChatCompletion]()
    with pytest.raises(RuntimeError, match="not finished"):
        state.require_answer()
    state.answer = ChatCompletion()
    assert state.require_answer() is state.answer
