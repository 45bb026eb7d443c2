"""A connection pool for asynchronous calls that neither slows down nor loses slots.

httpcore's own pool looks at every connection and every waiting request at each step, so that a
call costs more the more are under way, and a cancelled request can hold its slot for ever. Here
idle connections lie on a stack and connections in use belong to nobody but their response:
taking and returning one costs the same at any load, and there are no slots to lose.
"""

from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from ssl import SSLContext
from time import monotonic

import httpcore
import httpx

from ionos_model_hub.sockets import AsyncioBackend

KEEPALIVE_SECONDS = 30.0

Origin = tuple[bytes, bytes, int | None]
Idle = tuple[float, httpcore.AsyncHTTPConnection]


class Pool(httpx.AsyncBaseTransport):
    """Sends requests over HTTP/1.1, for use as the transport of an httpx.AsyncClient.

    Args:
        ssl_context: For https.

    Raises:
        httpx.TransportError: As httpx's own transport does.

    Example:
        >>> client = httpx.AsyncClient(transport=Pool(httpx.create_ssl_context()))
    """

    def __init__(self, ssl_context: SSLContext) -> None:
        self._ssl_context = ssl_context
        self._idle: dict[Origin, deque[Idle]] = {}
        self._is_open = True

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on the connection that was used last, or on a new one."""
        url = request.url
        origin = (url.raw_scheme, url.raw_host, url.port)
        outgoing = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _errors_of_httpx():
            while True:
                connection = await self._idle_connection(origin) or self._new(outgoing.url)
                try:
                    answer = await connection.handle_async_request(outgoing)
                except httpcore.ConnectionNotAvailable:
                    continue
                except BaseException:
                    await connection.aclose()
                    raise
                return httpx.Response(
                    answer.status,
                    headers=answer.headers,
                    stream=_Body(self, origin, connection, answer),
                    extensions=answer.extensions,
                )

    async def aclose(self) -> None:
        """Close the idle connections now, and those in use when their responses are closed."""
        self._is_open = False
        for stack in self._idle.values():
            while stack:
                await stack.pop()[1].aclose()

    async def take_back(self, origin: Origin, connection: httpcore.AsyncHTTPConnection) -> None:
        """Keep a connection for the next request, if it can serve one."""
        if not (self._is_open and connection.is_idle()):
            await connection.aclose()
            return
        stack = self._idle.setdefault(origin, deque())
        stack.append((monotonic(), connection))
        while stack[0][0] < monotonic() - KEEPALIVE_SECONDS:
            await stack.popleft()[1].aclose()

    async def _idle_connection(self, origin: Origin) -> httpcore.AsyncHTTPConnection | None:
        stack = self._idle.get(origin)
        while stack:
            _, connection = stack.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    def _new(self, url: httpcore.URL) -> httpcore.AsyncHTTPConnection:
        return httpcore.AsyncHTTPConnection(
            url.origin,
            ssl_context=self._ssl_context,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=AsyncioBackend(),
        )


class _Body(httpx.AsyncByteStream):
    """A response's body; closing it gives the connection back."""

    def __init__(
        self,
        pool: Pool,
        origin: Origin,
        connection: httpcore.AsyncHTTPConnection,
        answer: httpcore.Response,
    ) -> None:
        self._pool = pool
        self._origin = origin
        self._connection: httpcore.AsyncHTTPConnection | None = connection
        self._answer = answer
        self._was_read = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx():
            async for piece in self._answer.aiter_stream():
                yield piece
        self._was_read = True

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if self._was_read:
                await self._answer.aclose()
                await self._pool.take_back(self._origin, connection)
                connection = None
        finally:
            # Nothing here waits: neither a cancellation nor the end of the loop can interfere.
            if connection is not None:
                await connection.aclose()


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    """Raise httpx's exception of the same name for one of httpcore's."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error)) from error
