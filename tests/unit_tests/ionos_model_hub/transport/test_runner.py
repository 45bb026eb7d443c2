"""One call from its first turn to its last retry, over a scripted server and a clock of its own."""

import base64
import gzip
import heapq
import json
import pickle
import traceback
import zlib
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import suppress
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest

from ionos_model_hub.client import run
from ionos_model_hub.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConnectionFailedError,
    IncompleteStreamError,
    InvalidRequestError,
    ModelHubError,
    RateLimitError,
    RequestTimeoutError,
    ResponseError,
    ServerError,
)
from ionos_model_hub.settings import USER_AGENT, Settings
from ionos_model_hub.transport.event_stream import EventStream
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.transport.runner import CallRunner
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.error_bodies import MAX_ERROR_BODY
from ionos_model_hub.wire.response_types import ChatCompletion, Embeddings

USER = {"role": "user", "content": "Hallo"}
URL = "http://localhost:8400/v1"
ANSWER = {"id": "chat-1", "choices": [{"message": {"content": "Hallo"}, "finish_reason": "stop"}]}
GOOD = json.dumps(ANSWER).encode()
DONE = b"data: [DONE]\n\n"
numbers = count()


def says(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


Step = bytes | float | Exception


class Reply:
    """Reads out its script: bytes are pieces, numbers pass as seconds, errors are raised."""

    def __init__(self, status: int, *script: Step, **headers: str) -> None:
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.is_closed = False
        self.pieces_read = 0
        self.io: FakeIO
        self._script: Iterator[Step] = iter(script)

    async def read(self) -> bytes | None:
        assert not self.is_closed
        for step in self._script:
            if isinstance(step, bytes):
                self.pieces_read += 1
                return step
            if isinstance(step, Exception):
                raise step
            self.io.time += step
        return None

    async def close(self) -> None:
        self.is_closed = True


def good() -> Reply:
    return Reply(200, GOOD)


def failing(status: int, message: str = "No.", **headers: str) -> Reply:
    return Reply(status, json.dumps({"error": {"message": message}}).encode(), **headers)


class FakeIO:
    """A server that answers from its script, in a time that passes only by waiting."""

    def __init__(self, *script: Reply | Exception | Callable[[], Reply]) -> None:
        self.time = 1000.0
        self.slept: list[float] = []
        self.sent: list[OutgoingRequest] = []
        self.sent_at: list[float] = []
        self.replies: list[Reply] = []
        self._script = iter(script)

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    async def send(self, request: OutgoingRequest) -> Reply:
        self.sent.append(request)
        self.sent_at.append(self.time)
        step = next(self._script)
        if isinstance(step, Exception):
            raise step
        reply = step if isinstance(step, Reply) else step()
        reply.io = self
        self.replies.append(reply)
        return reply

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content or b"null") for request in self.sent]


@pytest.fixture(autouse=True)
def even_odds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ionos_model_hub.transport.runner.random.random", lambda: 0.5)


def settings(**options: Any) -> Settings:
    """Settings with a key of their own, so that no test shares a lane with another."""
    return Settings(**{"api_key": f"key-{next(numbers)}", "base_url": URL, **options})


def chat_call() -> requests.Call[ChatCompletion]:
    return requests.chat("m", [USER], {}).unstreamed()


def fetch(io: FakeIO, **options: Any) -> ChatCompletion:
    return run(CallRunner(settings(**options), io).fetch(chat_call()))


def fails(io: FakeIO, **options: Any) -> ModelHubError:
    with pytest.raises(ModelHubError) as caught:
        fetch(io, **options)
    assert all(reply.is_closed for reply in io.replies)
    return caught.value


def open_chat(io: FakeIO, **options: Any) -> tuple[EventStream[ChatCompletion], str]:
    call = requests.chat("m", [USER], {})
    stream, deltas = run(CallRunner(settings(**options), io).open(call))
    return stream, "".join(delta.text for delta in deltas)


# -- one request


