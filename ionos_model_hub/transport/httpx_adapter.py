"""Transports of httpx that send requests with our own HTTP client.

They keep its connections and its speed while httpx is instrumented. They derive from httpx's own
transports and replace only the connection pool, because instrumentation replaces methods of these
classes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import httpx

from ionos_model_hub.transport.http.client import HttpClient
from ionos_model_hub.transport.http.messages import IncomingResponse, OutgoingRequest

if TYPE_CHECKING:
    import httpcore

T = TypeVar("T")

OUTGOING = "ionos_model_hub.outgoing"
"""Name of the request extension that holds the OutgoingRequest."""

_ADDED_BY_HTTP_CLIENT = {
    b"host",
    b"authorization",
    b"connection",
    b"content-length",
    b"transfer-encoding",
}


class _PoolResponse(NamedTuple):
    """A response as httpx expects it from a connection pool."""

    status: int
    headers: list[tuple[bytes, bytes]]
    stream: SyncBody | AsyncBody
    extensions: Mapping[str, Any]


class SyncBody:
    """The body of a response, as httpx reads it."""

    def __init__(self, response: IncomingResponse, run: Callable[..., Any]) -> None:
        self._response = response
        self._run = run

    def __iter__(self) -> Iterator[bytes]:
        """Yield the parts of the body."""
        while (part := self._run(self._response.read())) is not None:
            yield part

    def close(self) -> None:
        """Release the connection."""
        self._run(self._response.close())


class AsyncBody:
    """The body of a response, as httpx reads it."""

    def __init__(self, response: IncomingResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the parts of the body."""
        while (part := await self._response.read()) is not None:
            yield part

    async def aclose(self) -> None:
        """Release the connection."""
        await self._response.close()


class SyncTransport(httpx.HTTPTransport):
    """Sends the requests of an httpx.Client.

    Args:
        http: Our own HTTP client, which is not closed here.
        run: Returns the result of a coroutine that never suspends.
    """

    def __init__(self, http: HttpClient, run: Callable[[Coroutine[Any, Any, T]], T]) -> None:
        # Without `super().__init__`, which would create httpx's own pool.
        self._pool = _SyncPool(http, run)  # type: ignore[assignment]


class AsyncTransport(httpx.AsyncHTTPTransport):
    """Sends the requests of an httpx.AsyncClient.

    Args:
        http: Our own HTTP client, which is not closed here.
    """

    def __init__(self, http: HttpClient) -> None:
        # Without `super().__init__`, which would create httpx's own pool.
        self._pool = _AsyncPool(http)  # type: ignore[assignment]


class _SyncPool:
    def __init__(self, http: HttpClient, run: Callable[..., Any]) -> None:
        self._http = http
        self._run = run

    def handle_request(self, request: httpcore.Request) -> _PoolResponse:
        response = self._run(self._http.send(_outgoing(request)))
        return _pool_response(response, SyncBody(response, self._run))

    def close(self) -> None:
        """Do nothing; the owner of the HTTP client closes it."""


class _AsyncPool:
    def __init__(self, http: HttpClient) -> None:
        self._http = http

    async def handle_async_request(self, request: httpcore.Request) -> _PoolResponse:
        response = await self._http.send(_outgoing(request))
        return _pool_response(response, AsyncBody(response))

    async def aclose(self) -> None:
        """Do nothing; the owner of the HTTP client closes it."""


def _outgoing(request: httpcore.Request) -> OutgoingRequest:
    """Return the request with the headers that instrumentation has added."""
    outgoing: OutgoingRequest = request.extensions[OUTGOING]
    names = [(name.lower(), value) for name, value in request.headers]
    headers = {
        name.decode("ascii"): value.decode("latin-1")
        for name, value in names
        if name not in _ADDED_BY_HTTP_CLIENT
    }
    return outgoing._replace(headers=headers)


def _pool_response(response: IncomingResponse, body: SyncBody | AsyncBody) -> _PoolResponse:
    headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in response.headers.items()
    ]
    return _PoolResponse(response.status, headers, body, {"http_version": b"HTTP/1.1"})
