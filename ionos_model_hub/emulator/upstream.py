"""Requests to other servers: the engines of a gateway, and servers that are recorded."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Mapping
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ionos_model_hub.emulator.connection import ConnectionClosedError, until_disconnect

T = TypeVar("T")

_TIMEOUT = httpx.Timeout(600, connect=5)  # a model on a CPU may need minutes for a long prompt
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class UpstreamError(Exception):
    """The server cannot be reached, or closed the connection."""


class UpstreamResponse:
    """A response whose body arrives in chunks. Close it, which cancels the request.

    Args:
        response: The response, opened as a stream.
        client: The client that sent the request; closed with the response.

    Attributes:
        status: HTTP status.
        headers: Headers with lower-case names.
    """

    def __init__(self, response: httpx.Response, client: httpx.AsyncClient) -> None:
        self.status = response.status_code
        self.headers: dict[str, str] = dict(response.headers)
        self._response = response
        self._client = client

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the decompressed body as it arrives; close the response at the end.

        Raises:
            UpstreamError: The connection failed.
        """
        try:
            async for chunk in self._response.aiter_bytes():
                yield chunk
        except httpx.HTTPError as error:
            raise UpstreamError(_reason(error)) from None
        finally:
            await self.aclose()

    async def read(self) -> bytes:
        """Return the complete body, and close the response; raises UpstreamError."""
        return b"".join([chunk async for chunk in self.chunks()])

    async def aclose(self) -> None:
        """Close the connection."""
        try:
            await self._response.aclose()
        finally:
            await self._client.aclose()


class UpstreamStream(StreamingResponse):
    """Events that are passed on from another server.

    Args:
        events: The events.
        upstream: The response that they come from; closed when the client disconnects.
        headers: Headers of the response.
    """

    def __init__(
        self, events: AsyncIterator[bytes], upstream: UpstreamResponse, headers: Mapping[str, str]
    ) -> None:
        media_type = "text/event-stream"
        super().__init__(events, upstream.status, headers, media_type)
        self._upstream = upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; end the request to the other server if the client disconnects."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._upstream.aclose()


async def open_upstream(
    method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
) -> UpstreamResponse:
    """Send a request; return when the head of the response has arrived.

    Raises:
        UpstreamError: The server cannot be reached.
    """
    is_local = urlsplit(url).hostname in _LOOPBACK
    client = httpx.AsyncClient(verify=_tls(), timeout=_TIMEOUT, trust_env=not is_local)
    try:
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        request = client.build_request(method, url, headers=raw, content=content)
        return UpstreamResponse(await client.send(request, stream=True), client)
    except BaseException as error:
        await client.aclose()
        if isinstance(error, httpx.HTTPError | httpx.InvalidURL):
            raise UpstreamError(_reason(error)) from None
        raise


def checked_url(url: str, name: str) -> str:
    """Return a base URL without a slash at the end.

    Args:
        url: The URL.
        name: Part of the server, for the error.

    Raises:
        ValueError: It is not an http or https URL. The error shows no password.
    """
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises ValueError if it is not a port number
    except ValueError:
        is_valid = False
    if not is_valid:
        shown = url.rpartition("@")[2]
        raise ValueError(f"The URL of the {name} must be an http or https URL, got {shown!r}")
    return url.rstrip("/")


async def unless_disconnected(receive: Receive, awaitable: Awaitable[T]) -> T:
    """Return the result of an awaitable, which is cancelled if the client disconnects.

    Args:
        receive: Receives the messages of the request, whose body was read.
        awaitable: Cancelled when the client disconnects.

    Raises:
        ConnectionClosedError: The client has disconnected.
    """
    task = asyncio.ensure_future(awaitable)
    watcher = asyncio.ensure_future(until_disconnect(receive))
    try:
        await asyncio.wait((task, watcher), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ConnectionClosedError("The client has disconnected")
    finally:
        task.cancel()
        watcher.cancel()
        await asyncio.gather(task, watcher, return_exceptions=True)


@cache
def _tls() -> ssl.SSLContext:
    """Return the settings of all connections; creating them takes 20 ms."""
    return httpx.create_ssl_context()


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