def test_what_is_sent() -> None:
    io = FakeIO(good())
    options = settings(timeout=60, connect_timeout=3, default_headers={"x-team": "blue"})
    answer = run(CallRunner(options, io).fetch(chat_call()))
    assert answer.text == "Hallo"
    (outgoing,) = io.sent
    assert outgoing == OutgoingRequest(
        url=f"{URL}/chat/completions",
        authorization=outgoing.authorization,
        headers={
            "accept": "application/json",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "x-team": "blue",
        },
        content=json.dumps({"model": "m", "messages": [USER]}, separators=(",", ":")).encode(),
        read_timeout=outgoing.read_timeout,
        connect_timeout=3,
        allow_resend=True,
    )
    assert outgoing.authorization() == f"Bearer {options.key.get_secret_value()}"  # type: ignore[union-attr]
    assert outgoing.read_timeout() == 60
    assert io.replies[0].is_closed
    assert io.slept == []


def test_a_get_has_no_body() -> None:
    io = FakeIO(Reply(200, b'{"data": [{"id": "a"}]}'))
    assert [model.id for model in run(CallRunner(settings(), io).fetch(requests.models()))] == ["a"]
    assert (io.sent[0].content, io.sent[0].url) == (None, f"{URL}/models")


def test_default_headers_go_before_our_own() -> None:
    io = FakeIO(good())
    fetch(io, default_headers={"user-agent": "mine"})
    assert io.sent[0].headers["user-agent"] == "mine"


@pytest.mark.parametrize(
    "call",
    [
        chat_call(),
        requests.embeddings("m", ["a"], {}),
        requests.completion("m", "p", {}).unstreamed(),
    ],
)
def test_headers_that_matter_are_on_the_answer(call: requests.Call[Any]) -> None:
    choices = [{"message": {"content": "a"}, "text": "a"}]
    body = json.dumps({"choices": choices, "data": [{"embedding": [1.0]}]}).encode()
    io = FakeIO(Reply(200, body, x_trace_id="t-1", server="envoy"))
    assert run(CallRunner(settings(), io).fetch(call)).headers == {"x-trace-id": "t-1"}


def test_a_body_in_pieces_is_joined() -> None:
    assert fetch(FakeIO(Reply(200, *[bytes([byte]) for byte in GOOD]))).text == "Hallo"


def test_what_cannot_be_encoded_is_not_sent() -> None:
    io = FakeIO()
    call = requests.completion("m", "\ud83d", {}).unstreamed()
    with pytest.raises(InvalidRequestError):
        run(CallRunner(settings(), io).fetch(call))
    assert io.sent == []


# -- how many requests

FINAL: list[Callable[[], Reply | Exception]] = [
    *[lambda status=status: failing(status) for status in (301, 400, 401, 403, 404, 413, 422, 501)],
    lambda: failing(500, "json: cannot unmarshal string into Go struct field"),
    lambda: failing(500, x_should_retry="false"),
    lambda: failing(429, retry_after="61"),
    lambda: Reply(200, b"<html>"),
    lambda: Reply(200, b'{"choices": []}'),
    lambda: Reply(200, b'{"error": {"message": "No.", "code": 400}}'),
]
PASSING: list[Callable[[], Reply | Exception]] = [
    *[lambda status=status: failing(status) for status in (408, 409, 425, 429, 500, 502, 503)],
    *[lambda status=status: failing(status) for status in (504, 529)],
    lambda: failing(400, x_should_retry="true"),
    lambda: ConnectionFailedError("No."),
    lambda: RequestTimeoutError("No."),
    lambda: Reply(200, GOOD[:9], ConnectionFailedError("No.")),
    lambda: Reply(500, ConnectionFailedError("No.")),
    lambda: Reply(200, b'{"error": {"message": "No."}}'),
]


@pytest.mark.parametrize("max_retries", [0, 2])
@pytest.mark.parametrize("failure", FINAL)
def test_final_failures_take_one_request(
    failure: Callable[[], Reply | Exception], max_retries: int
) -> None:
    io = FakeIO(failure())
    error = fails(io, max_retries=max_retries)
    assert (len(io.sent), io.slept, error.attempts) == (1, [], 1)


@pytest.mark.parametrize(("max_retries", "slept"), [(0, []), (1, [0.25]), (2, [0.25, 0.5])])
@pytest.mark.parametrize("failure", PASSING)
def test_passing_failures_are_retried(
    failure: Callable[[], Reply | Exception], max_retries: int, slept: list[float]
) -> None:
    io = FakeIO(*[failure() for _ in range(max_retries + 1)])
    error = fails(io, max_retries=max_retries)
    assert (len(io.sent), io.slept, error.attempts) == (max_retries + 1, slept, max_retries + 1)


