"""Idle connections, kept for the next requests.

They are kept on a stack per server. The most recently used connection serves the next request, so
those that are not needed age at the bottom and are closed after 30 s. Up to 100 idle connections
are kept per server for that long. Any beyond that are closed after 5 s: bursts that follow one
another reuse all of them, and a single burst does not hold a thousand sockets open. The server's
`Keep-Alive: timeout` is respected.
"""

from __future__ import annotations

import threading
from collections import deque
from time import monotonic

from ionos_model_hub.transport.http.sockets import Socket
from ionos_model_hub.transport.http.target import Origin

KEEPALIVE_SECONDS = 30.0
"""How long an idle connection is kept."""
EXCESS_KEEPALIVE_SECONDS = 5.0
"""How long idle connections beyond `MAX_IDLE_PER_ORIGIN` are kept."""
MAX_IDLE_PER_ORIGIN = 100
KEEPALIVE_MARGIN = 1.0
"""Seconds by which a connection is closed before the server's `Keep-Alive: timeout`."""


_IdleConnection = tuple[float, float, Socket]
"""Start of the idle time, end of the time in which it may be reused, and the connection."""


class IdleConnections:
    """The connections that may serve the next requests. Safe to use from threads."""

    def __init__(self) -> None:
        self._stacks: dict[Origin, deque[_IdleConnection]] = {}
        # Reentrant, because a signal handler that closes the client may interrupt this thread.
        self._lock = threading.RLock()
        self._is_open = True

    def put(self, origin: Origin, connection: Socket, server_keepalive: float) -> None:
        """Keep a connection for the next request.

        Args:
            origin: The server.
            connection: The connection.
            server_keepalive: Seconds for which the server keeps it open.
        """
        now = monotonic()
        until = now + min(KEEPALIVE_SECONDS, server_keepalive - KEEPALIVE_MARGIN)
        with self._lock:
            stack = self._stacks.setdefault(origin, deque())
            stack.append((now, until, connection))
            self._close_expired(stack, now)

    def take(self, origin: Origin) -> Socket | None:
        """Return the most recently used connection that can still be reused, or None."""
        with self._lock:
            stack = self._stacks.get(origin)
            while stack:
                _, until, connection = stack.pop()
                if until > monotonic() and not connection.is_stale():
                    return connection
                connection.close()
            return None

    def close_expired(self) -> None:
        """Close connections that have been idle for too long; after `close`, all of them."""
        with self._lock:
            now = monotonic()
            for stack in self._stacks.values():
                self._close_expired(stack, now)

    def close(self) -> None:
        """Close all idle connections, and from now on each one that is returned."""
        with self._lock:
            self._is_open = False
            self.close_expired()

    def _close_expired(self, stack: deque[_IdleConnection], now: float) -> None:
        while stack:
            since, until, connection = stack[0]
            is_excess = len(stack) > MAX_IDLE_PER_ORIGIN and now > since + EXCESS_KEEPALIVE_SECONDS
            if self._is_open and now <= until and not is_excess:
                return
            stack.popleft()
            connection.close()
