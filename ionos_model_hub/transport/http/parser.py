"""A parser of HTTP/1.1 responses, without I/O.

It uses llhttp, the parser of Node.js, through httptools: parsing one chunk of a chunked body costs
a tenth of the time that pure Python needs, and a stream consists of thousands of chunks.
"""

import re
from collections.abc import Mapping
from math import inf

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MAX_HEAD_BYTES = 64 * 1024
"""Limit for the status line and headers. Node.js and nginx stop at 16 and 32 KiB."""

MAX_TRAILER_BYTES = 64 * 1024
"""Limit for the names and values of the headers after a chunked body."""

MAX_FRAMING_BYTES = 64 * 1024
"""Limit for chunk extensions and other bytes of a chunked body that are not data, in addition to
`FRAMING_BYTES_PER_CHUNK` for each chunk."""

FRAMING_BYTES_PER_CHUNK = 16
"""Enough for the size of a chunk in hexadecimal digits and two line breaks."""

_OK = 200

_TIMEOUT = re.compile(r"(?:^|[,;\s])timeout\s*=\s*(\d{1,9})\b", re.IGNORECASE | re.ASCII)


def keepalive_timeout(headers: Mapping[str, str]) -> float:
    """Return for how many seconds the server keeps an idle connection; infinite if unspecified.

    Args:
        headers: Response headers with lower-case names.

    Example:
        >>> keepalive_timeout({"keep-alive": "timeout=5, max=100"})
        5.0
    """
    if "keep-alive" not in headers:
        return inf
    match = _TIMEOUT.search(headers["keep-alive"])
    return float(match[1]) if match else inf


class ResponseParser:
    r"""Parses one response from the bytes of a connection, which may be split anywhere.

    Attributes:
        status: HTTP status, 0 until the head is complete.
        headers: Headers with lower-case names; the values of repeated headers are joined.
        has_head: Whether the status line and the headers are complete.
        is_complete: Whether the body is complete.
        can_stay_open: Whether the connection can be reused after this response.
        failure: The reason why the response cannot be parsed further, or "".

    Example:
        >>> parser = ResponseParser()
        >>> parser.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        >>> parser.status, parser.headers, parser.take(), parser.is_complete
        (200, {'content-length': '2'}, b'hi', True)
    """

    __slots__ = (
        "_body",
        "_framing_bytes",
        "_head_bytes",
        "_parser",
        "_trailer_bytes",
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
        self._body: list[bytes] = []
        self._head_bytes = self._trailer_bytes = self._framing_bytes = 0
        self._parser = HttpResponseParser(self)

    @property
    def has_begun(self) -> bool:
        """Whether any byte has arrived."""
        return self.has_head or self._head_bytes > 0

    def feed(self, data: bytes) -> None:
        """Parse bytes that have arrived."""
        if self.is_complete:
            self.can_stay_open = False
        elif self.has_head:
            parsed = len(self._body)
            try:
                self._parser.feed_data(data)
            except (HttpParserError, HttpParserUpgrade) as error:
                self._reject(error)
            self._count_framing(len(data), self._body[parsed:])
        else:
            self._feed_head(data)

    def end(self) -> None:
        """Handle the end of the connection."""
        if self.has_head and self._extends_to_end_of_connection():
            self.is_complete = True
        elif not self.is_complete:
            self._fail("the server closed the connection before the response was complete")
        self.can_stay_open = False

    def take(self) -> bytes:
        """Return the part of the body that has arrived since the last call."""
        if len(self._body) == 1:
            return self._body.pop()
        data = b"".join(self._body)
        self._body.clear()
        return data

    def _feed_head(self, data: bytes) -> None:
        allowed = MAX_HEAD_BYTES - self._head_bytes
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data[:allowed])
            if self.has_head and len(data) > allowed:
                self._parser.feed_data(data[allowed:])
        except (HttpParserError, HttpParserUpgrade) as error:
            self._reject(error)
        if not self.has_head and len(data) > allowed:
            self._fail(f"the response headers are longer than {MAX_HEAD_BYTES} bytes")

    def _count_framing(self, size: int, body: list[bytes]) -> None:
        """Count the bytes that are not data. The sum does not depend on the sizes of the reads."""
        self._framing_bytes += size - sum(map(len, body)) - FRAMING_BYTES_PER_CHUNK * len(body)
        if self._framing_bytes > MAX_FRAMING_BYTES:
            self._fail(f"more than {MAX_FRAMING_BYTES} bytes of the body are not data")

    def _reject(self, error: HttpParserError | HttpParserUpgrade) -> None:
        if isinstance(error, HttpParserUpgrade):
            self._fail("the server switched to another protocol")
        else:
            self._fail(f"the response is not valid HTTP ({error})")

    def _extends_to_end_of_connection(self) -> bool:
        return not self.headers.keys() & {"content-length", "transfer-encoding"}

    def _fail(self, reason: str) -> None:
        """Store the first failure. Invalid bytes after a complete response are none."""
        self.can_stay_open = False
        if not self.is_complete:
            self.failure = self.failure or reason

    # Callbacks of httptools

    def on_message_begin(self) -> None:
        """Do not reuse a connection on which the server sends an unrequested response."""
        if self.is_complete:
            self._fail("the server sent another response")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a header; ignore trailers after the body, or raise ValueError if they are long."""
        if self.has_head:
            self._trailer_bytes += len(name) + len(value)
            if self._trailer_bytes > MAX_TRAILER_BYTES:
                self._fail(f"the trailers are longer than {MAX_TRAILER_BYTES} bytes")
                raise ValueError
        else:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            before = self.headers.get(key)
            self.headers[key] = text if before is None else f"{before}, {text}"

    def on_headers_complete(self) -> None:
        """Store the status of a final response; raises ValueError for unknown body codings."""
        if self.is_complete:
            return
        status = self._parser.get_status_code()
        if status < _OK:
            self.headers = {}
        else:
            if self.headers.get("transfer-encoding", "chunked").strip().lower() != "chunked":
                self._fail("the response has an unsupported Transfer-Encoding")
                raise ValueError
            self.status = status
            self.has_head = True

    def on_body(self, body: bytes) -> None:
        """Store a part of the body; raises ValueError for the body of an interim response."""
        if not self.has_head:
            raise ValueError
        if not self.is_complete:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Mark the response as complete, unless it is an interim one."""
        if self.has_head and not self.is_complete:
            self.is_complete = True
            self.can_stay_open = self._parser.should_keep_alive()
