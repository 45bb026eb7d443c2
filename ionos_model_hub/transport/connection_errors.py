"""Errors of failed connections, whether our own HTTP client or httpx made them."""

import re

from ionos_model_hub.errors import (
    ConfigurationError,
    ConnectionFailedError,
    ModelHubError,
    RequestTimeoutError,
    ResponseError,
)
from ionos_model_hub.transport.http import decompression
from ionos_model_hub.transport.http.errors import (
    ConnectTimeoutError,
    DecompressionError,
    HttpError,
    InvalidUrlError,
    ProxyError,
    ResponseTimeoutError,
    TlsConfigurationError,
)
from ionos_model_hub.transport.http.messages import IncomingResponse

_CLIENT_CERTIFICATE_HINT = (
    "Load it into an ssl.SSLContext with load_cert_chain, and pass an httpx client with this "
    "context (verify=context) as the HTTP client."
)
_PERMANENT = re.compile(
    "CERTIFICATE_VERIFY_FAILED|ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|HANDSHAKE_FAILURE)"
)
"""In failures to connect that do not go away when they are retried."""

_HINTS = (
    (
        re.compile("expired|not yet valid"),
        "Check the clock of this machine. If it is correct, the server's certificate is invalid.",
    ),
    (
        re.compile("WRONG_VERSION|record layer"),
        "The server did not respond with TLS. Check the scheme and port in base_url.",
    ),
    (
        re.compile("mismatch|not valid for"),
        "Check base_url. The certificate belongs to another server.",
    ),
    (
        re.compile("ALERT_CERTIFICATE_REQUIRED|ALERT_BAD_CERTIFICATE"),
        f"The server requires a client certificate. {_CLIENT_CERTIFICATE_HINT}",
    ),
    (
        re.compile("ALERT_HANDSHAKE_FAILURE"),
        f"The server may require a client certificate. {_CLIENT_CERTIFICATE_HINT}",
    ),
    (
        re.compile("Key Identifier|Basic Constraints|key usage"),
        "The certificate violates RFC 5280, which Python 3.13 and later reject. Pass an httpx "
        "client whose ssl.SSLContext does not set ssl.VERIFY_X509_STRICT, or have the certificate "
        "corrected.",
    ),
    (
        re.compile("CERTIFICATE_VERIFY_FAILED"),
        "Set SSL_CERT_FILE to your company's certificates if a proxy inspects TLS.",
    ),
)

_REFUSED_HINT = "Check that the server is running, and the host and port in base_url."
_UNKNOWN_HOST_HINT = "Check the spelling of the host in base_url, then the network and its DNS."
_SERVER_HINTS = (
    ("refused", _REFUSED_HINT),
    ("getaddrinfo failed", _UNKNOWN_HOST_HINT),  # Windows
    ("nodename nor servname", _UNKNOWN_HOST_HINT),  # macOS
    ("name resolution", _UNKNOWN_HOST_HINT),
    ("Name or service not known", _UNKNOWN_HOST_HINT),
    ("No address associated with hostname", _UNKNOWN_HOST_HINT),
)
_TRUST_HINT = "Set the variable to your company's certificates, or unset it."
_PROXY_HINT = (
    "Check that the proxy set as `proxy` or in the environment can be reached. To reach a local "
    "server without it, add the host to NO_PROXY."
)


def convert_error(error: HttpError) -> ModelHubError:
    """Return the public error for one of our HTTP client."""
    if isinstance(error, InvalidUrlError):
        return ConfigurationError(f"The URL is not valid: {error.reason}.", param="base_url")
    if isinstance(error, TlsConfigurationError):
        return ConfigurationError(f"{error.reason}.", hint=_TRUST_HINT)
    if isinstance(error, ProxyError):
        return proxy_failed(error.host, error.reason)
    if isinstance(error, ConnectTimeoutError):
        return with_connection_hint(connect_timed_out(error.host), error.uses_proxy)
    if isinstance(error, ResponseTimeoutError):
        return response_timed_out(error.host)
    if isinstance(error, DecompressionError):
        return ResponseError(f"{error.reason[0].upper()}{error.reason[1:]}.")
    return with_connection_hint(connection_failed(error.host, error.reason), error.uses_proxy)


def with_connection_hint(error: ModelHubError, uses_proxy: bool) -> ModelHubError:
    """Return the error of a connection; unless it has a hint, add one for what was not reached."""
    if error.hint is None and uses_proxy:
        error.hint = _PROXY_HINT
    elif error.hint is None:
        error.hint = next((text for pattern, text in _SERVER_HINTS if pattern in str(error)), None)
    return error


def decompressed(response: IncomingResponse) -> IncomingResponse:
    """Return a response whose body is decompressed while it is read.

    Its `read` raises ResponseError if the body is corrupt, expands too much, or has an unsupported
    content coding.
    """
    return decompression.decompressed(response, convert_error)


def connect_timed_out(host: str) -> RequestTimeoutError:
    """Return the error for a server that cannot be reached in time."""
    return RequestTimeoutError(
        f"No connection to {host} within `connect_timeout`.", hint="Check the network."
    )


def response_timed_out(host: str) -> RequestTimeoutError:
    """Return the error for a server that does not send the head, body or next event in time."""
    return RequestTimeoutError(
        f"{host} sent no usable data within `timeout`.", hint="Increase `timeout`."
    )


def connection_failed(host: str, reason: str) -> ConnectionFailedError:
    """Return the error for a failed connection; errors about certificates are not retryable."""
    error = ConnectionFailedError(f"The connection to {host} failed: {reason}.")
    error.hint = next((hint for pattern, hint in _HINTS if pattern.search(reason)), None)
    if _PERMANENT.search(reason):
        error.retryable = False
    return error


def proxy_failed(host: str, reason: str) -> ConnectionFailedError:
    """Return the error for a proxy that does not connect; a 4xx status is not retryable."""
    error = ConnectionFailedError(f"The proxy did not connect to {host}: {reason}.")
    error.retryable = not reason.startswith("4")
    if reason.startswith("407"):
        error.hint = "Add user and password to the proxy URL: http://user:password@host:port."
    return error
