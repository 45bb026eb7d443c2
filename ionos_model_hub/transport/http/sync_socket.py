"""Blocking sockets, for the synchronous client."""

from __future__ import annotations

import socket
from contextlib import suppress
from math import inf
from time import monotonic

from ionos_model_hub.transport.http.sockets import (
    MIN_TIMEOUT,
    Address,
    connect_to_any,
    is_readable,
)
from ionos_model_hub.transport.http.target import Origin
from ionos_model_hub.transport.http.tls import ssl_context

_READ_SIZE = 64 * 1024


async def open_socket(origin: Origin, seconds: float) -> SyncSocket:
    """Connect to a server; raises OSError, and TimeoutError after `seconds`."""
    ends_at = monotonic() + seconds

    async def connect(connection: socket.socket, address: Address, limit: float | None) -> None:
        connection.settimeout(min(_seconds_left(ends_at), inf if limit is None else limit))
        connection.connect(address)

    addresses = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    connection = await connect_to_any(origin.host, addresses, connect)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(_seconds_left(ends_at))
        if origin.is_secure:
            connection = ssl_context().wrap_socket(connection, server_hostname=origin.host)
    except BaseException:
        connection.close()
        raise
    return SyncSocket(connection, connection.gettimeout())


def _seconds_left(ends_at: float) -> float:
    return max(ends_at - monotonic(), MIN_TIMEOUT)


class SyncSocket:
    """A connected blocking socket, with or without TLS.

    Args:
        connection: The socket.
        timeout: The timeout in seconds that is set on it.
    """

    def __init__(self, connection: socket.socket, timeout: float | None) -> None:
        self._connection = connection
        self._timeout = timeout

    async def write(self, data: bytes, seconds: float | None) -> None:
        """Send all of `data`."""
        self._set_timeout(seconds)
        self._connection.sendall(data)

    async def read(self, seconds: float | None) -> bytes:
        """Return the bytes that arrive next, b"" at the end of the connection."""
        self._set_timeout(seconds)
        return self._connection.recv(_READ_SIZE)

    def is_stale(self) -> bool:
        """Return whether the server closed the idle connection or sent stray bytes."""
        return is_readable(self._connection.fileno())

    def close(self) -> None:
        """Close immediately."""
        with suppress(OSError):
            self._connection.close()

    def _set_timeout(self, timeout: float | None) -> None:
        if timeout != self._timeout:  # Each change is a system call.
            self._connection.settimeout(timeout)
            self._timeout = timeout
