"""Connections as the engine sees them, and those that wait for their next request.

Idle connections lie on a stack: the latest serves next, so those that are not needed grow old
at its bottom. They go after 30 s. Of more than a hundred to one server, the oldest go after 5 s:
bursts that follow one another find all of them again, and a single one does not hold a thousand
sockets. A server that tells `Keep-Alive: timeout` is believed.
"""

from __future__ import annotations

import select
import threading
from collections import deque
from time import monotonic
from typing import NamedTuple, Protocol

KEEPALIVE_SECONDS = 30.0
"""For an idle connection."""
KEEPALIVE_SECONDS_OF_A_BURST = 5.0
"""For the idle connections to a server beyond the latest `MOST_KEPT`."""
MOST_KEPT = 100
KEEPALIVE_MARGIN = 1.0
"""Seconds by which a connection is given up before the server, as it told, closes it."""

_HAS_POLL = hasattr(select, "poll")  # not on Windows


class Origin(NamedTuple):
    """What a connection is made to.

    Attributes:
        is_secure: Whether over TLS.
        host: Name or address.
        port: Port.
    """

    is_secure: bool
    host: str
    port: int


class Connection(Protocol):
    """A connection to a server; raises OSError, a TimeoutError where it takes too long."""

    async def write(self, data: bytes, seconds: float | None) -> None:
        """Send."""

    async def read(self, seconds: float | None) -> bytes:
        """Return what arrives next, b"" at the end."""

    def is_stale(self) -> bool:
        """Tell whether an idle connection can no longer be used."""

    def close(self) -> None:
        """Close at once, without waiting."""


class Opener(Protocol):
    """Opens connections; raises OSError, a TimeoutError where it takes too long."""

    async def __call__(self, origin: Origin, seconds: float) -> Connection:
        """Return a connection."""


def is_readable(descriptor: int) -> bool:
    """Tell whether something waits at a socket, the end for instance."""
    if _HAS_POLL:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([descriptor], [], [], 0)[0])


_Idle = tuple[float, float, Connection]
"""Since when it is idle, until when it may be used, and the connection."""


class IdleConnections:
    """The connections that may serve a next request. Safe to use from threads."""

    def __init__(self) -> None:
        self._stacks: dict[Origin, deque[_Idle]] = {}
        # Whoever closes the client may have interrupted this very thread: a handler of signals.
        self._lock = threading.RLock()
        self._is_open = True

    def put(self, origin: Origin, connection: Connection, seconds: float) -> None:
        """Keep a connection for the next request.

        Args:
            origin: What it leads to.
            connection: The connection.
            seconds: How long the server keeps it open, as it told.
        """
        now = monotonic()
        until = now + min(KEEPALIVE_SECONDS, seconds - KEEPALIVE_MARGIN)
        with self._lock:
            stack = self._stacks.setdefault(origin, deque())
            stack.append((now, until, connection))
            self._tidy(stack, now)

    def take(self, origin: Origin) -> Connection | None:
        """Return the latest connection that can still be used."""
        with self._lock:
            stack = self._stacks.get(origin)
            while stack:
                _, until, connection = stack.pop()
                if until > monotonic() and not connection.is_stale():
                    return connection
                connection.close()
            return None

    def tidy(self) -> None:
        """Close those that have been idle for too long; after `close`, all."""
        with self._lock:
            now = monotonic()
            for stack in self._stacks.values():
                self._tidy(stack, now)

    def close(self) -> None:
        """Close all of them now, and from now on each that comes back."""
        with self._lock:
            self._is_open = False
            self.tidy()

    def _tidy(self, stack: deque[_Idle], now: float) -> None:
        while stack:
            since, until, connection = stack[0]
            is_too_much = len(stack) > MOST_KEPT and now > since + KEEPALIVE_SECONDS_OF_A_BURST
            if self._is_open and now <= until and not is_too_much:
                return
            stack.popleft()
            connection.close()
