"""HTTP/1.1 without I/O: the head of a request as bytes, and a response from bytes.

Responses are parsed by llhttp, the parser of Node.js, through httptools: a piece of a chunked
body costs a tenth of what it costs in pure Python, and a stream is made of thousands.
"""

import re
from collections.abc import Mapping
from math import inf

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MAX_HEAD_BYTES = 64 * 1024
"""Most bytes of status line and headers; Node.js and nginx stop at 16 and 32 KiB."""

_OK = 200

_TIMEOUT = re.compile(r"(?:^|[,;\s])timeout\s*=\s*(\d{1,9})\b", re.IGNORECASE | re.ASCII)


def request_head(method: str, target: str, headers: Mapping[str, str], length: int | None) -> bytes:
    r"""Return a request up to its body.

    Args:
        method: `GET` or `POST`.
        target: Path and query, percent-encoded.
        headers: Checked headers; the last of equal names counts.
        length: Bytes of the body, or None for no body.

    Example:
        >>> request_head("GET", "/v1/models", {"host": "localhost"}, None)
        b'GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n'
    """
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if length is not None:
        lines.append(f"content-length: {length}")
    return "\r\n".join((*lines, "", "")).encode("ascii")


def seconds_kept_open(headers: Mapping[str, str]) -> float:
    """Return how long the server keeps the connection if nothing is sent; infinite if untold.

    Args:
        headers: Response headers with lower-case names.

    Example:
        >>> seconds_kept_open({"keep-alive": "timeout=5, max=100"})
        5.0
    """
    if "keep-alive" not in headers:
        return inf
    told = _TIMEOUT.search(headers["keep-alive"])
    return float(told[1]) if told else inf


class ResponseParser:
    r"""Turns the bytes of a connection into one response, however they are cut.

    Attributes:
        status: HTTP status, 0 until the head is there.
        headers: Headers by their names in lower case; values of equal names are joined.
        has_head: Whether status and headers are there.
        is_complete: Whether the body has come to its end.
        can_stay_open: Whether the connection may serve another request after this response.
        failure: Why no more of the response can be read, or "".

    Example:
        >>> parser = ResponseParser()
        >>> parser.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        >>> parser.status, parser.headers, parser.take(), parser.is_complete
        (200, {'content-length': '2'}, b'hi', True)
    """

    __slots__ = (
        "_bytes_of_head",
        "_parser",
        "_pieces",
        "can_stay_open",
        "failure",
        "has_head",
        "headers",
        "is_complete",
        "status",
    )

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.has_head = self.is_complete = self.can_stay_open = False
        self.failure = ""
        self._pieces: list[bytes] = []
        self._bytes_of_head = 0
        self._parser = HttpResponseParser(self)

    @property
    def has_begun(self) -> bool:
        """Whether anything has arrived of it."""
        return self.has_head or self._bytes_of_head > 0

    def feed(self, data: bytes) -> None:
        """Take what has arrived."""
        if self.is_complete:
            self.can_stay_open = False
            return
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._fail("it switched to another protocol")
        except HttpParserError as error:
            self._fail(f"it does not follow HTTP ({error})")
        if not self.has_head:
            self._bytes_of_head += len(data)
            if self._bytes_of_head > MAX_HEAD_BYTES:
                self._fail(f"its headers are longer than {MAX_HEAD_BYTES} bytes")

    def end(self) -> None:
        """Note that the connection has ended."""
        if self.has_head and self._lasts_until_the_end():
            self.is_complete = True
        elif not self.is_complete:
            self._fail("the server closed the connection before its answer was complete")
        self.can_stay_open = False

    def take(self) -> bytes:
        """Return the part of the body that has arrived since the last time."""
        if len(self._pieces) == 1:
            return self._pieces.pop()
        piece = b"".join(self._pieces)
        self._pieces.clear()
        return piece

    def _lasts_until_the_end(self) -> bool:
        return not self.headers.keys() & {"content-length", "transfer-encoding"}

    def _fail(self, reason: str) -> None:
        """Give up, unless it is only what follows the response that makes no sense."""
        self.can_stay_open = False
        if not self.is_complete:
            self.failure = self.failure or reason

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Distrust a connection that sends more than was asked for."""
        if self.is_complete:
            self._fail("it sent another response")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; those after the body are of no use."""
        if not self.has_head:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            before = self.headers.get(key)
            self.headers[key] = text if before is None else f"{before}, {text}"

    def on_headers_complete(self) -> None:
        """Take the head as the response's, unless it is an interim one."""
        if self.is_complete:
            return
        status = self._parser.get_status_code()
        if status < _OK:
            self.headers = {}
        else:
            self.status = status
            self.has_head = True

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body; raises ValueError for that of an interim response."""
        if not self.has_head:
            raise ValueError
        if not self.is_complete:
            self._pieces.append(body)

    def on_message_complete(self) -> None:
        """Note the end of the body."""
        if self.has_head and not self.is_complete:
            self.is_complete = True
            self.can_stay_open = self._parser.should_keep_alive()
