"""Single requests over scripted sockets: bytes written, timeouts and failures."""

from __future__ import annotations

import traceback

import pytest
from faults.scripted_sockets import (
    HEAD,
    OK_RESPONSE,
    FakeClock,
    ScriptedOpener,
    ScriptedSocket,
    Step,
    client_with,
    read_and_close,
    read_body,
    request,
    run,
    send,
)

from ionos_model_hub.transport.http.client import HttpClient
from ionos_model_hub.transport.http.errors import (
    ConnectError,
    ConnectionLostError,
    ConnectTimeoutError,
    HttpError,
    InvalidUrlError,
    ResponseTimeoutError,
)
from ionos_model_hub.transport.http.target import Origin


def failure_after(*steps: Step) -> HttpError:
    """Return the error of a request on a socket that follows `steps`; it must end closed."""
    socket = ScriptedSocket(*steps)
    client = client_with(socket)
    with pytest.raises(HttpError) as caught:
        read_and_close(client)
    assert socket.is_closed
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return caught.value


# -- bytes


def test_get_request_bytes() -> None:
    socket = ScriptedSocket(OK_RESPONSE)
    opener = ScriptedOpener(socket)
    response = send(HttpClient(opener))
    assert (response.status, response.headers) == (200, {"content-length": "2"})
    assert read_body(response) == b"hi"
    assert socket.written == (
        b"GET /v1/models HTTP/1.1\r\nhost: hub.example\r\nx-team: blue\r\n"
        b"authorization: Bearer canary\r\n\r\n"
    )
    assert opener.opened == [(Origin(True, "hub.example", 443), 5.0)]


def test_post_request_bytes() -> None:
    socket = ScriptedSocket(OK_RESPONSE)
    send(client_with(socket), request(content=b"{}"))
    assert socket.written.startswith(b"POST /v1/models HTTP/1.1\r\n")
    assert socket.written.endswith(b"content-length: 2\r\n\r\n{}")


def test_read_returns_empty_bytes_between_chunks() -> None:
    head = HEAD.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked")
    response = send(client_with(ScriptedSocket(head, b"2\r\n", b"hi\r\n0\r\n\r\n")))
    assert [run(response.read()) for _ in range(3)] == [b"", b"hi", None]


# -- timeouts


def test_response_head_has_one_timeout_however_slowly_it_arrives(clock: FakeClock) -> None:
    class DrippingSocket(ScriptedSocket):
        async def read(self, seconds: float | None) -> bytes:
            clock.now += 25
            return await super().read(seconds)

    socket = DrippingSocket(*[bytes([byte]) for byte in OK_RESPONSE])
    # A real socket raises when the timeout that it is given has expired.
    socket.steps[4:] = [TimeoutError()]
    with pytest.raises(ResponseTimeoutError):
        send(client_with(socket))
    assert socket.timeouts[:5] == [60, 60, 35, 10, 0]


def test_no_timeout() -> None:
    socket = ScriptedSocket(HEAD, b"hi")
    read_body(send(client_with(socket), request(timeout=None)))
    assert socket.timeouts == [None, None, None]


def test_head_has_one_timeout_and_each_read_of_the_body_its_own(clock: FakeClock) -> None:
    seconds_left = iter([50.0, 45.0, 40.0])
    socket = ScriptedSocket(HEAD, b"hi")
    outgoing = request()._replace(
        head_timeout=lambda: 60.0, read_timeout=lambda: next(seconds_left)
    )
    read_body(send(client_with(socket), outgoing))
    assert socket.timeouts == [60.0, 60.0, 50.0]


def test_slow_write_leaves_less_time_for_response_head(clock: FakeClock) -> None:
    class SlowSocket(ScriptedSocket):
        async def write(self, data: bytes, seconds: float | None) -> None:
            await super().write(data, seconds)
            clock.now += 45

    socket = SlowSocket(OK_RESPONSE)
    send(client_with(socket), request(content=b"{}"))
    assert socket.timeouts == [60, 15]


# -- failures


@pytest.mark.parametrize(
    ("steps", "error_type", "reason"),
    [
        ((TimeoutError(),), ResponseTimeoutError, "in time"),
        ((HEAD, TimeoutError()), ResponseTimeoutError, "in time"),
        ((ConnectionResetError("reset"),), ConnectionLostError, "reset"),
        ((HEAD, OSError()), ConnectionLostError, "OSError"),
        ((), ConnectionLostError, "closed the connection before the response was complete"),
        ((HEAD, b"h"), ConnectionLostError, "closed the connection before the response"),
        ((b"SSH-2.0\r\n",), ConnectionLostError, "not valid HTTP"),
    ],
)
def test_failed_response(steps: tuple[Step, ...], error_type: type[HttpError], reason: str) -> None:
    error = failure_after(*steps)
    assert type(error) is error_type
    assert reason in error.reason
    assert error.host == "hub.example"


def test_body_before_failure_is_returned_first() -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n"
    response = send(client_with(ScriptedSocket(chunks)))
    assert run(response.read()) == b"hi"
    with pytest.raises(ConnectionLostError, match="not valid HTTP"):
        run(response.read())


@pytest.mark.parametrize(
    ("error", "error_type", "reason"),
    [
        (TimeoutError(), ConnectTimeoutError, "in time"),
        (ConnectionRefusedError("refused"), ConnectError, "refused"),
        (OSError("[SSL: CERTIFICATE_VERIFY_FAILED] expired"), ConnectError, "VERIFY_FAILED"),
    ],
)
def test_failed_connection(error: OSError, error_type: type[HttpError], reason: str) -> None:
    with pytest.raises(error_type) as caught:
        send(client_with(error))
    assert reason in caught.value.reason
    assert caught.value.host == "hub.example"
    assert caught.value.__context__ is None


def test_invalid_url_opens_no_connection() -> None:
    opener = ScriptedOpener(ScriptedSocket())
    with pytest.raises(InvalidUrlError):
        send(HttpClient(opener), request("https://hub..example/v1"))
    assert opener.opened == []


class ConvertedError(Exception):
    """An error of the application that uses the client."""


@pytest.mark.parametrize(
    "socket", [ConnectionRefusedError(), ScriptedSocket(), ScriptedSocket(HEAD)]
)
def test_errors_are_converted(socket: ScriptedSocket | OSError) -> None:
    client = HttpClient(ScriptedOpener(socket), lambda error: ConvertedError(error.host))
    with pytest.raises(ConvertedError, match=r"hub\.example") as caught:
        read_and_close(client)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


# -- writing


def test_response_to_partly_written_request_is_returned() -> None:
    socket = ScriptedSocket(OK_RESPONSE, write_error=BrokenPipeError())
    assert read_body(send(client_with(socket))) == b"hi"


def test_write_timeout() -> None:
    socket = ScriptedSocket(OK_RESPONSE, write_error=TimeoutError())
    with pytest.raises(ResponseTimeoutError):
        send(client_with(socket))
    assert socket.is_closed


def test_interrupted_request_closes_its_connection() -> None:
    socket = ScriptedSocket(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        send(client_with(socket))
    assert socket.is_closed


def test_traceback_of_interrupted_write_does_not_contain_key() -> None:
    socket = ScriptedSocket(write_error=KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt) as caught:
        send(client_with(socket))
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "canary" not in "".join(trace.format())
