"""Requests over connections of our own: the way to the hub if no httpx client stands in between.

httpx costs more than all else in a call, and its pool slows down with every call in flight and
loses slots to cancelled ones. Here idle connections lie on a stack, and those in use belong to
nobody but their reply: taking and returning one costs the same at any load, and there is no
slot to lose. Both shells share this file; they differ by the connections they open.

A server may close an idle connection at the very moment at which it is used again. A request
that met this is sent once more, at once and on a new connection, under four conditions: the
connection had served before; it ended, by FIN or RST, and nobody lost patience; no byte of an
answer had come; and the request had gone out less than `SECONDS_OF_DOUBT` before, since what is
behind a later end is a server that broke off its work. Browsers do the same with any request,
Go only where none is billed. Nothing proves that the server did not work on it: then it is
billed twice, as with any retry after a broken connection. So `max_retries=0` forbids it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from math import inf
from time import monotonic
from typing import NamedTuple, TypeVar

import httpx

from ionos_model_hub.errors import ConfigurationError, ConnectionFailedError, ModelHubError
from ionos_model_hub.policy.deadline import SHORTEST_TIMEOUT
from ionos_model_hub.transport.connection_errors import (
    connect_timed_out,
    connection_failed,
    fell_silent,
)
from ionos_model_hub.transport.fork_safety import abandon
from ionos_model_hub.transport.http.parser import ResponseParser, request_head, seconds_kept_open
from ionos_model_hub.transport.http.pool import Connection, IdleConnections, Opener, Origin
from ionos_model_hub.transport.interfaces import Outgoing

T = TypeVar("T")

logger = logging.getLogger("ionos_model_hub")

SECONDS_OF_DOUBT = 1.0
"""An idle connection that the server has closed shows it within one round trip."""


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


class Engine:
    """Sends requests, and keeps their connections for the next ones. Safe to use from threads.

    Args:
        open_connection: The shell's way to connect.
    """

    def __init__(self, open_connection: Opener) -> None:
        self._open_connection = open_connection
        self.idle = IdleConnections()

    async def send(self, request: Outgoing) -> EngineReply:
        """Send a request and return as soon as the headers are there; raises TransportError."""
        target = target_of(request.url)
        if connection := self.idle.take(target.origin):
            reply = EngineReply(self.idle, target, connection, request)
            try:
                await reply.start()
            except ConnectionFailedError:
                if not (request.is_repeatable and reply.came_too_late):
                    raise
                logger.debug("%s closed an idle connection: sending again", target.host)
            else:
                return reply
        opening = self._open_connection(target.origin, request.connect_timeout)
        connection = await _guarded(opening, target, connect_timed_out)
        reply = EngineReply(self.idle, target, connection, request)
        await reply.start()
        return reply

    def close(self) -> None:
        """Close the idle connections now, and those in use when their replies are closed."""
        self.idle.close()

    async def aclose(self) -> None:
        """Do as `close` does."""
        self.close()

    def abandon(self) -> None:
        """Leave all connections to the parent process."""
        abandon(self.idle)
        self.idle = IdleConnections()


class EngineReply:
    """A response being read."""

    def __init__(
        self, idle: IdleConnections, target: Target, connection: Connection, request: Outgoing
    ) -> None:
        self._idle = idle
        self._target = target
        self._connection = connection
        self._request = request
        self._parser = ResponseParser()
        self._began_at = monotonic()
        self._is_closed = False

    @property
    def status(self) -> int:
        """HTTP status."""
        return self._parser.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers, with lower-case names."""
        return self._parser.headers

    @property
    def came_too_late(self) -> bool:
        """Whether a failed request met a connection that the server had closed; see above."""
        return not self._parser.has_begun and monotonic() < self._began_at + SECONDS_OF_DOUBT

    async def start(self) -> None:
        """Send the request and read the head of its response; a failure closes the connection."""
        try:
            await _guarded(self._write(), self._target, fell_silent)
            patience = self._request.read_timeout()
            ends_at = inf if patience is None else monotonic() + patience
            while not self._parser.has_head:
                self._check()
                left = None if patience is None else max(ends_at - monotonic(), SHORTEST_TIMEOUT)
                await self._receive(left)
        except BaseException as error:
            self._connection.close()
            # The frames below hold the key in clear text; some tools show variables.
            error.__traceback__ = None
            raise

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
            seconds = seconds_kept_open(self._parser.headers)
            self._idle.put(self._target.origin, self._connection, seconds)
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
