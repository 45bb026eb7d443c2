"""The engine over scripted connections: what is written, kept, closed and told."""

from __future__ import annotations

import traceback

import pytest

from ionos_model_hub.client import run
from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import (
    ConfigurationError,
    ConnectionFailedError,
    ModelHubError,
    RequestTimeoutError,
)
from ionos_model_hub.transport.http import client as engine_module
from ionos_model_hub.transport.http import pool as connections_module
from ionos_model_hub.transport.http.client import SECONDS_OF_DOUBT, Engine, EngineReply, target_of
from ionos_model_hub.transport.http.pool import (
    KEEPALIVE_SECONDS,
    KEEPALIVE_SECONDS_OF_A_BURST,
    MOST_KEPT,
    Origin,
)
from ionos_model_hub.transport.interfaces import Outgoing

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
GOOD = HEAD + b"hi"

Step = bytes | BaseException


class FakeConnection:
    """A connection that gives prepared pieces, or raises what is among them."""

    def __init__(self, *steps: Step, on_write: OSError | None = None) -> None:
        self.steps = list(steps)
        self.on_write = on_write
        self.written = b""
        self.timeouts: list[float | None] = []
        self.went_stale = False
        self.is_closed = False

    async def write(self, data: bytes, seconds: float | None) -> None:
        self.written += data
        self.timeouts.append(seconds)
        if self.on_write:
            raise self.on_write

    async def read(self, seconds: float | None) -> bytes:
        self.timeouts.append(seconds)
        step = self.steps.pop(0) if self.steps else b""
        if isinstance(step, BaseException):
            raise step
        return step

    def is_stale(self) -> bool:
        return self.went_stale

    def close(self) -> None:
        self.is_closed = True


class FakeOpener:
    """Opens the connections that it was given, one after the other."""

    def __init__(self, *connections: FakeConnection | OSError) -> None:
        self.connections = list(connections)
        self.opened: list[tuple[Origin, float]] = []

    async def __call__(self, origin: Origin, seconds: float) -> FakeConnection:
        self.opened.append((origin, seconds))
        connection = self.connections.pop(0)
        if isinstance(connection, OSError):
            raise connection
        return connection


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (engine_module, connections_module):
        monkeypatch.setattr(module, "monotonic", clock)
    return clock


def outgoing(
    url: str = "https://hub.example/v1/models",
    content: bytes | None = None,
    timeout: float | None = 60.0,
) -> Outgoing:
    key, headers = Key("canary"), {"x-team": "blue"}
    return Outgoing(url, key, headers, content, lambda: timeout, 5.0, True)


def send(engine: Engine, request: Outgoing | None = None) -> EngineReply:
    return run(engine.send(request or outgoing()))


def body_of(reply: EngineReply) -> bytes:
    body = b""
    while (piece := run(reply.read())) is not None:
        body += piece
    run(reply.close())
    return body


def failure(*steps: Step, request: Outgoing | None = None) -> ModelHubError:
    """Return the error of a call over a connection that does `steps`; it ends closed."""
    connection = FakeConnection(*steps)

    async def exchange() -> None:
        reply = await Engine(FakeOpener(connection)).send(request or outgoing())
        try:
            while await reply.read() is not None:
                pass
        finally:
            await reply.close()

    with pytest.raises(ModelHubError) as caught:
        run(exchange())
    assert connection.is_closed
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return caught.value


# -- one request


def test_a_get() -> None:
    connection = FakeConnection(GOOD)
    opener = FakeOpener(connection)
    reply = send(Engine(opener))
    assert (reply.status, reply.headers) == (200, {"content-length": "2"})
    assert body_of(reply) == b"hi"
    assert connection.written == (
        b"GET /v1/models HTTP/1.1\r\nhost: hub.example\r\nx-team: blue\r\n"
        b"authorization: Bearer canary\r\n\r\n"
    )
    assert opener.opened == [(Origin(True, "hub.example", 443), 5.0)]


