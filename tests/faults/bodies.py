"""What can be wrong with the body of an unstreamed answer."""

import gzip
import json
import zlib
from collections.abc import Iterator
from itertools import repeat

from faults import answers
from faults.server import Connection, Fault

MIB = 1024 * 1024
GZIPPED = "content-encoding: gzip"


def _encoded(connection: Connection) -> bytes:
    return json.dumps(answers.whole(connection)).encode()


def sends(body: object, kind: str = "application/json") -> Fault:
    """Return a fault that answers 200 with a body."""

    def answer(connection: Connection) -> None:
        answers.respond(connection, body, kind=kind)

    return answer


def changed(**fields: object) -> Fault:
    """Return a fault that answers well but for some fields."""

    def answer(connection: Connection) -> None:
        answers.respond(connection, {**answers.whole(connection), **fields})

    return answer


def page(connection: Connection) -> None:
    sent = connection.request.headers["authorization"]
    answers.respond(connection, f"<html>Log in: {sent}</html>", kind="text/html")


def invalid_json(connection: Connection) -> None:
    sent = connection.request.headers["authorization"]
    answers.respond(connection, f'{{"choices": [{sent}')


def invalid_utf8(connection: Connection) -> None:
    answers.respond(connection, _encoded(connection).replace(b"c", b"\xff\xfe", 1))


def error_inside(connection: Connection) -> None:
    sent = connection.request.headers["authorization"]
    answers.respond(connection, {"error": {"message": f"no: {sent}", "code": 503}})


def nested_a_million_times(connection: Connection) -> None:
    answers.respond(connection, b'{"choices": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}")


def length_too_long(connection: Connection) -> None:
    body = _encoded(connection)
    connection.send(answers.head(200, f"content-length: {len(body) + 1}"), body)
    connection.finish()


def length_too_short(connection: Connection) -> None:
    body = _encoded(connection)
    connection.send(answers.head(200, f"content-length: {len(body) - 1}"), body)
    connection.finish()


def reset_within(connection: Connection) -> None:
    body = _encoded(connection)
    connection.send(answers.head(200, f"content-length: {len(body)}"), body[:20])
    connection.reset()


def cut_chunks(connection: Connection) -> None:
    head = answers.head(200, "transfer-encoding: chunked")
    connection.send(head, answers.framed(_encoded(connection)))
    connection.finish()


def cut_within_a_chunk(connection: Connection) -> None:
    head = answers.head(200, "transfer-encoding: chunked")
    connection.send(head, answers.framed(_encoded(connection))[:-9])
    connection.finish()


def garbage_chunk_size(connection: Connection) -> None:
    connection.send(answers.head(200, "transfer-encoding: chunked"), "zz\r\n{}\r\n0\r\n\r\n")
    connection.finish()


def two_lengths(connection: Connection) -> None:
    body = _encoded(connection)
    connection.send(answers.head(200, f"content-length: {len(body)}, 3"), body)
    connection.finish()


def stall(connection: Connection) -> None:
    body = _encoded(connection)
    connection.send(answers.head(200, f"content-length: {len(body)}"), body[:-1])
    connection.stall()


def trickle(connection: Connection) -> None:
    """A byte every 20 ms, more of them than any timeout allows."""
    connection.send(answers.head(200, "content-length: 100000"))
    connection.send_slowly(repeat(b" "), pause=0.02)


def trickled_error(connection: Connection) -> None:
    connection.send(answers.head(400, "content-length: 100000"))
    connection.send_slowly(repeat(b" "), pause=0.02)


def chunk_of_each_byte(connection: Connection) -> None:
    pieces = (answers.framed(bytes([byte])) for byte in _encoded(connection))
    head = answers.head(200, "transfer-encoding: chunked", "content-type: application/json")
    connection.send(head, *pieces, answers.END_OF_CHUNKS)


def until_closed(connection: Connection) -> None:
    """A good body whose end is the connection's, as HTTP/1.0 does it."""
    connection.send(answers.head(200, "connection: close"), _encoded(connection))
    connection.finish()


def gzipped(connection: Connection) -> None:
    answers.respond(connection, gzip.compress(_encoded(connection)), GZIPPED)


def deflated(connection: Connection) -> None:
    answers.respond(connection, zlib.compress(_encoded(connection)), "content-encoding: deflate")


def corrupt_gzip(connection: Connection) -> None:
    packed = bytearray(gzip.compress(_encoded(connection)))
    packed[20] ^= 0xFF
    answers.respond(connection, bytes(packed), GZIPPED)


def cut_gzip(connection: Connection) -> None:
    answers.respond(connection, gzip.compress(_encoded(connection))[:-12], GZIPPED)


def plain_called_gzip(connection: Connection) -> None:
    answers.respond(connection, _encoded(connection), GZIPPED)


def unknown_coding(connection: Connection) -> None:
    answers.respond(connection, b"\x8b\x0b\x80hm", "content-encoding: br")


def bomb(size: int) -> Iterator[bytes]:
    """Yield a gzip member that unpacks to `size` bytes of blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(size // MIB):
        yield packer.compress(b" " * MIB)
    yield packer.flush()


def gzip_bomb(connection: Connection) -> None:
    """10 GiB in 10 MiB, as a row of members."""
    member = b"".join(bomb(64 * MIB))
    connection.send(answers.head(200, f"content-length: {160 * len(member)}", GZIPPED))
    connection.send(*repeat(member, 160))


def endless(status: int, size: int) -> Fault:
    """Return a fault that answers with `size` bytes of body, sent in pieces."""

    def answer(connection: Connection) -> None:
        connection.send(answers.head(status, f"content-length: {size}"))
        connection.send(*repeat(b" " * MIB, size // MIB))

    return answer
