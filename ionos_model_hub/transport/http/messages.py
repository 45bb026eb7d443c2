"""Requests as they are passed to an HTTP client, and responses as it returns them."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol


class OutgoingRequest(NamedTuple):
    """A request that is ready to be sent.

    Attributes:
        url: Absolute URL.
        authorization: Returns the value of the `Authorization` header. It is called while the
            request is written, so that the API key is stored nowhere in clear text.
        headers: All other headers, with lower-case names.
        content: The body, or None for a GET request.
        head_timeout: Returns the seconds from sending the request until the response head has
            arrived, or None for no limit.
        read_timeout: Returns the seconds that the next read of the body may take, or None for no
            limit. Zero means that only data that has already arrived is read.
        connect_timeout: Seconds for name resolution and connecting.
        allow_resend: Whether the request may be sent a second time if the server closed the idle
            connection that was used for it.
    """

    url: str
    authorization: Callable[[], str]
    headers: Mapping[str, str]
    content: bytes | None
    head_timeout: Callable[[], float | None]
    read_timeout: Callable[[], float | None]
    connect_timeout: float
    allow_resend: bool


class IncomingResponse(Protocol):
    """A response whose head has arrived and whose body is still to be read."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers, with lower-case names."""

    async def read(self) -> bytes | None:
        """Return the next part of the body, possibly b"", or None at its end."""

    async def close(self) -> None:
        """Release the connection. It is reused if the body was read to its end."""


def encode_request_head(
    method: str, path: str, headers: Mapping[str, str], content_length: int | None
) -> bytes:
    r"""Return a request up to its body.

    Args:
        method: `GET` or `POST`.
        path: Path and query, percent-encoded.
        headers: Validated headers.
        content_length: Bytes of the body, or None for no body.

    Example:
        >>> encode_request_head("GET", "/v1/models", {"host": "localhost"}, None)
        b'GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n'
    """
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if content_length is not None:
        lines.append(f"content-length: {content_length}")
    return "\r\n".join((*lines, "", "")).encode("ascii")
