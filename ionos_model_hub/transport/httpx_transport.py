"""Clients, requests and errors of httpx, for synchronous and asynchronous calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from functools import lru_cache
from http.cookiejar import CookieJar
from typing import TypeVar

import httpx

from ionos_model_hub.errors import ConfigurationError, ModelHubError, ResponseError
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
from ionos_model_hub.transport.http.tls import ssl_context
from ionos_model_hub.transport.httpx_adapter import OUTGOING, AsyncTransport, SyncTransport
from ionos_model_hub.transport.proxy_selection import unusable_proxy

Client = TypeVar("Client", httpx.Client, httpx.AsyncClient)

_UNUSABLE = re.compile(
    "client has been closed|[Ee]vent loop is closed|different (event )?loop|handler is closed"
)
"""In the RuntimeErrors of httpx, anyio, asyncio and uvloop."""

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


def create_client(
    kind: type[Client], proxy: str | None, transport: SyncTransport | AsyncTransport | None
) -> Client:
    """Return a new client.

    Args:
        kind: Its class.
        proxy: URL of a proxy.
        transport: Its transport, which takes precedence over `proxy`.

    Raises:
        ConfigurationError: The proxy or the certificates cannot be used. The error does not contain
            the URL of the proxy.
    """
    failure: ModelHubError = unusable_proxy()
    try:
        return kind(
            verify=ssl_context(),
            limits=LIMITS,
            proxy=None if transport else proxy,
            transport=transport,  # type: ignore[arg-type]  # of the kind that the client needs
            cookies=_NoCookies(),
            trust_env=False,
        )
    except HttpError as error:
        failure = convert_error(error)
    except (httpx.InvalidURL, ValueError):
        pass
    except ImportError:
        failure.hint = "Install SOCKS support: pip install 'httpx[socks]'."
    raise failure


def check_user_client(client: object, kind: type) -> None:
    """Raise ConfigurationError if a client passed in by the user is not None or of this class."""
    if client is not None and not isinstance(client, kind):
        given = f"{type(client).__module__}.{type(client).__qualname__}"
        raise ConfigurationError(
            f"http_client must be an httpx.{kind.__name__}, got {given}.", param="http_client"
        )


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


def rejected_response(error: httpx.HTTPStatusError, outgoing: OutgoingRequest) -> httpx.Response:
    """Return the response for which an event hook has called `raise_for_status`.

    Raises:
        httpx.HTTPStatusError: The response is that of another request, which the hook has sent.
    """
    if error.request.extensions.get(OUTGOING) is not outgoing:
        raise error
    return error.response


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


def unusable_client(error: RuntimeError) -> ConfigurationError:
    """Return the error for a client that is closed or belongs to another event loop.

    Raises:
        RuntimeError: The error has another reason.
    """
    if not _UNUSABLE.search(str(error)):
        raise error
    return ConfigurationError(
        f"The httpx client cannot be used: {str(error).rstrip('.')}.",
        hint="Pass a client that is open. An httpx.AsyncClient works on one event loop only; omit "
        "it to use several.",
        param="http_client",
    )
