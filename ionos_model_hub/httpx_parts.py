"""What both shells need of httpx; nothing here does any I/O."""

import ssl
from collections.abc import Generator
from functools import cache, lru_cache

import httpx

from ionos_model_hub.errors import (
    ConnectionFailedError,
    ModelHubError,
    RequestTimeoutError,
    ResponseError,
)
from ionos_model_hub.keys import Key
from ionos_model_hub.ports import Outgoing

# Requests are limited by `Lane`, never by the pool: a bounded httpx 0.28 pool loses its slots
# when requests are cancelled.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=30)


@cache
def ssl_context() -> ssl.SSLContext:
    """Return the one TLS context of the process; making one takes 25 ms."""
    return httpx.create_ssl_context()


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
    timeout = outgoing.read_timeout
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


def failure_of(error: httpx.TransportError | httpx.DecodingError, origin: str) -> ModelHubError:
    """Return our exception for one of httpx's.

    Args:
        error: What httpx raised. It holds the request with its key, so it is not chained.
        origin: The server's name, for the message.
    """
    told = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectTimeout):
        return RequestTimeoutError(
            f"No connection to {origin} within `connect_timeout`.", hint="Check the network."
        )
    if isinstance(error, httpx.TimeoutException):
        return RequestTimeoutError(
            f"{origin} sent nothing for longer than `timeout`.", hint="Raise `timeout`."
        )
    if isinstance(error, httpx.DecodingError):
        return ResponseError(f"The answer of {origin} cannot be decompressed: {told}.")
    failed = ConnectionFailedError(f"The connection to {origin} failed: {told}.")
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        failed.retryable = False
    if "CERTIFICATE_VERIFY_FAILED" in told:
        failed.retryable = False
        failed.hint = "Set SSL_CERT_FILE to your company's certificates if it inspects TLS."
    return failed
