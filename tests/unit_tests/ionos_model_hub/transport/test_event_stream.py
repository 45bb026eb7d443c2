"""A streamed answer over a scripted reply: pieces in, deltas out, every end accounted for."""

import json
from math import inf
from typing import Any

import pytest

from ionos_model_hub.client import run
from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import (
    ConnectionFailedError,
    IncompleteStreamError,
    ModelHubError,
    RequestTimeoutError,
    ResponseError,
    ServerError,
)
from ionos_model_hub.policy.deadline import CLOSE_TIMEOUT, CallTimer
from ionos_model_hub.transport.event_stream import EventStream, StreamState
from ionos_model_hub.wire.assembly import ChatAssembler
from ionos_model_hub.wire.response_types import ChatCompletion, Delta

SECRET = "canary/key+1"  # a made-up key
DONE = b"data: [DONE]\n\n"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Reply:
    """Reads out its script: bytes are pieces, numbers pass as seconds, errors are raised."""

    status = 200

    def __init__(self, clock: Clock, script: tuple[bytes | float | Exception, ...]) -> None:
        self.headers = {"x-trace-id": "t-1", "server": "envoy"}
        self.closed = 0
        self._clock = clock
        self._script = list(script)

    async def read(self) -> bytes | None:
        while self._script:
            step = self._script.pop(0)
            if isinstance(step, bytes):
                return step
            if isinstance(step, Exception):
                raise step
            self._clock.now += step
        return None

    async def close(self) -> None:
        self.closed += 1


def event(*choices: dict[str, Any], **more: Any) -> bytes:
    return f"data: {json.dumps({'choices': choices, **more})}\n\n".encode()


def says(text: str, finish: str | None = None) -> bytes:
    return event({"index": 0, "delta": {"content": text}, "finish_reason": finish})


def open_stream(
    *script: bytes | float | Exception, timeout: float | None = 60, ends_at: float = inf
) -> tuple[EventStream[ChatCompletion], Reply]:
    clock = Clock()
    reply = Reply(clock, script)
    watch = CallTimer(clock, timeout, ends_at)
    return EventStream(reply, ChatAssembler("m"), watch, Key(SECRET)), reply


