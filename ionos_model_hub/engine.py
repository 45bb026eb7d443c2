"""Requests over connections of our own: the way to the hub if no httpx client stands in between.

httpx costs more than all else in a call, and its pool slows down with every call in flight and
loses slots to cancelled ones. Here idle connections lie on a stack, and those in use belong to
nobody but their reply: taking and returning one costs the same at any load, and there is no
slot to lose. Both shells share this file; they differ by the connections they open.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from math import inf
from time import monotonic
from typing import NamedTuple, Protocol, TypeVar

import httpx

from ionos_model_hub.connection_errors import connect_timed_out, connection_failed, fell_silent
from ionos_model_hub.errors import ConfigurationError, ModelHubError
from ionos_model_hub.forks import abandon
from ionos_model_hub.policy.deadline import SHORTEST_TIMEOUT
from ionos_model_hub.ports import Outgoing
from ionos_model_hub.wire.http1 import ResponseParser, request_head

T = TypeVar("T")

KEEPALIVE_SECONDS = 30.0


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


class Target(NamedTuple):
    """Where a request goes.

    Attributes:
        origin: The server.
        path: Path and query, percent-encoded.
        authority: The header `host`.
    """

    origin: Origin
    path: str
    authority: str

    @property
    def host(self) -> str:
        """The server's name, for messages."""
        return self.origin.host


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


class Engine:
    """Sends requests, and keeps their connections for the next ones. Safe to use from threads.

    Args:
        open_connection: The shell's way to connect.
    """

    def __init__(self, open_connection: Opener) -> None:
        self._open_connection = open_connection
        self._is_open = True
        self._reset()

    def _reset(self) -> None:
        self._idle: dict[Origin, deque[tuple[float, Connection]]] = {}
        self._lock = threading.Lock()

    async def send(self, request: Outgoing) -> EngineReply:
        """Send a request and return as soon as the headers are there; raises TransportError."""
        target = target_of(request.url)
        connection = self._idle_connection(target.origin)
        if connection is None:
            opening = self._open_connection(target.origin, request.connect_timeout)
            connection = await _guarded(opening, target, connect_timed_out)
        reply = EngineReply(self, target, connection, request)
        try:
            await reply.start()
        except BaseException as error:
            connection.close()
            # The frames below hold the key in clear text; some tools show variables.
            error.__traceback__ = None
            raise
        return reply

    def give_back(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection for the next request."""
        with self._lock:
            idle = self._idle.setdefault(origin, deque())
            idle.append((monotonic(), connection))
            while idle and (not self._is_open or idle[0][0] < monotonic() - KEEPALIVE_SECONDS):
                idle.popleft()[1].close()

    def close(self) -> None:
        """Close the idle connections now, and those in use when their replies are closed."""
        with self._lock:
            self._is_open = False
            for idle in self._idle.values():
                while idle:
                    idle.pop()[1].close()

    async def aclose(self) -> None:
        """Do as `close` does."""
        self.close()

    def abandon(self) -> None:
        """Leave all connections to the parent process."""
        abandon(self._idle)
        self._reset()

    def _idle_connection(self, origin: Origin) -> Connection | None:
        with self._lock:
            idle = self._idle.get(origin)
            while idle:
                since, connection = idle.pop()
                if since > monotonic() - KEEPALIVE_SECONDS and not connection.is_stale():
                    return connection
                connection.close()
            return None


class EngineReply:
    """A response being read."""

    def __init__(
        self, engine: Engine, target: Target, connection: Connection, request: Outgoing
    ) -> None:
        self._engine = engine
        self._target = target
        self._connection = connection
        self._request = request
        self._parser = ResponseParser()
        self._is_closed = False

    @property
    def status(self) -> int:
        """HTTP status."""
        return self._parser.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers, with lower-case names."""
        return self._parser.headers

    async def start(self) -> None:
        """Send the request and read the head of its response."""
        await _guarded(self._write(), self._target, fell_silent)
        patience = self._request.read_timeout()
        ends_at = inf if patience is None else monotonic() + patience
        while not self._parser.has_head:
            self._check()
            left = None if patience is None else max(ends_at - monotonic(), SHORTEST_TIMEOUT)
            await self._receive(left)

    async def read(self) -> bytes | None:
        """Return what has arrived of the body, maybe nothing; None at its end."""
        parser = self._parser
        piece = parser.take()
        if not (piece or parser.is_complete or parser.failure):
            await self._receive(self._request.read_timeout())
            piece = parser.take()
        if piece:
            return piece
        self._check()
        return None if parser.is_complete else b""

    async def close(self) -> None:
        """Keep the connection if it can serve another request, else close it."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._parser.can_stay_open:
            self._engine.give_back(self._target.origin, self._connection)
        else:
            self._connection.close()

    async def _write(self) -> None:
        request, target = self._request, self._target
        headers = {
            "host": target.authority,
            **request.headers,
            "authorization": f"Bearer {request.key.get_secret_value()}",
        }
        content = request.content
        method, length = ("GET", None) if content is None else ("POST", len(content))
        head = request_head(method, target.path, headers, length)
        try:
            await self._connection.write(head + (content or b""), request.read_timeout())
        except TimeoutError:
            raise
        except OSError:
            # A server that refuses a long request may close before it has read all of it;
            # its answer tells why.
            pass

    async def _receive(self, seconds: float | None) -> None:
        if data := await _guarded(self._connection.read(seconds), self._target, fell_silent):
            self._parser.feed(data)
        else:
            self._parser.end()

    def _check(self) -> None:
        if self._parser.failure:
            raise connection_failed(self._target.host, self._parser.failure)


@lru_cache(maxsize=64)
def target_of(url: str) -> Target:
    """Return where a request for `url` goes; raises ConfigurationError for no URL."""
    try:
        parsed = httpx.URL(url)
        parsed.raw_host.decode().encode("idna")  # As the resolver will, which raises no OSError.
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ConfigurationError(f"The URL is wrong: {error}.", param="base_url") from None
    is_secure = parsed.scheme == "https"
    origin = Origin(is_secure, parsed.raw_host.decode(), parsed.port or (443 if is_secure else 80))
    return Target(origin, parsed.raw_path.decode(), parsed.netloc.decode())


async def _guarded(
    step: Awaitable[T], target: Target, timed_out: Callable[[str], ModelHubError]
) -> T:
    """Wait for a step of the exchange; raise what its failure means to the caller."""
    # Raised outside of the handler, so that the failure has no context.
    try:
        return await step
    except TimeoutError:
        failure = timed_out(target.host)
    except OSError as error:
        failure = connection_failed(target.host, str(error) or type(error).__name__)
    raise failure