def test_a_post() -> None:
    connection = FakeConnection(GOOD)
    send(Engine(FakeOpener(connection)), outgoing(content=b"{}"))
    assert connection.written.startswith(b"POST /v1/models HTTP/1.1\r\n")
    assert connection.written.endswith(b"content-length: 2\r\n\r\n{}")


@pytest.mark.parametrize(
    ("url", "origin", "path", "authority"),
    [
        ("http://localhost:8400/v1", Origin(False, "localhost", 8400), "/v1", "localhost:8400"),
        ("http://127.0.0.1/v1?a=b", Origin(False, "127.0.0.1", 80), "/v1?a=b", "127.0.0.1"),
        ("https://[::1]:8400/v1", Origin(True, "::1", 8400), "/v1", "[::1]:8400"),
        (
            "https://müller.example/v1/ä b",
            Origin(True, "xn--mller-kva.example", 443),
            "/v1/%C3%A4%20b",
            "xn--mller-kva.example",
        ),
    ],
)
def test_targets(url: str, origin: Origin, path: str, authority: str) -> None:
    assert target_of(url) == (origin, path, authority)


@pytest.mark.parametrize(
    "url", ["https://a\n/v1", "https://hub..example/v1", f"https://{'a' * 64}.example/v1"]
)
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(ConfigurationError, match="URL") as caught:
        target_of(url)
    assert caught.value.param == "base_url"


# -- timeouts


def test_the_head_has_one_timeout_however_it_drips(clock: Clock) -> None:
    class Dripping(FakeConnection):
        async def read(self, seconds: float | None) -> bytes:
            clock.now += 25
            return await super().read(seconds)

    connection = Dripping(*[bytes([byte]) for byte in GOOD])
    # A real connection raises when the timeout it is given has passed.
    connection.steps[4:] = [TimeoutError()]
    with pytest.raises(RequestTimeoutError):
        send(Engine(FakeOpener(connection)))
    assert connection.timeouts[:5] == [60, 60, 35, 10, engine_module.SHORTEST_TIMEOUT]


def test_patience_without_end() -> None:
    connection = FakeConnection(HEAD, b"hi")
    body_of(send(Engine(FakeOpener(connection)), outgoing(timeout=None)))
    assert connection.timeouts == [None, None, None]


def test_each_step_asks_how_long_it_may_last(clock: Clock) -> None:
    left = iter([50.0, 45.0, 40.0])
    connection = FakeConnection(HEAD, b"hi")
    request = outgoing()._replace(read_timeout=lambda: next(left))
    body_of(send(Engine(FakeOpener(connection)), request))
    assert connection.timeouts == [50.0, 45.0, 40.0]


def test_a_slow_write_leaves_less_time_for_the_answer(clock: Clock) -> None:
    class Slow(FakeConnection):
        async def write(self, data: bytes, seconds: float | None) -> None:
            await super().write(data, seconds)
            clock.now += 45

    connection = Slow(GOOD)
    ends_at = clock.now + 60
    request = outgoing(content=b"{}")._replace(read_timeout=lambda: ends_at - clock.now)
    send(Engine(FakeOpener(connection)), request)
    assert connection.timeouts == [60, 15]


@pytest.mark.parametrize(
    ("steps", "kind", "told"),
    [
        ((TimeoutError(),), RequestTimeoutError, "hub.example sent nothing for longer"),
        ((HEAD, TimeoutError()), RequestTimeoutError, "hub.example sent nothing for longer"),
        ((ConnectionResetError("reset"),), ConnectionFailedError, "hub.example failed: reset."),
        ((HEAD, OSError()), ConnectionFailedError, "hub.example failed: OSError."),
        ((), ConnectionFailedError, "closed the connection before its answer was complete"),
        ((HEAD, b"h"), ConnectionFailedError, "closed the connection before its answer"),
        ((b"SSH-2.0\r\n",), ConnectionFailedError, "does not follow HTTP"),
    ],
)
def test_failures(steps: tuple[Step, ...], kind: type[ModelHubError], told: str) -> None:
    error = failure(*steps)
    assert type(error) is kind
    assert told in error.message
    assert error.retryable


