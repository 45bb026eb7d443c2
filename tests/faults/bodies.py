"""Faults in the body of a non-streamed response."""

import gzip
import json
import zlib
from collections.abc import Iterator
from itertools import repeat

from faults import responses
from faults.server import Connection, Fault

MIB = 1024 * 1024
GZIP_HEADER = "content-encoding: gzip"


def _encoded(connection: Connection) -> bytes:
    return json.dumps(responses.good_body(connection)).encode()


def body(content: object, content_type: str = "application/json") -> Fault:
    """Return a fault that responds with 200 and a body."""

    def respond(connection: Connection) -> None:
        responses.send_body(connection, content, content_type=content_type)

    return respond


def changed(**fields: object) -> Fault:
    """Return a fault that replaces fields of a good response."""

    def respond(connection: Connection) -> None:
        responses.send_body(connection, {**responses.good_body(connection), **fields})

    return respond


def html_page(connection: Connection) -> None:
    key = connection.request.headers["authorization"]
    responses.send_body(connection, f"<html>Log in: {key}</html>", content_type="text/html")


def invalid_json(connection: Connection) -> None:
    key = connection.request.headers["authorization"]
    responses.send_body(connection, f'{{"choices": [{key}')


def invalid_utf8(connection: Connection) -> None:
    responses.send_body(connection, _encoded(connection).replace(b"c", b"\xff\xfe", 1))


def error_in_body(connection: Connection) -> None:
    """An error object with status 200."""
    key = connection.request.headers["authorization"]
    responses.send_body(connection, {"error": {"message": f"no: {key}", "code": 503}})


def deeply_nested(connection: Connection) -> None:
    """A million nested lists."""
    content = b'{"choices": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}"
    responses.send_body(connection, content)


def length_too_long(connection: Connection) -> None:
    content = _encoded(connection)
    connection.send(responses.head(200, f"content-length: {len(content) + 1}"), content)
    connection.finish()


def length_too_short(connection: Connection) -> None:
    content = _encoded(connection)
    connection.send(responses.head(200, f"content-length: {len(content) - 1}"), content)
    connection.finish()


def reset_within(connection: Connection) -> None:
    content = _encoded(connection)
    connection.send(responses.head(200, f"content-length: {len(content)}"), content[:20])
    connection.reset()


def missing_last_chunk(connection: Connection) -> None:
    head = responses.head(200, "transfer-encoding: chunked")
    connection.send(head, responses.http_chunk(_encoded(connection)))
    connection.finish()


def truncated_chunk(connection: Connection) -> None:
    head = responses.head(200, "transfer-encoding: chunked")
    connection.send(head, responses.http_chunk(_encoded(connection))[:-9])
    connection.finish()


def invalid_chunk_size(connection: Connection) -> None:
    head = responses.head(200, "transfer-encoding: chunked")
    connection.send(head, "zz\r\n{}\r\n0\r\n\r\n")
    connection.finish()


def two_lengths(connection: Connection) -> None:
    content = _encoded(connection)
    connection.send(responses.head(200, f"content-length: {len(content)}, 3"), content)
    connection.finish()


def stall(connection: Connection) -> None:
    """All but the last byte, then silence."""
    content = _encoded(connection)
    connection.send(responses.head(200, f"content-length: {len(content)}"), content[:-1])
    connection.stall()


def trickle(connection: Connection) -> None:
    """One byte every 20 ms, for longer than any timeout."""
    connection.send(responses.head(200, "content-length: 100000"))
    connection.send_slowly(repeat(b" "), pause=0.02)


def trickling_error(connection: Connection) -> None:
    connection.send(responses.head(400, "content-length: 100000"))
    connection.send_slowly(repeat(b" "), pause=0.02)


def one_byte_chunks(connection: Connection) -> None:
    """A good response, one byte in each HTTP chunk."""
    chunks = (responses.http_chunk(bytes([byte])) for byte in _encoded(connection))
    head = responses.head(200, "transfer-encoding: chunked", "content-type: application/json")
    connection.send(head, *chunks, responses.LAST_HTTP_CHUNK)


def unframed(connection: Connection) -> None:
    """A good body that ends with the connection, as in HTTP/1.0."""
    connection.send(responses.head(200, "connection: close"), _encoded(connection))
    connection.finish()


def gzipped(connection: Connection) -> None:
    """A good response, compressed."""
    responses.send_body(connection, gzip.compress(_encoded(connection)), GZIP_HEADER)


def deflated(connection: Connection) -> None:
    """A good response, compressed."""
    compressed = zlib.compress(_encoded(connection))
    responses.send_body(connection, compressed, "content-encoding: deflate")


def corrupt_gzip(connection: Connection) -> None:
    compressed = bytearray(gzip.compress(_encoded(connection)))
    compressed[20] ^= 0xFF
    responses.send_body(connection, bytes(compressed), GZIP_HEADER)


def truncated_gzip(connection: Connection) -> None:
    responses.send_body(connection, gzip.compress(_encoded(connection))[:-12], GZIP_HEADER)


def uncompressed_gzip(connection: Connection) -> None:
    """A plain body that is declared as gzip."""
    responses.send_body(connection, _encoded(connection), GZIP_HEADER)


def unknown_coding(connection: Connection) -> None:
    responses.send_body(connection, b"\x8b\x0b\x80hm", "content-encoding: br")


def compressed_spaces(size: int) -> Iterator[bytes]:
    """Yield a gzip member that expands to `size` bytes of spaces."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(size // MIB):
        yield compressor.compress(b" " * MIB)
    yield compressor.flush()


def gzip_bomb(connection: Connection) -> None:
    """10 GiB compressed to 10 MiB, in several members."""
    member = b"".join(compressed_spaces(64 * MIB))
    connection.send(responses.head(200, f"content-length: {160 * len(member)}", GZIP_HEADER))
    connection.send(*repeat(member, 160))


def large(status: int, size: int) -> Fault:
    """Return a fault that sends a body of `size` bytes, until the client disconnects."""

    def respond(connection: Connection) -> None:
        connection.send(responses.head(status, f"content-length: {size}"))
        connection.send(*repeat(b" " * MIB, size // MIB))

    return respond
