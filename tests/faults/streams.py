"""What can go wrong in an event stream.

`after(n)` stands for the head of the answer and its first `n` pieces of text.
"""

import gzip
import json
import zlib
from collections.abc import Iterable
from itertools import repeat

from faults import answers, bodies
from faults.answers import CHUNKS, DONE, END_OF_CHUNKS, EVENTS, FINISH, OPENING, STREAM, framed
from faults.server import Connection, Fault

MIB = 1024 * 1024


def sends(*pieces: bytes) -> Fault:
    """Return a fault that sends these pieces of an event stream, and ends it as HTTP demands."""

    def answer(connection: Connection) -> None:
        answers.stream(connection, pieces)

    return answer


def _after(connection: Connection, texts: int, *more: bytes) -> None:
    connection.send(EVENTS, *map(framed, (OPENING, *CHUNKS[:texts], *more)))


def reset_after(texts: int, *more: bytes) -> Fault:
    """Return a fault that breaks the stream off with RST."""

    def answer(connection: Connection) -> None:
        _after(connection, texts, *more)
        # Data that is still unread would be thrown away by the RST: wait until it was taken.
        connection.wait_until_taken()
        connection.reset()

    return answer


def closed_after(texts: int, *more: bytes) -> Fault:
    """Return a fault that closes the connection within the chunked body."""

    def answer(connection: Connection) -> None:
        _after(connection, texts, *more)
        connection.finish()

    return answer


def ended_after(texts: int) -> Fault:
    """Return a fault that ends the body early, and well by the rules of HTTP."""
    return sends(OPENING, *CHUNKS[:texts])


def unframed_end_after(texts: int) -> Fault:
    """Return a fault that closes a body which has no framing, so that HTTP sees no fault."""

    def answer(connection: Connection) -> None:
        head = answers.head(200, "content-type: text/event-stream", "connection: close")
        connection.send(head, OPENING, *CHUNKS[:texts])
        connection.finish()

    return answer


def stall_after(texts: int) -> Fault:
    """Return a fault that falls silent."""

    def answer(connection: Connection) -> None:
        _after(connection, texts)
        connection.stall()

    return answer


def drip_after(texts: int, pieces: Iterable[bytes]) -> Fault:
    """Return a fault that goes on with pieces that say nothing, one every 20 ms."""

    def answer(connection: Connection) -> None:
        _after(connection, texts)
        connection.send_slowly(map(framed, pieces), pause=0.02)

    return answer


def flood_after(texts: int) -> Fault:
    """Return a fault that goes on with comments as fast as it can."""

    def answer(connection: Connection) -> None:
        _after(connection, texts)
        connection.send(*repeat(framed(b": still here\n\n" * 1000), 100_000))

    return answer


def bytewise(connection: Connection) -> None:
    """A good stream, one byte in each chunk."""
    answers.stream(connection, (bytes([byte]) for byte in b"".join(STREAM)))


def steady(connection: Connection) -> None:
    """A good stream that takes longer than the timeout, but is never silent for so long."""
    connection.send(EVENTS)
    connection.send_slowly((framed(piece) for piece in STREAM), pause=0.06)
    connection.send(END_OF_CHUNKS)


def cr_only(connection: Connection) -> None:
    answers.stream(connection, [piece.replace(b"\n", b"\r") for piece in STREAM])


def crlf(connection: Connection) -> None:
    answers.stream(connection, [piece.replace(b"\n", b"\r\n") for piece in STREAM])


def gzipped(connection: Connection) -> None:
    """A stream whose every event is flushed out of the packer."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    head = answers.head(
        200,
        "content-type: text/event-stream",
        "content-encoding: gzip",
        "transfer-encoding: chunked",
    )
    packed = [packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH) for piece in STREAM]
    connection.send(head, *map(framed, packed), framed(packer.flush()), END_OF_CHUNKS)


def corrupt_gzip(connection: Connection) -> None:
    head = answers.head(200, "content-type: text/event-stream", "content-encoding: gzip")
    connection.send(head, gzip.compress(b"".join(STREAM))[:20], b"\0" * 50)
    connection.finish()


def gzip_bomb(connection: Connection) -> None:
    """Blanks without end, packed a thousand to one."""
    head = answers.head(200, "content-type: text/event-stream", bodies.GZIPPED)
    connection.send(head, *repeat(b"".join(bodies.bomb(64 * MIB)), 16))
    connection.finish()


def garbage_chunk_size_after(texts: int) -> Fault:
    def answer(connection: Connection) -> None:
        _after(connection, texts)
        connection.send("zz\r\n")
        connection.finish()

    return answer


def failing(told: object) -> bytes:
    """Return an event that reports a failure."""
    return answers.event(json.dumps(told))


def error_after(texts: int, *, named: bool) -> Fault:
    """Return a fault that reports a failure in the stream, and repeats the key.

    Args:
        texts: Pieces of text that come before.
        named: Whether it is an `event: error` with the bare facts, or an object `error`.
    """

    def answer(connection: Connection) -> None:
        told = {"message": f"fell over: {connection.request.headers['authorization']}"}
        event = b"event: error\n" + failing(told) if named else failing({"error": told})
        answers.stream(connection, [OPENING, *CHUNKS[:texts], event])

    return answer


def huge_event_after(texts: int) -> Fault:
    """Return a fault that sends one event of 64 MB."""

    def answer(connection: Connection) -> None:
        _after(connection, texts, b"data: ")
        connection.send(*repeat(framed(b"a" * MIB), 64))
        connection.send(framed(b"\n\n"), END_OF_CHUNKS)

    return answer


def empty_lines_of_data(connection: Connection) -> None:
    """One event of a million empty lines."""
    _after(connection, 0)
    connection.send(*repeat(framed(b"data\n" * 10_000), 100), framed(b"\n"), END_OF_CHUNKS)


MALFORMED = answers.event('{"choices": [{"delta": {"content"')
NOT_UTF8 = CHUNKS[0].replace("ü".encode(), b"\xfc")
GOOD_TAIL = (FINISH, DONE)