def test_what_came_before_a_failure_is_read_first() -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n"
    reply = send(Engine(FakeOpener(FakeConnection(chunks))))
    assert run(reply.read()) == b"hi"
    with pytest.raises(ConnectionFailedError, match="does not follow HTTP"):
        run(reply.read())


def test_a_read_may_bring_nothing_of_the_body() -> None:
    head, rest = (
        HEAD.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked"),
        b"hi\r\n0\r\n\r\n",
    )
    reply = send(Engine(FakeOpener(FakeConnection(head, b"2\r\n", rest))))
    assert [run(reply.read()) for _ in range(3)] == [b"", b"hi", None]


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        (TimeoutError(), RequestTimeoutError, True),
        (ConnectionRefusedError("refused"), ConnectionFailedError, True),
        (OSError("[SSL: CERTIFICATE_VERIFY_FAILED] expired"), ConnectionFailedError, False),
    ],
)
def test_no_connection(error: OSError, kind: type[ModelHubError], retryable: bool) -> None:
    with pytest.raises(kind) as caught:
        send(Engine(FakeOpener(error)))
    assert caught.value.retryable is retryable
    assert caught.value.__context__ is None


# -- writing


def test_an_answer_that_came_before_all_was_written_counts() -> None:
    connection = FakeConnection(GOOD, on_write=BrokenPipeError())
    assert body_of(send(Engine(FakeOpener(connection)))) == b"hi"


def test_a_write_that_takes_too_long() -> None:
    connection = FakeConnection(GOOD, on_write=TimeoutError())
    with pytest.raises(RequestTimeoutError):
        send(Engine(FakeOpener(connection)))
    assert connection.is_closed