def text_of(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


def read_into(texts: list[str], stream: EventStream[ChatCompletion]) -> None:
    while not stream.done:
        texts.append(text_of(run(stream.step())))


def steps(stream: EventStream[ChatCompletion]) -> list[str]:
    """Read a stream to its end; return the text of each step."""
    texts: list[str] = []
    read_into(texts, stream)
    return texts


def broken(stream: EventStream[ChatCompletion]) -> tuple[str, ModelHubError]:
    """Read a stream until it breaks; return the text before, and the error."""
    texts: list[str] = []
    with pytest.raises(ModelHubError) as caught:
        read_into(texts, stream)
    return "".join(texts), caught.value


def test_each_step_hands_out_what_a_piece_adds() -> None:
    stream, reply = open_stream(
        says("Hal"), says("lo")[:9], says("lo")[9:], says("!", "stop"), DONE
    )
    assert steps(stream) == ["Hal", "", "lo", "!", ""]
    assert (stream.answer.text, stream.answer.finish_reason) == ("Hallo!", "stop")
    assert reply.closed == 0
    run(stream.close())
    assert reply.closed == 1


def test_a_stream_that_is_over_does_not_wait_for_the_end_of_its_response() -> None:
    clock = Clock()
    watch = CallTimer(clock, timeout=60, ends_at=inf)
    patience: list[float | None] = []

    class Open(Reply):
        async def read(self) -> bytes | None:
            patience.append(watch.read_timeout())
            return await super().read()

    reply = Open(clock, (says("Hallo", "stop") + DONE, RequestTimeoutError("silence")))
    stream = EventStream(reply, ChatAssembler("m"), watch, Key(SECRET))
    assert steps(stream) == ["Hallo"]
    run(stream.close())
    assert patience == [60, CLOSE_TIMEOUT]
    assert reply.closed == 1


def test_the_headers_that_matter_are_on_the_answer() -> None:
    stream, _ = open_stream(DONE)
    assert stream.answer.headers == {"x-trace-id": "t-1"}


@pytest.mark.parametrize(
    "end",
    [
        pytest.param([DONE], id="DONE"),
        pytest.param([b"data: [DONE]\n"], id="DONE without its blank line"),
        pytest.param([b"data: [DONE]"], id="DONE without any line end"),
        pytest.param([], id="a finish reason alone"),
        pytest.param([DONE + says("more"), says("more")], id="more after DONE"),
        pytest.param([b"data: {cut o"], id="a cut event after the finish reason"),
        pytest.param([DONE + b"event: error\ndata: late\n\n"], id="an error after DONE"),
    ],
)
def test_complete_ends(end: list[bytes]) -> None:
    stream, _ = open_stream(says("Hallo", "stop"), *end)
    assert "".join(steps(stream)) == "Hallo"
    assert stream.answer.text == "Hallo"


def test_a_last_event_without_its_blank_line_counts() -> None:
    stream, _ = open_stream(says("Hal"), says("lo", "stop").rstrip())
    assert steps(stream) == ["Hal", "", "lo"]


@pytest.mark.parametrize("last", [b"", b'data: {"choices": [', b"data: [1]", b": comment"])
def test_an_early_end(last: bytes) -> None:
    text, error = broken(open_stream(says("Hal"), *([last] if last else []))[0])
    assert type(error) is IncompleteStreamError
    assert text == "Hal"
    assert isinstance(error.partial, ChatCompletion)
    assert error.partial.text == "Hal"


def test_what_is_held_back_comes_with_the_last_step() -> None:
    clock = Clock()
    script = (says("<thi", "stop"), DONE)
    assembler = ChatAssembler("Qwen/Qwen3.5-9B")
    stream = EventStream(Reply(clock, script), assembler, CallTimer(clock, None, inf), Key(SECRET))
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
def test_faults_carry_what_had_been_handed_out(
    fault: bytes | Exception, kind: type[ModelHubError]
) -> None:
    text, error = broken(open_stream(says("Hal"), fault)[0])
    assert type(error) is kind
    assert text == "Hal"
    assert isinstance(error.partial, ChatCompletion)
    assert error.partial.text == "Hal"
    assert error.__context__ is None


@pytest.mark.parametrize("fault", [b"data: {cut o\n\n", ConnectionFailedError("No.")])
def test_a_fault_before_anything_was_handed_out_carries_nothing(fault: bytes | Exception) -> None:
    text, error = broken(open_stream(event(), fault)[0])
    assert (text, error.partial) == ("", None)


def test_what_came_before_a_fault_in_one_piece_is_handed_out_first() -> None:
    stream, _ = open_stream(says("Hal") + says("lo") + b"data: nonsense\n\n" + says("never"))
    assert text_of(run(stream.step())) == "Hallo"
    assert not stream.done
    for _ in range(2):
        with pytest.raises(ResponseError) as caught:
            run(stream.step())
        assert isinstance(caught.value.partial, ChatCompletion)
        assert caught.value.partial.text == "Hallo"


@pytest.mark.parametrize("quiet", [b": ping\n\n", b"\n", b"event: ping\n\n", b"data: "])
def test_a_stream_of_nothing_useful_times_out(quiet: bytes) -> None:
    stream, _ = open_stream(says("Hal"), *[25.0, quiet] * 10)
    _, error = broken(stream)
    assert type(error) is RequestTimeoutError
    assert "60 s" in error.message


def test_a_steady_stream_may_outlast_the_timeout() -> None:
    stream, _ = open_stream(*[step for _ in range(10) for step in (59.0, says("a"))], DONE)
    assert "".join(steps(stream)) == "a" * 10


def test_a_steady_stream_ends_at_the_deadline() -> None:
    script = [step for _ in range(10) for step in (50.0, says("a"))]
    text, error = broken(open_stream(*script, ends_at=120.0)[0])
    assert (type(error), text) == (RequestTimeoutError, "aa")
    assert "deadline" in error.message


def test_an_end_that_is_there_beats_the_deadline() -> None:
    stream, _ = open_stream(says("a"), 200.0, DONE, ends_at=120.0)
    assert "".join(steps(stream)) == "a"


def test_the_key_is_blotted_out_of_errors() -> None:
    echo = f'data: {{"error": {{"message": "bad {SECRET}", "param": "{SECRET}"}}}}\n\n'
    for script in ([echo.encode()], [f"data: {SECRET}\n\n".encode()]):
        _, error = broken(open_stream(*script)[0])
        assert "***" in error.message
        assert SECRET not in f"{error} {error!r} {error.__dict__}"


def test_the_state_tells_when_it_is_too_early() -> None:
    state = StreamState[ChatCompletion]()
    with pytest.raises(RuntimeError, match="to its end"):
        state.whole()
    state.answer = ChatCompletion()
    assert state.whole() is state.answer
