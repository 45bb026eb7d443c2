"""Errors of the HTTP client. The caller of `HttpClient` may have them converted to its own."""

from collections.abc import Callable


class HttpError(OSError):
    """Base of all errors of the HTTP client.

    Attributes:
        reason: What went wrong, as a phrase without a period.
        host: The server's host name or address, "" if unknown.
        uses_proxy: Whether the connection is made through a proxy.
    """

    uses_proxy = False

    def __init__(self, reason: str, host: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.host = host


class InvalidUrlError(HttpError, ValueError):
    """The URL of a request cannot be parsed, or its host name cannot be encoded."""


class TlsConfigurationError(HttpError):
    """The certificates of the authorities to trust cannot be loaded."""


class ConnectError(HttpError, ConnectionError):
    """No connection could be made."""


class ProxyError(ConnectError):
    """The proxy does not connect to the server; `reason` may begin with an HTTP status."""


class ConnectTimeoutError(HttpError, TimeoutError):
    """No connection could be made within `connect_timeout`."""


class ConnectionLostError(HttpError, ConnectionError):
    """The connection ended before the response was complete, or the server violated HTTP."""


class ResponseTimeoutError(HttpError, TimeoutError):
    """The server did not read or send anything within the read timeout."""


class DecompressionError(HttpError):
    """The body has an unsupported content coding, is corrupt, or expands too much."""


ConvertError = Callable[[HttpError], Exception]
"""Returns the exception that is raised instead of an HttpError."""


def unchanged(error: HttpError) -> Exception:
    """Return the error itself."""
    return error


def reason_of(error: Exception) -> str:
    """Return the message of an error, or the name of its class if it has none."""
    return str(error) or type(error).__name__
