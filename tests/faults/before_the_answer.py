"""What can go wrong before a status line has come."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat

from faults import answers
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
def no_tls(connection: Connection) -> None:
    """An http server where an https one is expected."""
    connection.receive()
    connection.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
    connection.finish()


def reset_before_answer(connection: Connection) -> None:
    connection.reset()


def closed_before_answer(connection: Connection) -> None:
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


def header_of_64_kib(connection: Connection) -> None:
    """More than most servers send, and still taken."""
    answers.good(connection, "x-noise: " + "a" * 65536)


def headers_in_pieces(connection: Connection) -> None:
    """A good answer whose first bytes come one by one."""
    connection.send_slowly((bytes([byte]) for byte in b"HTTP/1.1 103 OK\r\n\r\n"), pause=0.001)
    answers.good(connection)


def dripping_headers(connection: Connection) -> None:
    """A header that never ends, a byte at a time."""
    connection.send("HTTP/1.1 200 OK\r\nx-noise: ")
    connection.send_slowly(repeat(b"a"), pause=0.02)


def silence(connection: Connection) -> None:
    connection.stall()


def several_informational_answers(connection: Connection) -> None:
    """103 Early Hints, twice, before the answer."""
    connection.send("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 2)
    answers.good(connection)


@contextmanager
def nobody_listens() -> Iterator[str]:
    """A port that refuses connections, as a base URL."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/v1"


@contextmanager
def tarpit() -> Iterator[str]:
    """A port that answers no connection attempt at all: its queue is full."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
