"""Sockets that block, for the synchronous shell."""

from __future__ import annotations

import socket
from contextlib import suppress
from math import inf
from time import monotonic

from ionos_model_hub.policy.deadline import SHORTEST_TIMEOUT
from ionos_model_hub.transport.http.name_resolution import Address, connected
from ionos_model_hub.transport.http.pool import Origin, is_readable
from ionos_model_hub.transport.http.tls import ssl_context

_READ_SIZE = 64 * 1024


async def open_socket(origin: Origin, seconds: float) -> BlockingSocket:
    """Connect; raises OSError, TimeoutError among them."""
    ends_at = monotonic() + seconds

    async def connect(connection: socket.socket, address: Address, longest: float | None) -> None:
        connection.settimeout(min(_left(ends_at), inf if longest is None else longest))
        connection.connect(address)

    found = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    connection = await connected(origin.host, found, connect)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(_left(ends_at))
        if origin.is_secure:
            connection = ssl_context().wrap_socket(connection, server_hostname=origin.host)
    except BaseException:
        connection.close()
        raise
    return BlockingSocket(connection, connection.gettimeout())


def _left(ends_at: float) -> float:
    return max(ends_at - monotonic(), SHORTEST_TIMEOUT)


class BlockingSocket:
    """A connected socket, plain or with TLS.

    Args:
        connection: The socket.
        timeout: Its timeout in seconds, as it stands.
    """

    def __init__(self, connection: socket.socket, timeout: float | None) -> None:
        self._connection = connection
        self._timeout = timeout

    async def write(self, data: bytes, seconds: float | None) -> None:
        """Send all."""
        self._set(seconds)
        self._connection.sendall(data)

    async def read(self, seconds: float | None) -> bytes:
        """Return what arrives next, b"" at the end."""
        self._set(seconds)
        return self._connection.recv(_READ_SIZE)

    def is_stale(self) -> bool:
        """Tell whether something arrived that nobody asked for, the end for instance."""
        return is_readable(self._connection.fileno())

    def close(self) -> None:
        """Close at once."""
        with suppress(OSError):
            self._connection.close()

    def _set(self, seconds: float | None) -> None:
        if seconds != self._timeout:  # Each change is a system call.
            self._connection.settimeout(seconds)
            self._timeout = seconds
