"""The addresses of a host, tried one after the other by both shells."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence

SECONDS_FOR_AN_ADDRESS = 1.0
"""For each address of a host but the last, which has the rest of the time."""

Address = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
"""Where a socket connects to."""

Found = tuple[int, int, int, str, Address]
"""What the resolver tells of an address: family, kind, protocol, name and the address."""

Connect = Callable[[socket.socket, Address, float | None], Awaitable[None]]
"""Connects a socket, in so many seconds at most; raises OSError."""


async def connected(host: str, found: Sequence[Found], connect: Connect) -> socket.socket:
    """Return a connected socket: addresses are tried in turn, the last for longest.

    Args:
        host: The host's name, for the message.
        found: Its addresses.
        connect: The shell's way to connect.

    Raises:
        OSError: None of them can be reached; what the last one told.
    """
    for place, (family, kind, protocol, _, address) in enumerate(found, start=1):
        is_last = place == len(found)
        try:
            connection = socket.socket(family, kind, protocol)
            try:
                await connect(connection, address, None if is_last else SECONDS_FOR_AN_ADDRESS)
            except BaseException:
                connection.close()
                raise
        except OSError:  # Also where the system lacks the family, such as IPv6.
            if is_last:
                raise
        else:
            return connection
    raise OSError(f"{host} has no address")
