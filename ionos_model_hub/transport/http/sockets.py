"""The interface of sockets, and the code that the sync and the async socket share."""

from __future__ import annotations

import select
from typing import Protocol

from ionos_model_hub.transport.http.target import Origin

MIN_TIMEOUT = 0.001
"""Seconds; sockets take a timeout of 0 as a request not to block."""

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


def is_readable(descriptor: int) -> bool:
    """Return whether a read would return immediately, with data or with the end of the stream."""
    if _HAS_POLL:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([descriptor], [], [], 0)[0])
