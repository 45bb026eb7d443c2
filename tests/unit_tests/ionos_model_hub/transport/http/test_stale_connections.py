"""Requests on an idle connection that the server closes at the same moment."""

from __future__ import annotations

import pytest
from faults.scripted_sockets import (
    OK_RESPONSE,
    FakeClock,
    ScriptedSocket,
    Step,
    client_with,
    read_body,
    request,
    send,
)

from ionos_model_hub.transport.http.errors import (
    ConnectionLostError,
    HttpError,
    ResponseTimeoutError,
)
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.transport.http.response import STALE_CONNECTION_WINDOW, HttpResponse


def send_on_reused_connection(
    *steps: Step, outgoing: OutgoingRequest | None = None, write_error: OSError | None = None
) -> tuple[ScriptedSocket, ScriptedSocket, HttpResponse]:
    """Send a second request on a connection that follows `steps`; a new one responds well.

    Returns:
        The reused connection, the new one, and the response.
    """
    reused, fresh = ScriptedSocket(OK_RESPONSE), ScriptedSocket(OK_RESPONSE)
    client = client_with(reused, fresh)
    read_body(send(client))
    reused.steps, reused.write_error = list(steps), write_error
    try:
        return reused, fresh, send(client, outgoing)
    finally:
        assert reused.is_closed


@pytest.mark.parametrize("content", [None, b"{}"])
@pytest.mark.parametrize("steps", [(), (ConnectionResetError("reset"),)], ids=["FIN", "RST"])
def test_request_on_closed_connection_is_resent(
    steps: tuple[Step, ...], content: bytes | None
) -> None:
    reused, fresh, response = send_on_reused_connection(*steps, outgoing=request(content=content))
    assert read_body(response) == b"hi"
    assert reused.written.endswith(fresh.written)


def test_request_that_cannot_be_written_is_resent() -> None:
    _, fresh, response = send_on_reused_connection(
        write_error=BrokenPipeError(), outgoing=request(content=b"{}")
    )
    assert read_body(response) == b"hi"
    assert fresh.written.endswith(b"{}")


@pytest.mark.parametrize(
    ("steps", "error_type"),
    [
        ((TimeoutError(),), ResponseTimeoutError),
        ((b"H",), ConnectionLostError),
        ((b"H", ConnectionResetError("reset")), ConnectionLostError),
        ((b"\0",), ConnectionLostError),
        ((b"HTTP/1.1 103 Early Hints\r\n\r\n",), ConnectionLostError),
    ],
)
def test_no_resend_after_timeout_or_first_byte(
    steps: tuple[Step, ...], error_type: type[HttpError]
) -> None:
    with pytest.raises(error_type) as caught:
        send_on_reused_connection(*steps)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_no_resend_if_connection_ends_late(clock: FakeClock) -> None:
    class WorkingSocket(ScriptedSocket):
        """The server processes the request for a while before it closes the connection."""

        async def read(self, seconds: float | None) -> bytes:
            if not self.steps:
                clock.now += STALE_CONNECTION_WINDOW
            return await super().read(seconds)

    client = client_with(WorkingSocket(OK_RESPONSE), ScriptedSocket(OK_RESPONSE))
    read_body(send(client))
    with pytest.raises(ConnectionLostError):
        send(client)


def test_no_resend_without_allow_resend() -> None:
    with pytest.raises(ConnectionLostError):
        send_on_reused_connection(outgoing=request()._replace(allow_resend=False))


def test_request_is_resent_only_once() -> None:
    reused, fresh, spare = ScriptedSocket(OK_RESPONSE), ScriptedSocket(), ScriptedSocket()
    client = client_with(reused, fresh, spare)
    read_body(send(client))
    with pytest.raises(ConnectionLostError) as caught:
        send(client)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert reused.is_closed
    assert fresh.is_closed
    assert not spare.written


def test_request_is_resent_on_new_connection_although_others_are_idle() -> None:
    idle, reused, fresh = [ScriptedSocket(OK_RESPONSE) for _ in range(3)]
    client = client_with(idle, reused, fresh)
    for response in [send(client), send(client)]:
        read_body(response)
    assert read_body(send(client)) == b"hi"
    assert reused.is_closed
    assert fresh.written
