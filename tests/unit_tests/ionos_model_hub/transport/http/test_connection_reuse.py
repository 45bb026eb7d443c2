"""Connections are reused if possible, for a limited time, and closed otherwise."""

from __future__ import annotations

import pytest
from faults.scripted_sockets import (
    HEAD,
    OK_RESPONSE,
    FakeClock,
    ScriptedSocket,
    client_with,
    read_body,
    request,
    run,
    send,
)

from ionos_model_hub.transport.http.pool import (
    EXCESS_KEEPALIVE_SECONDS,
    KEEPALIVE_SECONDS,
    MAX_IDLE_PER_ORIGIN,
)


def test_connection_is_reused() -> None:
    client = client_with(ScriptedSocket(OK_RESPONSE, OK_RESPONSE))
    assert [read_body(send(client)) for _ in range(2)] == [b"hi", b"hi"]


def test_most_recently_used_connection_is_reused_first() -> None:
    first, second = ScriptedSocket(OK_RESPONSE), ScriptedSocket(OK_RESPONSE, OK_RESPONSE)
    client = client_with(first, second)
    for response in [send(client), send(client)]:
        read_body(response)
    read_body(send(client))
    assert second.steps == []


def test_connections_are_not_shared_between_servers() -> None:
    first, second = ScriptedSocket(OK_RESPONSE), ScriptedSocket(OK_RESPONSE)
    client = client_with(first, second)
    read_body(send(client))
    read_body(send(client, request("https://other.example/v1")))
    assert second.written


@pytest.mark.parametrize(
    "data",
    [
        OK_RESPONSE.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"),
        OK_RESPONSE.replace(b"OK\r\n", b"OK\r\nKeep-Alive: timeout=0\r\n"),
        OK_RESPONSE + b"more",
        b"HTTP/1.1 200 OK\r\n\r\nhi",
    ],
    ids=["connection-close", "keep-alive-0", "stray-bytes", "unframed-body"],
)
def test_connection_that_cannot_be_reused_is_closed(data: bytes) -> None:
    socket = ScriptedSocket(data)
    read_body(send(client_with(socket)))
    assert socket.is_closed


def test_response_closed_early_closes_its_connection() -> None:
    socket = ScriptedSocket(HEAD, b"hi")
    response = send(client_with(socket))
    run(response.close())
    assert socket.is_closed


def test_response_can_be_closed_twice() -> None:
    socket = ScriptedSocket(OK_RESPONSE, OK_RESPONSE)
    client = client_with(socket)
    response = send(client)
    read_body(response)
    run(response.close())
    read_body(send(client))
    assert socket.steps == []


def test_stale_connection_is_skipped() -> None:
    stale, fresh = ScriptedSocket(OK_RESPONSE), ScriptedSocket(OK_RESPONSE)
    client = client_with(stale, fresh)
    read_body(send(client))
    stale.stale = True
    assert read_body(send(client)) == b"hi"
    assert stale.is_closed


def test_expired_connection_is_skipped(clock: FakeClock) -> None:
    expired, fresh = ScriptedSocket(OK_RESPONSE), ScriptedSocket(OK_RESPONSE)
    client = client_with(expired, fresh)
    read_body(send(client))
    clock.now += KEEPALIVE_SECONDS + 1
    assert read_body(send(client)) == b"hi"
    assert expired.is_closed


def test_expired_connections_are_closed_when_another_is_returned(clock: FakeClock) -> None:
    expired, busy = ScriptedSocket(OK_RESPONSE), ScriptedSocket(OK_RESPONSE)
    client = client_with(expired, busy)
    responses = [send(client), send(client)]
    read_body(responses[0])
    clock.now += KEEPALIVE_SECONDS + 1
    read_body(responses[1])
    assert (expired.is_closed, busy.is_closed) == (True, False)


def test_idle_connections_beyond_the_limit_expire_sooner(clock: FakeClock) -> None:
    sockets = [ScriptedSocket(OK_RESPONSE, OK_RESPONSE) for _ in range(MAX_IDLE_PER_ORIGIN + 10)]
    client = client_with(*sockets)
    for response in [send(client) for _ in sockets]:
        read_body(response)
    clock.now += EXCESS_KEEPALIVE_SECONDS - 1
    client.idle.close_expired()
    assert not any(socket.is_closed for socket in sockets)
    clock.now += 2
    client.idle.close_expired()
    assert [socket.is_closed for socket in sockets] == [True] * 10 + [False] * MAX_IDLE_PER_ORIGIN
    clock.now += KEEPALIVE_SECONDS
    client.idle.close_expired()
    assert all(socket.is_closed for socket in sockets)


@pytest.mark.parametrize(
    ("keep_alive", "seconds", "is_reused"),
    [("timeout=5", 3.9, True), ("timeout=5, max=100", 4.1, False), ("timeout=600", 31, False)],
)
def test_keep_alive_header_is_respected(
    clock: FakeClock, keep_alive: str, seconds: float, is_reused: bool
) -> None:
    data = OK_RESPONSE.replace(b"OK\r\n", b"OK\r\nKeep-Alive: %s\r\n" % keep_alive.encode())
    socket = ScriptedSocket(data, OK_RESPONSE)
    client = client_with(socket, ScriptedSocket(OK_RESPONSE))
    read_body(send(client))
    clock.now += seconds
    read_body(send(client))
    assert socket.is_closed is not is_reused


def test_closing_the_client_closes_idle_connections_now_and_busy_ones_later() -> None:
    idle, busy = ScriptedSocket(OK_RESPONSE), ScriptedSocket(OK_RESPONSE)
    client = client_with(idle, busy)
    responses = [send(client), send(client)]
    read_body(responses[0])
    run(client.aclose())
    assert (idle.is_closed, busy.is_closed) == (True, False)
    read_body(responses[1])
    assert busy.is_closed


def test_client_can_be_closed_by_a_signal_handler() -> None:
    class InterruptedSocket(ScriptedSocket):
        """A signal arrives while the pool holds its lock."""

        def is_stale(self) -> bool:
            client.close()
            return False

    socket = InterruptedSocket(OK_RESPONSE, OK_RESPONSE)
    client = client_with(socket)
    read_body(send(client))
    assert read_body(send(client)) == b"hi"
    assert socket.is_closed
