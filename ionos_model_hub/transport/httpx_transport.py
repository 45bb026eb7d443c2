"""Requests through an httpx client: one passed in by the user, or one that uses a proxy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from functools import lru_cache
from http.cookiejar import CookieJar
from time import monotonic
from typing import TypeVar

import httpx

from ionos_model_hub.errors import ModelHubError, ResponseError
from ionos_model_hub.transport.connection_errors import (
    connect_timed_out,
    connection_failed,
    convert_error,
    proxy_failed,
    response_timed_out,
    with_connection_hint,
)
from ionos_model_hub.transport.http.errors import HttpError
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.transport.http.sockets import MIN_TIMEOUT
from ionos_model_hub.transport.http.tls import ssl_context
from ionos_model_hub.transport.httpx_adapter import OUTGOING, AsyncTransport, SyncTransport
from ionos_model_hub.transport.proxy_selection import unusable_proxy

LATE_SECONDS = 0.1
"""Seconds that synchronous reads may wait in total after a limit has passed."""

Client = TypeVar("Client", httpx.Client, httpx.AsyncClient)

# The pool does not limit connections: the rate limiter limits requests, and a bounded httpx 0.28
# pool leaks slots when requests are cancelled.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=30)


class _NoCookies(CookieJar):
    """Stores no cookies, like our own HTTP client."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Do nothing."""