@pytest.mark.parametrize("failure", PASSING)
def test_a_retry_that_helps(failure: Callable[[], Reply | Exception]) -> None:
    io = FakeIO(failure(), failure(), good())
    assert fetch(io).text == "Hallo"
    assert len(io.sent) == 3
    assert len({request.content for request in io.sent}) == 1
    assert all(reply.is_closed for reply in io.replies)


def test_an_error_of_ours_that_says_so_is_final() -> None:
    error = ConnectionFailedError("No.")
    error.retryable = False
    io = FakeIO(error)
    assert fails(io) is error
    assert len(io.sent) == 1


def test_an_error_of_the_program_goes_through_as_it_is() -> None:
    io = FakeIO(ZeroDivisionError("bug"))
    with pytest.raises(ZeroDivisionError, match="bug"):
        fetch(io)
    assert len(io.sent) == 1


# -- how long they wait


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
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(
    status: int, headers: dict[str, str], slept: list[float]
) -> None:
    io = FakeIO(failing(status, **headers), good())
    fetch(io)
    assert io.slept == pytest.approx(slept)


def test_a_retry_after_above_the_cap_ends_the_call_at_once() -> None:
    io = FakeIO(failing(429, retry_after="3600"))
    error = fails(io)
    assert type(error) is RateLimitError
    assert (error.retry_after, io.slept) == (3600.0, [])


@pytest.mark.parametrize(("deadline", "sent"), [(11.0, 2), (10.5, 1), (5.0, 1)])
def test_no_wait_ends_past_the_deadline(deadline: float, sent: int) -> None:
    io = FakeIO(failing(503, retry_after="10"), good())
    if sent == 2:
        fetch(io, deadline=deadline)
    else:
        error = fails(io, deadline=deadline)
        assert (type(error), io.slept) == (ServerError, [])
    assert len(io.sent) == sent


def test_nothing_is_sent_past_the_deadline() -> None:
    io = FakeIO(good())

    def slow_key() -> str:
        io.time += 6
        return "canary"

    error = fails(io, api_key=slow_key, deadline=5)
    assert "deadline" in error.message
    assert (io.sent, error.attempts) == ([], 0)


@pytest.mark.parametrize(("retries", "allow_resend"), [(0, False), (1, True)])
def test_without_retries_no_request_may_be_sent_twice(retries: int, allow_resend: bool) -> None:
    io = FakeIO(good())
    fetch(io, max_retries=retries)
    assert io.sent[0].allow_resend is allow_resend


def test_an_answer_that_cannot_be_noted_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("ionos_model_hub.transport.credential_state.Lane.apply_server_limits", fail)
    io = FakeIO(good())
    with pytest.raises(RuntimeError):
        fetch(io)
    assert io.replies[0].is_closed


def test_the_deadline_bounds_the_timeouts_of_a_request() -> None:
    io = FakeIO(failing(503, retry_after="10"), good())
    fetch(io, deadline=12.0, timeout=60, connect_timeout=5)
    first, second = io.sent
    assert first.connect_timeout == 5.0
    assert second.connect_timeout == second.read_timeout() == pytest.approx(1.5)


def test_without_bounds_a_read_may_last() -> None:
    io = FakeIO(good())
    fetch(io, timeout=None)
    assert io.sent[0].read_timeout() is None


# -- bodies that never end


def test_a_trickling_body_times_out() -> None:
    trickle: list[Step] = [50.0, b"{"] * 10
    io = FakeIO(Reply(200, *trickle))
    error = fails(io, timeout=120, max_retries=0)
    assert type(error) is RequestTimeoutError
    assert io.time == pytest.approx(1150.0)


def test_silence_is_counted_for_each_attempt() -> None:
    slow: list[Step] = [100.0, GOOD]
    io = FakeIO(Reply(200, 100.0, ConnectionFailedError("No.")), Reply(200, *slow))
    assert fetch(io, timeout=120).text == "Hallo"


