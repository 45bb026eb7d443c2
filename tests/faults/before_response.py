"""Faults before the response head is complete."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat

from faults import responses
from faults.server import Connection, on_accept


@on_accept
def reset_on_accept(connection: Connection) -> None:
    connection.reset()


@on_accept
def closed_on_accept(connection: Connection) -> None:
    connection.finish()


@on_accept
def reset_in_handshake(connection: Connection) -> None:
    connection.receive()
    connection.reset()


@on_accept
def closed_in_handshake(connection: Connection) -> None:
    connection.receive()
    connection.finish()


@on_accept
def silent_in_handshake(connection: Connection) -> None:
    connection.stall()


@on_accept
def plain_http(connection: Connection) -> None:
    """An HTTP server where the client expects an HTTPS server."""
    connection.receive()
    connection.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
    connection.finish()


def reset_before_response(connection: Connection) -> None:
    connection.reset()


def closed_before_response(connection: Connection) -> None:
    connection.finish()


def garbage_status_line(connection: Connection) -> None:
    connection.send(f"\0\x16 {connection.request.headers['authorization']}\r\n\r\n")
    connection.finish()


def closed_within_headers(connection: Connection) -> None:
    connection.send("HTTP/1.1 200 OK\r\ncontent-ty")
    connection.finish()


def huge_header(connection: Connection) -> None:
    """One header of 1 MiB."""
    connection.send("HTTP/1.1 200 OK\r\nx-noise: ", *repeat(b"a" * 65536, 16), "\r\n\r\n")
    connection.stall()


def endless_headers(connection: Connection) -> None:
    """32 MiB of headers."""
    connection.send("HTTP/1.1 200 OK\r\n", *repeat(b"x-noise: aaaaaaa\r\n" * 4096, 448))
    connection.stall()


def header_of_63_kib(connection: Connection) -> None:
    """A good response whose head is just below the limit of 64 KiB."""
    responses.good(connection, "x-noise: " + "a" * 63 * 1024)


def bytewise_head(connection: Connection) -> None:
    """A good response after an interim one that arrives byte by byte."""
    connection.send_slowly((bytes([byte]) for byte in b"HTTP/1.1 103 OK\r\n\r\n"), pause=0.001)
    responses.good(connection)


def dripping_headers(connection: Connection) -> None:
    """A header that never ends, one byte at a time."""
    connection.send("HTTP/1.1 200 OK\r\nx-noise: ")
    connection.send_slowly(repeat(b"a"), pause=0.02)


def silence(connection: Connection) -> None:
    connection.stall()


def interim_responses(connection: Connection) -> None:
    """103 Early Hints, twice, before a good response."""
    connection.send("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 2)
    responses.good(connection)


@contextmanager
def refusing_port() -> Iterator[str]:
    """Yield the base URL of a port that refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/v1"


@contextmanager
def unresponsive_port() -> Iterator[str]:
    """Yield the base URL of a port whose queue is full, so that connecting to it times out."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
