"""Faults in an event stream.

`after(n)` means: after the response head and the first `n` chunks with text.
"""

import gzip
import json
import zlib
from collections.abc import Iterable
from itertools import repeat

from faults import bodies, responses
from faults.responses import (
    CHUNKS,
    DONE,
    FINISH,
    LAST_HTTP_CHUNK,
    OPENING,
    STREAM,
    STREAM_HEAD,
    http_chunk,
)
from faults.server import Connection, Fault

MIB = 1024 * 1024


def events(*sent: bytes) -> Fault:
    """Return a fault that sends these events and a correct end of the HTTP response."""

    def respond(connection: Connection) -> None:
        responses.send_stream(connection, sent)

    return respond


def _send_start(connection: Connection, text_count: int, *more: bytes) -> None:
    connection.send(STREAM_HEAD, *map(http_chunk, (OPENING, *CHUNKS[:text_count], *more)))


def reset_after(text_count: int, *more: bytes) -> Fault:
    """Return a fault that resets the connection."""

    def respond(connection: Connection) -> None:
        _send_start(connection, text_count, *more)
        # A reset discards data that the client has not read yet.
        connection.wait_until_received()
        connection.reset()

    return respond


def closed_after(text_count: int, *more: bytes) -> Fault:
    """Return a fault that closes the connection within the chunked body."""

    def respond(connection: Connection) -> None:
        _send_start(connection, text_count, *more)
        connection.finish()

    return respond


def ended_after(text_count: int) -> Fault:
    """Return a fault that ends the response early, but correctly in terms of HTTP."""
    return events(OPENING, *CHUNKS[:text_count])


def unframed_end_after(text_count: int) -> Fault:
    """Return a fault that closes an unframed body, whose end HTTP cannot detect."""

    def respond(connection: Connection) -> None:
        head = responses.head(200, "content-type: text/event-stream", "connection: close")
        connection.send(head, OPENING, *CHUNKS[:text_count])
        connection.finish()

    return respond


def stall_after(text_count: int) -> Fault:
    """Return a fault that sends nothing more."""

    def respond(connection: Connection) -> None:
        _send_start(connection, text_count)
        connection.stall()

    return respond


def drip_after(text_count: int, parts: Iterable[bytes]) -> Fault:
    """Return a fault that sends parts without content, one every 20 ms."""

    def respond(connection: Connection) -> None:
        _send_start(connection, text_count)
        connection.send_slowly(map(http_chunk, parts), pause=0.02)

    return respond


def flood_after(text_count: int) -> Fault:
    """Return a fault that sends comments as fast as possible."""

    def respond(connection: Connection) -> None:
        _send_start(connection, text_count)
        connection.send(*repeat(http_chunk(b": still here\n\n" * 1000), 100_000))

    return respond


def bytewise(connection: Connection) -> None:
    """A good stream with one byte in each HTTP chunk."""
    responses.send_stream(connection, (bytes([byte]) for byte in b"".join(STREAM)))


def steady(connection: Connection) -> None:
    """A good stream that takes longer than the timeout, but whose events arrive in time."""
    connection.send(STREAM_HEAD)
    connection.send_slowly((http_chunk(event) for event in STREAM), pause=0.06)
    connection.send(LAST_HTTP_CHUNK)


def cr_only(connection: Connection) -> None:
    """A good stream with CR as line ends."""
    responses.send_stream(connection, [event.replace(b"\n", b"\r") for event in STREAM])


def crlf(connection: Connection) -> None:
    """A good stream with CR LF as line ends."""
    responses.send_stream(connection, [event.replace(b"\n", b"\r\n") for event in STREAM])


def gzipped(connection: Connection) -> None:
    """A good stream, compressed and flushed after each event."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, 31)
    head = responses.head(
        200,
        "content-type: text/event-stream",
        "content-encoding: gzip",
        "transfer-encoding: chunked",
    )
    parts = [compressor.compress(event) + compressor.flush(zlib.Z_SYNC_FLUSH) for event in STREAM]
    connection.send(head, *map(http_chunk, parts), http_chunk(compressor.flush()), LAST_HTTP_CHUNK)


def corrupt_gzip(connection: Connection) -> None:
    head = responses.head(200, "content-type: text/event-stream", "content-encoding: gzip")
    connection.send(head, gzip.compress(b"".join(STREAM))[:20], b"\0" * 50)
    connection.finish()


def gzip_bomb(connection: Connection) -> None:
    """Spaces, compressed a thousand to one."""
    head = responses.head(200, "content-type: text/event-stream", bodies.GZIP_HEADER)
    connection.send(head, *repeat(b"".join(bodies.compressed_spaces(64 * MIB)), 16))
    connection.finish()


def invalid_chunk_size_after(text_count: int) -> Fault:
    """Return a fault that sends an HTTP chunk with an invalid size."""

    def respond(connection: Connection) -> None:
        _send_start(connection, text_count)
        connection.send("zz\r\n")
        connection.finish()

    return respond


def error_object(content: object) -> bytes:
    """Return an event with an object that reports an error."""
    return responses.event(json.dumps(content))


def error_after(text_count: int, *, named: bool) -> Fault:
    """Return a fault that reports an error in the stream and echoes the API key.

    Args:
        text_count: Number of chunks with text before the error.
        named: Whether to send an `event: error` instead of an object with the key `error`.
    """

    def respond(connection: Connection) -> None:
        error = {"message": f"internal: {connection.request.headers['authorization']}"}
        event = b"event: error\n" + error_object(error) if named else error_object({"error": error})
        responses.send_stream(connection, [OPENING, *CHUNKS[:text_count], event])

    return respond


def huge_event_after(text_count: int) -> Fault:
    """Return a fault that sends one event of 64 MB."""

    def respond(connection: Connection) -> None:
        _send_start(connection, text_count, b"data: ")
        connection.send(*repeat(http_chunk(b"a" * MIB), 64))
        connection.send(http_chunk(b"\n\n"), LAST_HTTP_CHUNK)

    return respond


def empty_data_lines(connection: Connection) -> None:
    """One event of a million empty lines."""
    _send_start(connection, 0)
    lines = repeat(http_chunk(b"data\n" * 10_000), 100)
    connection.send(*lines, http_chunk(b"\n"), LAST_HTTP_CHUNK)


MALFORMED = responses.event('{"choices": [{"delta": {"content"')
NOT_UTF8 = CHUNKS[0].replace("ü".encode(), b"\xfc")
GOOD_END = (FINISH, DONE)
