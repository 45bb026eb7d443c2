"""Requests through an httpx client: a caller's own, or one that goes through a proxy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from functools import lru_cache
from typing import TypeVar
from urllib.request import getproxies

import httpx

from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import ConfigurationError, ModelHubError, ResponseError
from ionos_model_hub.transport.connection_errors import (
    connect_timed_out,
    connection_failed,
    fell_silent,
    proxy_refused,
)
from ionos_model_hub.transport.fork_safety import abandon
from ionos_model_hub.transport.http.tls import ssl_context
from ionos_model_hub.transport.interfaces import Outgoing

Client = TypeVar("Client", httpx.Client, httpx.AsyncClient)

# Requests are limited by `Lane`, never by the pool: a bounded httpx 0.28 pool loses its slots
# when requests are cancelled.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=30)

_PROXY_HINT = "A proxy is set, as `proxy` or in the environment: check that it can be reached."


def goes_through_proxy(proxy: str | None) -> bool:
    """Tell whether a proxy was named, by an argument or by the environment."""
    return bool(proxy or getproxies().keys() - {"no"})


class BearerAuth(httpx.Auth):
    """Adds the key in the last step, so that no other place ever holds it in clear text."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set the `Authorization` header."""
        request.headers["authorization"] = f"Bearer {self._key.get_secret_value()}"
        yield request


@lru_cache(maxsize=64)
def _url(url: str) -> httpx.URL:
    return httpx.URL(url)


def request_of(
    outgoing: Outgoing, given: httpx.Client | httpx.AsyncClient | None = None
) -> httpx.Request:
    """Return the httpx request, without its key.

    Args:
        outgoing: What is sent.
        given: A caller's own client, whose headers, cookies and query parameters count too.
    """
    method = "GET" if outgoing.content is None else "POST"
    timeout = outgoing.read_timeout()
    connect = outgoing.connect_timeout
    timeouts = {"connect": connect, "read": timeout, "write": timeout, "pool": None}
    build = httpx.Request if given is None else given.build_request
    return build(
        method,
        _url(outgoing.url),
        headers=outgoing.headers,
        content=outgoing.content,
        extensions={"timeout": timeouts},
    )


def headers_of(response: httpx.Response) -> dict[str, str]:
    """Return a response's headers; one that a hook has read is unpacked already."""
    headers = dict(response.headers)
    if response.is_stream_consumed:
        headers.pop("content-encoding", None)
    return headers


def failure_of(
    error: httpx.TransportError | httpx.DecodingError, host: str, *, proxied: bool = False
) -> ModelHubError:
    """Return our exception for one of httpx's.

    Args:
        error: What httpx raised. It holds the request with its key, so it is not chained.
        host: The server's name, for the message.
        proxied: Whether it may have been a proxy that was not reached.
    """
    told = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectTimeout):
        return _mention_proxy(connect_timed_out(host), proxied)
    if isinstance(error, httpx.TimeoutException):
        return fell_silent(host)
    if isinstance(error, httpx.DecodingError):
        return ResponseError(f"The answer of {host} cannot be decompressed: {told}.")
    if isinstance(error, httpx.ProxyError):
        return proxy_refused(host, told)
    failed = connection_failed(host, told)
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        failed.retryable = False
    return _mention_proxy(failed, proxied and isinstance(error, httpx.ConnectError))


def _mention_proxy(failed: ModelHubError, proxied: bool) -> ModelHubError:
    if proxied:
        failed.hint = failed.hint or _PROXY_HINT
    return failed


def _made(make: Callable[[], Client]) -> Client:
    """Return a new client; a proxy's URL that httpx cannot use is refused, and not shown."""
    try:
        return make()
    except (httpx.InvalidURL, ValueError):
        hint = "Its URL is written http://host:port; see also HTTPS_PROXY and ALL_PROXY."
    except ImportError:
        hint = "SOCKS takes one package more: pip install 'httpx[socks]'."
    raise ConfigurationError("The proxy cannot be used.", hint=hint, param="proxy")


class BlockingHttpx:
    """Sends with an httpx.Client.

    Args:
        given: The caller's own client; None makes one.
        proxy: URL of a proxy, for a client that is made.
    """

    def __init__(self, given: httpx.Client | None, proxy: str | None) -> None:
        self._given = given
        self._client = given or _made(
            lambda: httpx.Client(verify=ssl_context(), limits=LIMITS, proxy=proxy)
        )

    async def send(self, outgoing: Outgoing) -> BlockingHttpxReply:
        """Send a request and return as soon as the headers are there; raises TransportError."""
        request = request_of(outgoing, self._given)
        try:
            response = self._client.send(
                request, stream=True, auth=BearerAuth(outgoing.key), follow_redirects=False
            )
        except (httpx.TransportError, httpx.DecodingError) as error:
            failure = failure_of(error, request.url.host, proxied=self._given is None)
        else:
            return BlockingHttpxReply(response)
        raise failure

    def close(self) -> None:
        """Close the client, if it is not the caller's."""
        if self._given is None:
            self._client.close()

    def abandon(self) -> None:
        """Leave all connections to the parent process."""
        abandon(self._client)


class BlockingHttpxReply:
    """An httpx response being read."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.headers = headers_of(response)
        self._response = response
        was_read = response.is_stream_consumed
        self._pieces = response.iter_bytes() if was_read else response.iter_raw()

    async def read(self) -> bytes | None:
        """Return the next piece of the body, None at its end."""
        try:
            return next(self._pieces, None)
        except httpx.TransportError as error:
            failure = failure_of(error, self._response.url.host)
        raise failure

    async def close(self) -> None:
        """Let go of the connection."""
        self._response.close()


class LoopHttpx:
    """Sends with an httpx.AsyncClient.

    Args:
        given: The caller's own client; None makes one.
        proxy: URL of a proxy, for a client that is made.
    """

    def __init__(self, given: httpx.AsyncClient | None, proxy: str | None) -> None:
        self._given = given
        self._client = given or _made(
            lambda: httpx.AsyncClient(verify=ssl_context(), limits=LIMITS, proxy=proxy)
        )

    async def send(self, outgoing: Outgoing) -> LoopHttpxReply:
        """Send a request and return as soon as the headers are there; raises TransportError."""
        request = request_of(outgoing, self._given)
        try:
            response = await self._client.send(
                request, stream=True, auth=BearerAuth(outgoing.key), follow_redirects=False
            )
        except (httpx.TransportError, httpx.DecodingError) as error:
            failure = failure_of(error, request.url.host, proxied=self._given is None)
        else:
            return LoopHttpxReply(response, outgoing.read_timeout)
        raise failure

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()


class LoopHttpxReply:
    """An httpx response being read.

    httpx takes one timeout for all reads of a request, so each is bounded here. The head is not:
    a bounded pool of httpx loses its slots to requests that are cancelled before their answer.
    """

    def __init__(self, response: httpx.Response, read_timeout: Callable[[], float | None]) -> None:
        self.status = response.status_code
        self.headers = headers_of(response)
        self._response = response
        self._read_timeout = read_timeout
        was_read = response.is_stream_consumed
        self._pieces = response.aiter_bytes() if was_read else response.aiter_raw()

    async def read(self) -> bytes | None:
        """Return the next piece of the body, None at its end."""
        failure: ModelHubError
        try:
            async with asyncio.timeout(self._read_timeout()):
                return await anext(self._pieces, None)
        except httpx.TransportError as error:
            failure = failure_of(error, self._response.url.host)
        except TimeoutError:
            failure = fell_silent(self._response.url.host)
        raise failure

    async def close(self) -> None:
        """Let go of the connection."""
        await self._response.aclose()