def test_a_trickling_body_ends_at_the_deadline() -> None:
    trickle: list[Step] = [50.0, b"{"] * 10
    io = FakeIO(Reply(200, *trickle))
    error = fails(io, deadline=120, timeout=None)
    assert "deadline" in error.message
    assert len(io.sent) == 1


@pytest.mark.parametrize("pieces", [[GOOD], [GOOD[:5], GOOD[5:]]])
def test_a_body_as_long_as_allowed_is_read(pieces: list[bytes]) -> None:
    assert fetch(FakeIO(Reply(200, *pieces)), max_response_bytes=len(GOOD)).text == "Hallo"


def test_a_longer_body_is_not_read_to_its_end() -> None:
    io = FakeIO(Reply(200, *[b"x" * 10] * 1000))
    error = fails(io, max_response_bytes=95)
    assert type(error) is ResponseError
    assert "95 bytes" in error.message
    assert "max_response_bytes" in str(error.hint)
    assert (io.replies[0].pieces_read, len(io.sent)) == (10, 1)


@pytest.mark.parametrize(
    "cut", [ConnectionFailedError("No."), RequestTimeoutError("No."), ResponseError("No.")]
)
def test_a_cut_error_body_does_not_hide_the_error(cut: Exception) -> None:
    io = FakeIO(Reply(401, b"bad key", cut))
    error = fails(io)
    assert type(error) is AuthenticationError
    assert (error.status_code, len(io.sent)) == (401, 1)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_that_comes_compressed_is_unpacked(coding: str) -> None:
    pack = gzip.compress if coding == "gzip" else zlib.compress
    assert fetch(FakeIO(Reply(200, pack(GOOD), content_encoding=coding))).text == "Hallo"
    packed = pack(b'{"error": {"message": "No."}}')
    assert fails(FakeIO(Reply(400, packed, content_encoding=coding))).message == "No."


def test_what_is_unpacked_counts_for_the_limit() -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    error = fails(FakeIO(Reply(200, bomb, content_encoding="gzip")), max_response_bytes=100_000)
    assert "longer than 100000 bytes" in error.message


def test_a_long_error_is_cut() -> None:
    io = FakeIO(Reply(400, *[b"x" * 1024] * 100_000))
    error = fails(io)
    assert error.response is not None
    assert len(error.response.text) == MAX_ERROR_BODY
    assert io.replies[0].pieces_read == 65


def test_an_error_in_strange_bytes_is_told() -> None:
    assert "\ufffd" in fails(FakeIO(Reply(400, b"\xff\xfe"))).message


# -- the budget of a credential


def test_an_outage_is_not_multiplied() -> None:
    io = FakeIO(*[failing(500) for _ in range(200)])
    exchange = CallRunner(settings(), io)
    for _ in range(100):
        with pytest.raises(ServerError):
            run(exchange.fetch(chat_call()))
    assert len(io.sent) == 135


def test_fourteen_good_answers_earn_one_retry() -> None:
    down = [failing(500) for _ in range(135)]
    io = FakeIO(*down, *[good() for _ in range(14)], *[failing(500) for _ in range(3)])
    exchange = CallRunner(settings(), io)
    for _ in range(100):
        with pytest.raises(ServerError):
            run(exchange.fetch(chat_call()))
    for _ in range(14):
        run(exchange.fetch(chat_call()))
    with pytest.raises(ServerError) as caught:
        run(exchange.fetch(chat_call()))
    assert caught.value.attempts == 2


def test_good_answers_refill_the_budget() -> None:
    rounds = [step for _ in range(100) for step in (failing(500), failing(500), good())]
    io = FakeIO(*rounds)
    exchange = CallRunner(settings(), io)
    for _ in range(100):
        assert run(exchange.fetch(chat_call())).text == "Hallo"
    assert len(io.sent) == 300


# -- turns


def test_requests_keep_the_pace() -> None:
    io = FakeIO(*[good() for _ in range(5)])
    exchange = CallRunner(settings(requests_per_second=2, burst=3), io)
    for _ in range(5):
        run(exchange.fetch(chat_call()))
    assert io.sent_at == pytest.approx([1000.0, 1000.0, 1000.0, 1000.5, 1001.0])


def test_retries_take_turns_too() -> None:
    io = FakeIO(failing(500), failing(500), good())
    fetch(io, requests_per_second=0.1, burst=1)
    assert io.sent_at == pytest.approx([1000.0, 1010.0, 1020.0])


