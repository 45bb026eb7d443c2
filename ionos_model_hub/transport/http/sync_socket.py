"""Blocking sockets, for the synchronous client."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from ionos_model_hub.transport.http.addresses import AddressInfo, Server, working_addresses
from ionos_model_hub.transport.http.sockets import MIN_TIMEOUT, create_socket, is_readable
from ionos_model_hub.transport.http.target import Origin
from ionos_model_hub.transport.http.tls import ssl_context
from ionos_model_hub.transport.http.tunnel import open_tunnel

CONNECT_TIMEOUT_PER_ADDRESS = 1.0
"""Seconds for each address of a host except the last, which may use all the remaining time."""

_READ_SIZE = 64 * 1024


async def open_socket(origin: Origin, seconds: float) -> SyncSocket:
    """Connect to a server; raises OSError, and TimeoutError after `seconds`."""
    ends_at = monotonic() + seconds

    def seconds_left() -> float:
        return max(ends_at - monotonic(), MIN_TIMEOUT)

    connection = _connect(origin.address, seconds_left)
    opened = SyncSocket(connection, connection.gettimeout())
    try:
        if origin.needs_tunnel:
            await open_tunnel(opened, origin, seconds_left)
        if origin.is_secure:
            opened.start_tls(origin.certified_name, seconds_left())
    except BaseException:
        opened.close()
        raise
    return opened


def _connect(server: Server, seconds_left: Callable[[], float]) -> socket.socket:
    """Return a socket connected to the first address of a server that can be reached."""
    host, port = server
    resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = working_addresses.order(server, resolved)
    failure = OSError(f"{host} has no address")
    for number, address in enumerate(addresses):
        # The last address gets all the time that is left.
        fair_share = seconds_left() / (len(addresses) - number)
        is_last = number == len(addresses) - 1
        limit = fair_share if is_last else min(CONNECT_TIMEOUT_PER_ADDRESS, fair_share)
        try:
            connection = _connect_to(address, limit)
        except OSError as error:
            failure = error.with_traceback(None)
        else:
            working_addresses.record(server, addresses, address[-1])
            return connection
    raise failure


def _connect_to(info: AddressInfo, seconds: float) -> socket.socket:
    connection = create_socket(info)
    try:
        connection.settimeout(seconds)
        connection.connect(info[-1])
    except BaseException:
        connection.close()
        raise
    return connection


class SyncSocket:
    """A connected blocking socket, with or without TLS.

    Args:
        connection: The socket.
        timeout: The timeout in seconds that is set on it.
    """

    def __init__(self, connection: socket.socket, timeout: float | None) -> None:
        self._connection = connection
        self._timeout = timeout

    def start_tls(self, host: str, seconds: float) -> None:
        """Start TLS on a plain connection."""
        self._set_timeout(seconds)
        self._connection = ssl_context().wrap_socket(self._connection, server_hostname=host)

    async def write(self, data: bytes, seconds: float | None) -> None:
        """Send all of `data`."""
        self._set_timeout(seconds)
        self._connection.sendall(data)

    async def read(self, seconds: float | None) -> bytes:
        """Return the bytes that arrive next, b"" at the end of the connection."""
        self._set_timeout(seconds)
        try:
            return self._connection.recv(_READ_SIZE)
        except (BlockingIOError, ssl.SSLWantReadError):  # `seconds` is 0.
            raise TimeoutError from None

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
