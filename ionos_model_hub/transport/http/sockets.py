"""The interface of sockets, and the code that the sync and the async socket share."""

from __future__ import annotations

import select
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ionos_model_hub.transport.http.target import Origin

CONNECT_TIMEOUT_PER_ADDRESS = 1.0
"""Seconds for each address of a host except the last, which may use all the remaining time."""

MIN_TIMEOUT = 0.001
"""Seconds; sockets take a timeout of 0 as a request not to block."""

_HAS_POLL = hasattr(select, "poll")  # Windows has no poll.

Address = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
"""The argument of `socket.connect`."""

AddressInfo = tuple[int, int, int, str, Address]
"""An item of the list that `getaddrinfo` returns."""

Connect = Callable[[socket.socket, Address, float | None], Awaitable[None]]
"""Connects a socket to an address, with a timeout in seconds; raises OSError."""


class Socket(Protocol):
    """A connected socket. Its methods raise OSError, and TimeoutError after `seconds`."""

    async def write(self, data: bytes, seconds: float | None) -> None:
        """Send all of `data`."""

    async def read(self, seconds: float | None) -> bytes:
        """Return the bytes that arrive next, b"" at the end of the connection."""

    def is_stale(self) -> bool:
        """Return whether an idle connection was closed by the server or received stray bytes."""

    def close(self) -> None:
        """Close immediately, without waiting."""


class OpenSocket(Protocol):
    """Connects to a server; raises OSError, and TimeoutError after `seconds`."""

    async def __call__(self, origin: Origin, seconds: float) -> Socket:
        """Return a connected socket."""


def is_readable(descriptor: int) -> bool:
    """Return whether a read would return immediately, with data or with the end of the stream."""
    if _HAS_POLL:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([descriptor], [], [], 0)[0])


async def connect_to_any(
    host: str, addresses: Sequence[AddressInfo], connect: Connect
) -> socket.socket:
    """Return a socket connected to the first of a host's addresses that can be reached.

    Raises:
        OSError: No address can be reached; the error of the last one.
    """
    for number, (family, kind, protocol, _, address) in enumerate(addresses, start=1):
        is_last = number == len(addresses)
        try:
            connection = socket.socket(family, kind, protocol)
            try:
                await connect(connection, address, None if is_last else CONNECT_TIMEOUT_PER_ADDRESS)
            except BaseException:
                connection.close()
                raise
        except OSError:  # Creating the socket fails if the system lacks the family, such as IPv6.
            if is_last:
                raise
        else:
            return connection
    raise OSError(f"{host} has no address")