@pytest.mark.parametrize(("headers", "pause"), [({"retry_after": "3"}, 3.0), ({}, 1.0)])
def test_a_pause_lasts_as_long_as_the_hub_says(headers: dict[str, str], pause: float) -> None:
    shared = settings(requests_per_second=5, max_retries=0)
    first, second = FakeIO(failing(429, **headers)), FakeIO(good())
    throttled, other = CallRunner(shared, first), CallRunner(shared, second)
    with pytest.raises(RateLimitError):
        run(throttled.fetch(chat_call()))
    run(other.fetch(chat_call()))
    assert second.slept == pytest.approx([pause])


def test_a_pause_is_for_one_credential_only() -> None:
    throttled = CallRunner(settings(requests_per_second=5, max_retries=0), FakeIO(failing(429)))
    with pytest.raises(RateLimitError):
        run(throttled.fetch(chat_call()))
    io = FakeIO(good())
    fetch(io, requests_per_second=5)
    assert io.slept == []


def test_without_a_pace_nobody_is_paused() -> None:
    shared = settings(requests_per_second=None, max_retries=0)
    first, second = FakeIO(failing(429, retry_after="3")), FakeIO(good())
    throttled, other = CallRunner(shared, first), CallRunner(shared, second)
    with pytest.raises(RateLimitError):
        run(throttled.fetch(chat_call()))
    run(other.fetch(chat_call()))
    assert second.slept == []


@pytest.mark.parametrize("deadline", [5, 10])
def test_no_turn_before_the_deadline_is_told_at_once(deadline: float) -> None:
    io = FakeIO(good(), good())
    exchange = CallRunner(settings(requests_per_second=0.1, burst=1, deadline=deadline), io)
    run(exchange.fetch(chat_call()))
    with pytest.raises(RequestTimeoutError, match="no turn") as caught:
        run(exchange.fetch(chat_call()))
    assert "`deadline`" in str(caught.value.hint)
    assert (len(io.sent), io.slept, caught.value.attempts) == (1, [], 0)
    io.time += 10
    run(exchange.fetch(chat_call()))
    assert io.slept == []


def test_an_interrupted_wait_gives_its_turn_back() -> None:
    class Interrupted(FakeIO):
        interrupts = True

        async def sleep(self, seconds: float) -> None:
            if self.interrupts:
                raise KeyboardInterrupt
            await super().sleep(seconds)

    io = Interrupted(good(), good())
    exchange = CallRunner(settings(requests_per_second=0.1, burst=1), io)
    run(exchange.fetch(chat_call()))
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            run(exchange.fetch(chat_call()))
    io.interrupts = False
    run(exchange.fetch(chat_call()))
    assert io.slept == pytest.approx([10.0])


def images(n: int) -> requests.Call[Any]:
    return requests.images("m", "Ein Haus", {"n": n})


def test_images_have_a_pace_of_their_own() -> None:
    body = json.dumps({"data": [{"b64_json": "aGk="}] * 12}).encode()
    io = FakeIO(Reply(200, body), Reply(200, body), good())
    exchange = CallRunner(settings(requests_per_second=100, images_per_minute=10), io)
    run(exchange.fetch(images(12)))
    run(exchange.fetch(images(12)))
    run(exchange.fetch(chat_call()))
    assert io.sent_at == pytest.approx([1000.0, 1024.0, 1024.0])


def test_images_that_wait_for_the_end_of_a_pause_are_counted_once() -> None:
    body = json.dumps({"data": [{"b64_json": "aGk="}] * 10}).encode()
    shared = settings(requests_per_second=1, burst=1, images_per_minute=10)
    exchange = CallRunner(shared, FakeIO(Reply(200, body)))
    other = CallRunner(shared, FakeIO())

    class PausedAmidSleep(FakeIO):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if len(self.slept) == 1:
                other._lane.pause(self.time, 5.0)

    io = PausedAmidSleep(Reply(200, body), Reply(200, body))
    run(exchange.fetch(images(10)))
    waiting = CallRunner(shared, io)
    run(waiting.fetch(images(10)))
    run(waiting.fetch(images(10)))
    assert io.sent_at == pytest.approx([1006.0, 1060.0])


