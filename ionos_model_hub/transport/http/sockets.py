"""The interface of sockets, and the code that the sync and the async socket share."""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from typing import Protocol

from ionos_model_hub.transport.http.addresses import AddressInfo
from ionos_model_hub.transport.http.target import Origin

MIN_TIMEOUT = 0.001
"""Seconds; sockets take a timeout of 0 as a request not to block."""

# Routers drop connections that are silent for a minute or more and inform neither end. Probes
# keep a connection alive while the server computes a long response, and detect that it is lost.
_KEEPALIVE_OPTIONS = {
    "TCP_KEEPIDLE": 30,  # seconds of silence before the first probe
    "TCP_KEEPALIVE": 30,  # the same on macOS
    "TCP_KEEPINTVL": 30,  # seconds between probes
    "TCP_KEEPCNT": 5,  # probes without a response after which the connection is lost
}
_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in _KEEPALIVE_OPTIONS.items()
        if hasattr(socket, name)
    ),
)

_HAS_POLL = hasattr(select, "poll")  # Windows has no poll.


class Socket(Protocol):
    """A connected socket. Its methods raise OSError, and TimeoutError after `seconds`.

    A `read` with zero seconds returns data that has already arrived, or raises TimeoutError.
    """

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


def create_socket(info: AddressInfo) -> socket.socket:
    """Return a socket to connect to an address; raises OSError if the system lacks its family."""
    family, kind, protocol, _, _ = info
    connection = socket.socket(family, kind, protocol)
    for option in _OPTIONS:
        with suppress(OSError):  # Some systems support only a few of them.
            connection.setsockopt(*option)
    return connection


def is_readable(descriptor: int) -> bool:
    """Return whether a read would return immediately, with data or with the end of the stream."""
    if _HAS_POLL:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([descriptor], [], [], 0)[0])