class AuthorizationHeader(httpx.Auth):
    """Adds the API key when the request is sent, so that no other object has it in clear text.

    Args:
        authorization: Returns the value of the header.
    """

    def __init__(self, authorization: Callable[[], str]) -> None:
        self._authorization = authorization

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set the `Authorization` header."""
        request.headers["authorization"] = self._authorization()
        yield request


@lru_cache(maxsize=64)
def _parse_url(url: str) -> httpx.URL:
    return httpx.URL(url)


def httpx_request(
    request: OutgoingRequest, user_client: httpx.Client | httpx.AsyncClient | None = None
) -> httpx.Request:
    """Return a request for httpx, without the API key.

    Args:
        request: The request to send.
        user_client: A client passed in by the user, whose headers, cookies and query parameters
            are added.
    """
    method = "GET" if request.content is None else "POST"
    timeout = request.head_timeout()
    timeouts = {"read": timeout, "write": timeout, "connect": request.connect_timeout, "pool": None}
    build = httpx.Request if user_client is None else user_client.build_request
    return build(
        method,
        _parse_url(request.url),
        headers=request.headers,
        content=request.content,
        extensions={"timeout": timeouts, OUTGOING: request},
    )


def response_headers(response: httpx.Response) -> dict[str, str]:
    """Return the headers, without the content coding of a body that httpx has decompressed."""
    headers = dict(response.headers)
    if response.is_stream_consumed:  # An event hook has read the body.
        headers.pop("content-encoding", None)
    return headers


def convert_httpx_error(
    error: httpx.TransportError | httpx.DecodingError, host: str, *, may_be_proxy: bool = False
) -> ModelHubError:
    """Return the public error for one of httpx.

    Args:
        error: The error. It holds the request with the API key, so it must not be chained.
        host: The server's host name, for the message.
        may_be_proxy: Whether a failed connection may have been one to a proxy.
    """
    reason = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectTimeout):
        return with_connection_hint(connect_timed_out(host), may_be_proxy)
    if isinstance(error, httpx.TimeoutException):
        return response_timed_out(host)
    if isinstance(error, httpx.DecodingError):
        return ResponseError(f"The response of {host} cannot be decompressed: {reason}.")
    if isinstance(error, httpx.ProxyError):
        return proxy_failed(host, reason)
    converted = connection_failed(host, reason)
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        converted.retryable = False
    return with_connection_hint(converted, may_be_proxy and isinstance(error, httpx.ConnectError))


def _create(create: Callable[[], Client]) -> Client:
    """Return a new client; raises ConfigurationError, without the URL of an unusable proxy."""
    failure: ModelHubError = unusable_proxy()
    try:
        return create()
    except HttpError as error:
        failure = convert_error(error)
    except (httpx.InvalidURL, ValueError):
        pass
    except ImportError:
        failure.hint = "Install SOCKS support: pip install 'httpx[socks]'."
    raise failure


class SyncHttpx:
    """Sends requests with an httpx.Client.

    Args:
        user_client: The client passed in by the user, or None to create one.
        proxy: URL of a proxy, for a created client.
        transport: The transport of a created client, which takes precedence over `proxy`.
    """

    def __init__(
        self,
        user_client: httpx.Client | None,
        proxy: str | None,
        transport: SyncTransport | None = None,
    ) -> None:
        self._user_client = user_client
        self._client = user_client or _create(
            lambda: httpx.Client(
                verify=ssl_context(),
                limits=LIMITS,
                proxy=None if transport else proxy,
                transport=transport,
                cookies=_NoCookies(),
                trust_env=False,
            )
        )

    async def send(self, outgoing: OutgoingRequest) -> SyncHttpxResponse:
        """Send a request; return when the headers have arrived. Raises TransportError."""
        request = httpx_request(outgoing, self._user_client)
        auth = AuthorizationHeader(outgoing.authorization)
        try:
            response = self._client.send(request, stream=True, auth=auth, follow_redirects=False)
        except (httpx.TransportError, httpx.DecodingError) as error:
            may_be_proxy = self._user_client is None
            converted = convert_httpx_error(error, request.url.host, may_be_proxy=may_be_proxy)
        else:
            return SyncHttpxResponse(response, outgoing.read_timeout)
        raise converted

    def close(self) -> None:
        """Close the client, unless the user passed it in."""
        if self._user_client is None:
            self._client.close()


class SyncHttpxResponse:
    """A response of httpx whose body is being read.

    httpx has one timeout for all reads of a request, so a single read may exceed a limit. After a
    limit, reads may wait for at most `LATE_SECONDS`. Data that has arrived takes no wait.
    """

    def __init__(self, response: httpx.Response, read_timeout: Callable[[], float | None]) -> None:
        self.status = response.status_code
        self.headers = response_headers(response)
        self._response = response
        self._read_timeout = read_timeout
        self._late_seconds = 0.0
        is_read = response.is_stream_consumed
        self._parts = response.iter_bytes() if is_read else response.iter_raw()

    async def read(self) -> bytes | None:
        """Return the next part of the body, or None at its end."""
        converted: ModelHubError
        started_at = monotonic() if self._read_timeout() == 0 else None
        try:
            part = next(self._parts, None)
        except httpx.TransportError as error:
            converted = convert_httpx_error(error, self._response.url.host)
        else:
            if started_at is not None:
                self._late_seconds += monotonic() - started_at
            if part is None or self._late_seconds <= LATE_SECONDS:
                return part
            converted = response_timed_out(self._response.url.host)
        raise converted

    async def close(self) -> None:
        """Release the connection."""
        self._response.close()


def _start_limit_when_sending(
    limit: asyncio.Timeout, outgoing: OutgoingRequest
) -> Callable[[str, object], Awaitable[None]]:
    """Return a trace function of httpcore that limits the time until the response head.

    httpx has no such limit. Connecting and waiting for a connection do not count, and they are not
    cancelled, because a bounded httpx pool loses the slot of a request that is cancelled then.
    """

    async def trace(event: str, _: object) -> None:
        seconds = outgoing.head_timeout()
        if event.endswith(".send_request_headers.started") and seconds is not None:
            limit.reschedule(asyncio.get_running_loop().time() + seconds)

    return trace


class AsyncHttpx:
    """Sends requests with an httpx.AsyncClient.

    Args:
        user_client: The client passed in by the user, or None to create one.
        proxy: URL of a proxy, for a created client.
        transport: The transport of a created client, which takes precedence over `proxy`.
    """

    def __init__(
        self,
        user_client: httpx.AsyncClient | None,
        proxy: str | None,
        transport: AsyncTransport | None = None,
    ) -> None:
        self._user_client = user_client
        self._limits_reads = transport is None  # Ours limits them itself.
        self._client = user_client or _create(
            lambda: httpx.AsyncClient(
                verify=ssl_context(),
                limits=LIMITS,
                proxy=None if transport else proxy,
                transport=transport,
                cookies=_NoCookies(),
                trust_env=False,
            )
        )

    async def send(self, outgoing: OutgoingRequest) -> AsyncHttpxResponse:
        """Send a request; return when the headers have arrived. Raises TransportError."""
        request = httpx_request(outgoing, self._user_client)
        auth = AuthorizationHeader(outgoing.authorization)
        converted: ModelHubError
        try:
            async with asyncio.timeout(None) as limit:
                request.extensions["trace"] = _start_limit_when_sending(limit, outgoing)
                response = await self._client.send(
                    request, stream=True, auth=auth, follow_redirects=False
                )
        except TimeoutError:
            converted = response_timed_out(request.url.host)
        except (httpx.TransportError, httpx.DecodingError) as error:
            may_be_proxy = self._user_client is None
            converted = convert_httpx_error(error, request.url.host, may_be_proxy=may_be_proxy)
        else:
            read_timeout = outgoing.read_timeout if self._limits_reads else _unlimited
            return AsyncHttpxResponse(response, read_timeout)
        raise converted

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()


def _unlimited() -> None:
    """Return no timeout."""


def _at_least_a_moment(seconds: float | None) -> float | None:
    """Return a timeout that allows for reading data that has already arrived."""
    return None if seconds is None else max(seconds, MIN_TIMEOUT)


class AsyncHttpxResponse:
    """A response of httpx whose body is being read.

    httpx has one timeout for all reads of a request, so each read is limited separately here.
    """

    def __init__(self, response: httpx.Response, read_timeout: Callable[[], float | None]) -> None:
        self.status = response.status_code
        self.headers = response_headers(response)
        self._response = response
        self._read_timeout = read_timeout
        is_read = response.is_stream_consumed
        self._parts = response.aiter_bytes() if is_read else response.aiter_raw()

    async def read(self) -> bytes | None:
        """Return the next part of the body, or None at its end."""
        converted: ModelHubError
        try:
            async with asyncio.timeout(_at_least_a_moment(self._read_timeout())):
                return await anext(self._parts, None)
        except httpx.TransportError as error:
            converted = convert_httpx_error(error, self._response.url.host)
        except TimeoutError:
            converted = response_timed_out(self._response.url.host)
        raise converted

    async def close(self) -> None:
        """Release the connection."""
        await self._response.aclose()