class Moment:
    """An awaitable that hands the moment to wake at to the scheduler."""

    def __init__(self, time: float) -> None:
        self._time = time

    def __await__(self) -> Generator[float, None, None]:
        yield self._time


class VirtualTime(FakeIO):
    """Many calls at once, in a time that jumps from one event to the next."""

    latency = 0.1

    async def sleep(self, seconds: float) -> None:
        await Moment(self.time + seconds)

    async def send(self, request: OutgoingRequest) -> Reply:
        reply = await super().send(request)
        await self.sleep(self.latency)
        return reply

    def run_all(self, coroutines: list[Coroutine[Any, Any, object]]) -> None:
        order = count()
        waiting = [(self.time, next(order), coroutine) for coroutine in coroutines]
        while waiting:
            self.time, _, coroutine = heapq.heappop(waiting)
            with suppress(StopIteration):
                heapq.heappush(waiting, (coroutine.send(None), next(order), coroutine))


def test_many_at_once_keep_the_pace_through_a_pause() -> None:
    io = VirtualTime(failing(429, retry_after="5"), *[good() for _ in range(60)])
    exchange = CallRunner(settings(requests_per_second=5, burst=10), io)
    io.run_all([exchange.fetch(chat_call()) for _ in range(60)])
    paused_at, resumed_at = 1000.1, 1005.1
    assert len(io.sent) == 61
    assert len([at for at in io.sent_at if at <= paused_at + 1e-6]) == 10
    after = [at for at in io.sent_at if at > paused_at + 1e-6]
    assert resumed_at - 1e-6 <= min(after) <= resumed_at + 0.2
    for start in range(len(after)):
        for end in range(start, len(after)):
            window = after[end] - after[start]
            assert end - start + 1 <= 1 + 5 * window + 1e-6


class BusyTime(VirtualTime):
    """A time in which the process is held up after each of some moments."""

    def __init__(self, *script: Reply | Callable[[], Reply], busy: dict[float, float]) -> None:
        super().__init__(*script)
        self._busy = busy

    def run_all(self, coroutines: list[Coroutine[Any, Any, object]]) -> None:
        order = count()
        waiting = [(self.time, next(order), coroutine) for coroutine in coroutines]
        while waiting:
            due, _, coroutine = heapq.heappop(waiting)
            self.time = max(self.time, due)
            for moment in [moment for moment in self._busy if moment <= self.time]:
                self.time += self._busy.pop(moment)
            with suppress(StopIteration):
                heapq.heappush(waiting, (coroutine.send(None), next(order), coroutine))


def test_turns_that_a_busy_process_missed_are_not_used_at_once() -> None:
    busy = {1001.0: 3.0, 1004.3: 2.0}
    io = BusyTime(*[good() for _ in range(40)], busy=busy)
    exchange = CallRunner(settings(requests_per_second=5, burst=1), io)
    io.run_all([exchange.fetch(chat_call()) for _ in range(40)])
    assert len(io.sent) == 40
    assert not busy
    for start, first in enumerate(io.sent_at):
        for sent, last in enumerate(io.sent_at[start:], start=1):
            # One may be late by less than a turn and so close to the next.
            assert sent <= 1 + 5 * (last - first) + 1 + 1e-6
    assert io.sent_at[-1] <= 1000.0 + 39 * 0.2 + 3.0 + 2.0 + 0.4


# -- streams


def test_a_stream_starts_with_its_first_deltas() -> None:
    io = FakeIO(Reply(200, b": ping\n\n", says(""), says("Hal"), says("lo", "stop"), DONE))
    stream, text = open_chat(io)
    assert text == "Hal"
    assert not io.replies[0].is_closed
    assert io.bodies[0]["stream"] is True
    assert io.bodies[0]["stream_options"] == {"include_usage": True}
    while not stream.done:
        text += "".join(delta.text for delta in run(stream.step()))
    assert text == stream.answer.text == "Hallo"


STREAM_FAULTS: list[Callable[[], Reply | Exception]] = [
    lambda: ConnectionFailedError("No."),
    lambda: failing(503),
    lambda: Reply(200),
    lambda: Reply(200, b": ping\n\n"),
    lambda: Reply(200, says("")),
    lambda: Reply(200, ConnectionFailedError("No.")),
    lambda: Reply(200, b'data: {"error": {"message": "No."}}\n\n'),
    lambda: Reply(200, *[50.0, b": ping\n\n"] * 3),
]


