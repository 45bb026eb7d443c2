"""Requests through an httpx client: one passed in by the user, or one that uses a proxy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from functools import lru_cache
from typing import TypeVar
from urllib.request import getproxies

import httpx

from ionos_model_hub.errors import ConfigurationError, ModelHubError, ResponseError
from ionos_model_hub.transport.connection_errors import (
    connect_timed_out,
    connection_failed,
    proxy_failed,
    response_timed_out,
)
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.transport.http.tls import ssl_context

Client = TypeVar("Client", httpx.Client, httpx.AsyncClient)

# The pool does not limit connections: the rate limiter limits requests, and a bounded httpx 0.28
# pool leaks slots when requests are cancelled.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=30)

_PROXY_HINT = "Check that the proxy set as `proxy` or in the environment can be reached."


def uses_proxy(proxy: str | None) -> bool:
    """Return whether a proxy is set, by the argument or in the environment."""
    return bool(proxy or getproxies().keys() - {"no"})


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
    timeout = request.read_timeout()
    timeouts = {"read": timeout, "write": timeout, "connect": request.connect_timeout, "pool": None}
    build = httpx.Request if user_client is None else user_client.build_request
    return build(
        method,
        _parse_url(request.url),
        headers=request.headers,
        content=request.content,
        extensions={"timeout": timeouts},
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
        return _with_proxy_hint(connect_timed_out(host), may_be_proxy)
    if isinstance(error, httpx.TimeoutException):
        return response_timed_out(host)
    if isinstance(error, httpx.DecodingError):
        return ResponseError(f"The response of {host} cannot be decompressed: {reason}.")
    if isinstance(error, httpx.ProxyError):
        return proxy_failed(host, reason)
    converted = connection_failed(host, reason)
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        converted.retryable = False
    return _with_proxy_hint(converted, may_be_proxy and isinstance(error, httpx.ConnectError))


def _with_proxy_hint(error: ModelHubError, may_be_proxy: bool) -> ModelHubError:
    if may_be_proxy:
        error.hint = error.hint or _PROXY_HINT
    return error


def _create(create: Callable[[], Client]) -> Client:
    """Return a new client; raises ConfigurationError, without the URL, for an unusable proxy."""
    try:
        return create()
    except (httpx.InvalidURL, ValueError):
        hint = "Write its URL as http://host:port; check HTTPS_PROXY and ALL_PROXY as well."
    except ImportError:
        hint = "Install SOCKS support: pip install 'httpx[socks]'."
    raise ConfigurationError("The proxy cannot be used.", hint=hint, param="proxy")


class SyncHttpx:
    """Sends requests with an httpx.Client.

    Args:
        user_client: The client passed in by the user, or None to create one.
        proxy: URL of a proxy, for a created client.
    """

    def __init__(self, user_client: httpx.Client | None, proxy: str | None) -> None:
        self._user_client = user_client
        self._client = user_client or _create(
            lambda: httpx.Client(verify=ssl_context(), limits=LIMITS, proxy=proxy)
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
            return SyncHttpxResponse(response)
        raise converted

    def close(self) -> None:
        """Close the client, unless the user passed it in."""
        if self._user_client is None:
            self._client.close()


class SyncHttpxResponse:
    """A response of httpx whose body is being read."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.headers = response_headers(response)
        self._response = response
        is_read = response.is_stream_consumed
        self._parts = response.iter_bytes() if is_read else response.iter_raw()

    async def read(self) -> bytes | None:
        """Return the next part of the body, or None at its end."""
        try:
            return next(self._parts, None)
        except httpx.TransportError as error:
            converted = convert_httpx_error(error, self._response.url.host)
        raise converted

    async def close(self) -> None:
        """Release the connection."""
        self._response.close()


class AsyncHttpx:
    """Sends requests with an httpx.AsyncClient.

    Args:
        user_client: The client passed in by the user, or None to create one.
        proxy: URL of a proxy, for a created client.
    """

    def __init__(self, user_client: httpx.AsyncClient | None, proxy: str | None) -> None:
        self._user_client = user_client
        self._client = user_client or _create(
            lambda: httpx.AsyncClient(verify=ssl_context(), limits=LIMITS, proxy=proxy)
        )

    async def send(self, outgoing: OutgoingRequest) -> AsyncHttpxResponse:
        """Send a request; return when the headers have arrived. Raises TransportError."""
        request = httpx_request(outgoing, self._user_client)
        auth = AuthorizationHeader(outgoing.authorization)
        try:
            response = await self._client.send(
                request, stream=True, auth=auth, follow_redirects=False
            )
        except (httpx.TransportError, httpx.DecodingError) as error:
            may_be_proxy = self._user_client is None
            converted = convert_httpx_error(error, request.url.host, may_be_proxy=may_be_proxy)
        else:
            return AsyncHttpxResponse(response, outgoing.read_timeout)
        raise converted

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()


class AsyncHttpxResponse:
    """A response of httpx whose body is being read.

    httpx has one timeout for all reads of a request, so each read is limited separately here.
    The head is not, because a bounded httpx pool leaks the slots of requests that are cancelled
    before their response.
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
            async with asyncio.timeout(self._read_timeout()):
                return await anext(self._parts, None)
        except httpx.TransportError as error:
            converted = convert_httpx_error(error, self._response.url.host)
        except TimeoutError:
            converted = response_timed_out(self._response.url.host)
        raise converted

    async def close(self) -> None:
        """Release the connection."""
        await self._response.aclose()