def test_an_interrupted_call_closes_its_connection() -> None:
    connection = FakeConnection(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        send(Engine(FakeOpener(connection)))
    assert connection.is_closed


def test_an_interruption_while_writing_shows_no_key() -> None:
    class Interrupted(FakeConnection):
        async def write(self, data: bytes, seconds: float | None) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        send(Engine(FakeOpener(Interrupted())))
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "canary" not in "".join(shown.format())


# -- connections that are kept


def test_a_connection_serves_the_next_request() -> None:
    connection = FakeConnection(GOOD, GOOD)
    engine = Engine(FakeOpener(connection))
    assert [body_of(send(engine)) for _ in range(2)] == [b"hi", b"hi"]


def test_the_latest_connection_serves_first() -> None:
    first, second = FakeConnection(GOOD), FakeConnection(GOOD, GOOD)
    engine = Engine(FakeOpener(first, second))
    replies = [send(engine), send(engine)]
    for reply in replies:
        body_of(reply)
    body_of(send(engine))
    assert second.steps == []


def test_servers_have_connections_of_their_own() -> None:
    first, second = FakeConnection(GOOD), FakeConnection(GOOD)
    engine = Engine(FakeOpener(first, second))
    body_of(send(engine))
    body_of(send(engine, outgoing("https://other.example/v1")))
    assert second.written


@pytest.mark.parametrize(
    "answer",
    [
        GOOD.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"),
        GOOD + b"more",
        b"HTTP/1.1 200 OK\r\n\r\nhi",
    ],
)
def test_a_connection_that_cannot_serve_again_is_closed(answer: bytes) -> None:
    connection = FakeConnection(answer)
    body_of(send(Engine(FakeOpener(connection))))
    assert connection.is_closed


def test_a_reply_that_is_left_early_closes_its_connection() -> None:
    connection = FakeConnection(HEAD, b"hi")
    reply = send(Engine(FakeOpener(connection)))
    run(reply.close())
    assert connection.is_closed


def test_a_stale_connection_is_passed_over() -> None:
    stale, fresh = FakeConnection(GOOD), FakeConnection(GOOD)
    engine = Engine(FakeOpener(stale, fresh))
    body_of(send(engine))
    stale.went_stale = True
    assert body_of(send(engine)) == b"hi"
    assert stale.is_closed


def test_an_old_connection_is_passed_over(clock: Clock) -> None:
    old, fresh = FakeConnection(GOOD), FakeConnection(GOOD)
    engine = Engine(FakeOpener(old, fresh))
    body_of(send(engine))
    clock.now += KEEPALIVE_SECONDS + 1
    assert body_of(send(engine)) == b"hi"
    assert old.is_closed


def test_old_connections_are_closed_when_another_comes_back(clock: Clock) -> None:
    old, busy = FakeConnection(GOOD), FakeConnection(GOOD)
    engine = Engine(FakeOpener(old, busy))
    replies = [send(engine), send(engine)]
    body_of(replies[0])
    clock.now += KEEPALIVE_SECONDS + 1
    body_of(replies[1])
    assert (old.is_closed, busy.is_closed) == (True, False)


def test_a_reply_may_be_closed_twice() -> None:
    connection = FakeConnection(GOOD, GOOD)
    engine = Engine(FakeOpener(connection))
    reply = send(engine)
    body_of(reply)
    run(reply.close())
    body_of(send(engine))
    assert connection.steps == []


def test_closing_closes_what_is_idle_now_and_the_rest_later() -> None:
    idle, busy = FakeConnection(GOOD), FakeConnection(GOOD)
    engine = Engine(FakeOpener(idle, busy))
    replies = [send(engine), send(engine)]
    body_of(replies[0])
    run(engine.aclose())
    assert (idle.is_closed, busy.is_closed) == (True, False)
    body_of(replies[1])
    assert busy.is_closed


def test_a_child_leaves_its_parents_connections_alone() -> None:
    parents, own = FakeConnection(GOOD), FakeConnection(GOOD)
    engine = Engine(FakeOpener(parents, own))
    body_of(send(engine))
    engine.abandon()
    assert body_of(send(engine)) == b"hi"
    assert not parents.is_closed
    assert own.written


def test_of_a_burst_a_hundred_connections_are_kept_for_long(clock: Clock) -> None:
    connections = [FakeConnection(GOOD, GOOD) for _ in range(MOST_KEPT + 10)]
    engine = Engine(FakeOpener(*connections))
    for reply in [send(engine) for _ in connections]:
        body_of(reply)
    clock.now += KEEPALIVE_SECONDS_OF_A_BURST - 1
    engine.idle.tidy()
    assert not any(connection.is_closed for connection in connections)
    clock.now += 2
    engine.idle.tidy()
    assert [connection.is_closed for connection in connections] == [True] * 10 + [False] * MOST_KEPT
    clock.now += KEEPALIVE_SECONDS
    engine.idle.tidy()
    assert all(connection.is_closed for connection in connections)


@pytest.mark.parametrize(
    ("told", "seconds", "is_kept"),
    [("timeout=5", 3.9, True), ("timeout=5, max=100", 4.1, False), ("timeout=600", 31, False)],
)
def test_a_server_tells_how_long_it_keeps_a_connection(
    clock: Clock, told: str, seconds: float, is_kept: bool
) -> None:
    answer = GOOD.replace(b"OK\r\n", b"OK\r\nKeep-Alive: %s\r\n" % told.encode())
    connection = FakeConnection(answer, GOOD)
    engine = Engine(FakeOpener(connection, FakeConnection(GOOD)))
    body_of(send(engine))
    clock.now += seconds
    body_of(send(engine))
    assert connection.is_closed is not is_kept


def test_a_connection_that_the_server_does_not_keep_is_closed_at_once() -> None:
    answer = GOOD.replace(b"OK\r\n", b"OK\r\nKeep-Alive: timeout=0\r\n")
    connection = FakeConnection(answer)
    body_of(send(Engine(FakeOpener(connection))))
    assert connection.is_closed


def test_a_client_may_be_closed_in_the_midst_of_its_own_work() -> None:
    class Interrupted(FakeConnection):
        """A signal arrives while its engine looks at it."""

        def is_stale(self) -> bool:
            engine.close()
            return False

    connection = Interrupted(GOOD, GOOD)
    engine = Engine(FakeOpener(connection))
    body_of(send(engine))
    assert body_of(send(engine)) == b"hi"
    assert connection.is_closed


# -- idle connections that the server closes just then


def met_a_closing_server(
    *steps: Step, request: Outgoing | None = None, on_write: OSError | None = None
) -> tuple[FakeConnection, FakeConnection, EngineReply]:
    """Send a second request over a connection that does `steps`; a new one answers it well."""
    closing, fresh = FakeConnection(GOOD), FakeConnection(GOOD)
    engine = Engine(FakeOpener(closing, fresh))
    body_of(send(engine))
    closing.steps, closing.on_write = list(steps), on_write
    try:
        return closing, fresh, send(engine, request)
    finally:
        assert closing.is_closed


@pytest.mark.parametrize("content", [None, b"{}"])
@pytest.mark.parametrize("steps", [(), (ConnectionResetError("reset"),)])
def test_what_meets_a_closing_server_goes_out_again(
    steps: tuple[Step, ...], content: bytes | None
) -> None:
    request = outgoing(content=content)
    closing, fresh, reply = met_a_closing_server(*steps, request=request)
    assert body_of(reply) == b"hi"
    assert closing.written.endswith(fresh.written)


def test_what_cannot_even_be_written_goes_out_again() -> None:
    broken = BrokenPipeError()
    _, fresh, reply = met_a_closing_server(on_write=broken, request=outgoing(content=b"{}"))
    assert body_of(reply) == b"hi"
    assert fresh.written.endswith(b"{}")


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ((TimeoutError(),), RequestTimeoutError),
        ((b"H",), ConnectionFailedError),
        ((b"H", ConnectionResetError("reset")), ConnectionFailedError),
        ((b"\0",), ConnectionFailedError),
        ((b"HTTP/1.1 103 Early Hints\r\n\r\n",), ConnectionFailedError),
    ],
)
def test_what_the_server_has_begun_to_answer_stays_a_failure(
    steps: tuple[Step, ...], kind: type[ModelHubError]
) -> None:
    with pytest.raises(kind) as caught:
        met_a_closing_server(*steps)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_late_end_is_that_of_a_server_at_work(clock: Clock) -> None:
    class Working(FakeConnection):
        async def read(self, seconds: float | None) -> bytes:
            clock.now += SECONDS_OF_DOUBT * bool(not self.steps)
            return await super().read(seconds)

    engine = Engine(FakeOpener(Working(GOOD), FakeConnection(GOOD)))
    body_of(send(engine))
    with pytest.raises(ConnectionFailedError):
        send(engine)


def test_what_may_not_be_sent_twice_is_not() -> None:
    with pytest.raises(ConnectionFailedError):
        met_a_closing_server(request=outgoing()._replace(is_repeatable=False))


def test_nothing_goes_out_more_than_twice() -> None:
    closing, fresh, spare = FakeConnection(GOOD), FakeConnection(), FakeConnection(GOOD)
    engine = Engine(FakeOpener(closing, fresh, spare))
    body_of(send(engine))
    with pytest.raises(ConnectionFailedError) as caught:
        send(engine)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert closing.is_closed
    assert fresh.is_closed
    assert not spare.written


def test_it_goes_out_on_a_new_connection_even_if_others_are_idle() -> None:
    idle, closing, fresh = FakeConnection(GOOD), FakeConnection(GOOD), FakeConnection(GOOD)
    engine = Engine(FakeOpener(idle, closing, fresh))
    for reply in [send(engine), send(engine)]:
        body_of(reply)
    assert body_of(send(engine)) == b"hi"
    assert closing.is_closed
    assert fresh.written