@pytest.mark.parametrize("fault", STREAM_FAULTS)
def test_faults_before_the_first_delta_are_retried(
    fault: Callable[[], Reply | Exception],
) -> None:
    io = FakeIO(fault(), fault(), Reply(200, says("Hallo", "stop"), DONE))
    _, text = open_chat(io)
    assert (text, len(io.sent)) == ("Hallo", 3)
    assert [reply.is_closed for reply in io.replies] == [True] * (len(io.replies) - 1) + [False]


@pytest.mark.parametrize("max_retries", [0, 2])
@pytest.mark.parametrize("fault", STREAM_FAULTS)
def test_faults_before_the_first_delta_are_told_in_the_end(
    fault: Callable[[], Reply | Exception], max_retries: int
) -> None:
    io = FakeIO(*[fault() for _ in range(max_retries + 1)])
    with pytest.raises(ModelHubError) as caught:
        open_chat(io, max_retries=max_retries)
    assert (len(io.sent), caught.value.attempts) == (max_retries + 1, max_retries + 1)
    assert caught.value.partial is None
    assert all(reply.is_closed for reply in io.replies)


@pytest.mark.parametrize("first", [b"data: nonsense\n\n", DONE])
def test_a_stream_that_breaks_the_contract_is_not_retried(first: bytes) -> None:
    io = FakeIO(Reply(200, first))
    with pytest.raises(ResponseError):
        open_chat(io)
    assert len(io.sent) == 1


@pytest.mark.parametrize("fault", [ConnectionFailedError("No."), b""])
def test_faults_after_the_first_delta_are_not(fault: Exception | bytes) -> None:
    io = FakeIO(Reply(200, says("Hal"), *([fault] if fault else [])))
    stream, text = open_chat(io)
    with pytest.raises((ConnectionFailedError, IncompleteStreamError)) as caught:
        run(stream.step())
    assert isinstance(caught.value.partial, ChatCompletion)
    assert text == caught.value.partial.text == "Hal"
    assert len(io.sent) == 1


def test_a_stream_of_comments_times_out() -> None:
    io = FakeIO(Reply(200, *[50.0, b": ping\n\n"] * 10))
    with pytest.raises(RequestTimeoutError):
        open_chat(io, timeout=120, max_retries=0)
    assert io.time == pytest.approx(1150.0)


def test_a_cancelled_opening_closes_its_reply() -> None:
    class Cancelled(Reply):
        async def read(self) -> bytes | None:
            raise KeyboardInterrupt

    io = FakeIO(Cancelled(200))
    with pytest.raises(KeyboardInterrupt):
        open_chat(io)
    assert io.replies[0].is_closed


def test_refused_stream_options_are_left_out_and_that_is_remembered() -> None:
    refusal = failing(400, "Unrecognized field: stream_options")
    io = FakeIO(refusal, *[Reply(200, says("Hallo", "stop"), DONE) for _ in range(2)])
    exchange = CallRunner(settings(max_retries=0), io)
    for _ in range(2):
        run(exchange.open(requests.chat("m", [USER], {})))
    assert ["stream_options" in body for body in io.bodies] == [True, False, False]
    assert (refusal.is_closed, io.slept) == (True, [])


def test_the_refusal_of_stream_options_is_remembered_by_all_of_the_credential() -> None:
    shared = settings()
    first = FakeIO(failing(400, "stream_options?"), Reply(200, says("a", "stop")))
    second = FakeIO(Reply(200, says("a", "stop")))
    exchange, other = CallRunner(shared, first), CallRunner(shared, second)
    run(exchange.open(requests.chat("m", [USER], {})))
    run(other.open(requests.chat("m", [USER], {})))
    assert "stream_options" not in second.bodies[0]


@pytest.mark.parametrize("content_type", ["application/json", "text/html; charset=utf-8"])
@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b'{"error": {"message": "No.", "code": 400}}', BadRequestError, "No."),
        (b"<html>canary-key", ResponseError, "not JSON; it starts with '<html>***'"),
        (GOOD, ResponseError, "in one piece"),
    ],
)
def test_an_answer_in_one_piece_is_no_stream(
    content_type: str, body: bytes, kind: type[ModelHubError], message: str
) -> None:
    io = FakeIO(Reply(200, body, content_type=content_type))
    with pytest.raises(kind) as caught:
        open_chat(io, api_key="canary-key")
    assert message in caught.value.message
    assert (len(io.sent), io.replies[0].is_closed) == (1, True)


def test_another_refusal_is_told() -> None:
    io = FakeIO(failing(400, "temperature?"))
    with pytest.raises(BadRequestError, match="temperature"):
        open_chat(io)
    assert len(io.sent) == 1


def test_stream_options_are_asked_about_once() -> None:
    io = FakeIO(*[failing(400, "stream_options?") for _ in range(3)])
    with pytest.raises(BadRequestError) as caught:
        open_chat(io)
    assert len(io.sent) == caught.value.attempts == 2


# -- keys


def test_a_function_is_asked_for_a_key_at_each_request() -> None:
    keys = (f"key-{number}" for number in count())
    io = FakeIO(failing(500), good(), good())
    exchange = CallRunner(settings(api_key=lambda: next(keys)), io)
    for _ in range(2):
        run(exchange.fetch(chat_call()))
    assert [request.key.get_secret_value() for request in io.sent] == ["key-0", "key-1", "key-2"]


async def later() -> str:
    return "key-later"


def test_a_function_that_need_not_wait_may_be_asynchronous() -> None:
    io = FakeIO(good())
    fetch(io, api_key=later)
    assert io.sent[0].key.get_secret_value() == "key-later"


def test_a_function_that_waits_is_refused_by_a_synchronous_call() -> None:
    async def waits() -> str:
        await Moment(0)
        return "key"

    io = FakeIO()
    with pytest.raises(ConfigurationError, match="function that waits") as caught:
        fetch(io, api_key=waits)
    assert caught.value.param == "api_key"
    assert io.sent == []


@pytest.mark.parametrize("bad", ["", "two words", None, "0f8fad5b-d9cb-469f-a165-70867728950e"])
def test_a_bad_key_from_a_function_is_not_sent(bad: Any) -> None:
    io = FakeIO()
    error = fails(io, api_key=lambda: bad)
    assert (type(error), error.param, io.sent) == (ConfigurationError, "api_key", [])


CANARY = "canary/key+with=signs"
FORMS = [CANARY, quote(CANARY, safe=""), base64.b64encode(CANARY.encode()).decode()]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "echo",
    [
        lambda text: Reply(401, json.dumps({"error": {"message": f"bad key {text}"}}).encode()),
        lambda text: Reply(401, f"Authorization: Bearer {text}".encode()),
        lambda text: Reply(401, b"{}", www_authenticate=f"Bearer {text}", x_trace_id=text),
        lambda text: Reply(200, f"<html>{text}".encode()),
        lambda text: Reply(
            200, json.dumps({"error": {"message": text, "code": 401, "param": text}}).encode()
        ),
    ],
)
def test_a_key_that_is_echoed_is_blotted_out(echo: Callable[[str], Reply], form: str) -> None:
    error = fails(FakeIO(echo(form)), api_key=CANARY)
    assert type(error) in (AuthenticationError, ResponseError)
    shown = [str(error), repr(error), repr(error.__dict__), repr(pickle.dumps(error))]
    shown += traceback.format_exception(error)
    for text in shown:
        assert form not in text
        assert CANARY not in text


def test_no_variable_of_a_traceback_holds_an_echoed_key() -> None:
    error = fails(FakeIO(Reply(401, f"bad key {CANARY}".encode())), api_key=CANARY)
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    ours = [frame for frame in frames if "unit_tests" not in frame.f_code.co_filename]
    assert ours
    assert not any(CANARY in repr(value) for frame in ours for value in frame.f_locals.values())


def test_embeddings_come_through() -> None:
    body = json.dumps({"data": [{"index": 0, "embedding": [0.5]}], "model": "m"}).encode()
    answer = run(
        CallRunner(settings(), FakeIO(Reply(200, body))).fetch(requests.embeddings("m", ["a"], {}))
    )
    assert answer == Embeddings([[0.5]], "m")
