"""A server of raw sockets that answers each request with the next fault of a script.

Every connection has a thread, so that a fault is a plain function that sends, waits and breaks
off as it likes. Nothing is buffered: a body of 200 MB is sent in pieces until the client leaves.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fcntl import ioctl
from termios import TIOCOUTQ
from types import TracebackType
from typing import Any, Self

GONE = (ConnectionError, OSError)
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """`stream`, or the last part of the path: `completions`, `embeddings`, `models`, ..."""
        streamed = bool(self.body) and json.loads(self.body).get("stream", False)
        return "stream" if streamed else self.path.rpartition("/")[2]

    @property
    def texts(self) -> int:
        """How many texts are to be embedded, or documents ranked."""
        sent: dict[str, Any] = json.loads(self.body)
        listed = sent.get("input", sent.get("documents", ()))
        return 1 if isinstance(listed, str) else len(listed)


class Connection:
    """One accepted connection, as faults see it."""

    def __init__(self, accepted: socket.socket, stopping: threading.Event) -> None:
        self.request = Request("", "", {}, b"")
        self._socket = accepted
        self._stopping = stopping
        self._received = b""

    def send(self, *pieces: bytes | str) -> None:
        """Send pieces; raises OSError once the client has left."""
        for piece in pieces:
            self._socket.sendall(piece.encode() if isinstance(piece, str) else piece)

    def send_slowly(self, pieces: Iterator[bytes], pause: float) -> None:
        """Send pieces with a pause before each, until all are out or the client has left."""
        for piece in pieces:
            if self._stopping.wait(pause):
                return
            self.send(piece)

    def reset(self) -> None:
        """Break the connection off with RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def receive(self) -> bytes:
        """Return the first bytes that arrive."""
        return self._socket.recv(65536)

    def wait_until_taken(self) -> None:
        """Wait until all that was sent is in the client's hands: a reset throws the rest away."""
        while struct.unpack("i", ioctl(self._socket, TIOCOUTQ, b"\0" * 4))[0]:
            if self._stopping.wait(0.001):
                return

    def end(self) -> None:
        """Say with FIN that nothing more will come."""
        self._socket.shutdown(socket.SHUT_WR)

    def finish(self) -> None:
        """Close the connection with FIN, also where the client sent more than was read."""
        with suppress(*GONE):
            self.end()
            self.stall()
        self._socket.close()

    def stall(self) -> None:
        """Send nothing more until the client has left."""
        while self._socket.recv(65536):
            pass

    def tunnel(self, port: int) -> None:
        """Pass all bytes on to another server on this machine, and its own back."""
        with socket.create_connection(("127.0.0.1", port)) as other:
            back = threading.Thread(target=_pump, args=(other, self._socket), name="tunnel")
            back.start()
            _pump(self._socket, other)
            back.join()

    def encrypt(self, tls: ssl.SSLContext) -> None:
        """Shake hands; raises OSError where the client does not like the certificate."""
        self._socket = tls.wrap_socket(self._socket, server_side=True)

    def read_request(self) -> Request | None:
        """Return the next request, None at the connection's end."""
        while b"\r\n\r\n" not in self._received:
            if not (piece := self._socket.recv(65536)):
                return None
            self._received += piece
        head, _, rest = self._received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        length = int(headers.get("content-length", "0"))
        while len(rest) < length:
            if not (piece := self._socket.recv(65536)):
                return None
            rest += piece
        self._received = rest[length:]
        method, path, _ = first.split(" ")
        return Request(method, path, headers, rest[:length])

    @property
    def is_closed(self) -> bool:
        return self._socket.fileno() == -1

    def abort(self) -> None:
        """Wake the thread that serves this connection."""
        with suppress(*GONE):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(*GONE):
        while piece := source.recv(65536):
            sink.sendall(piece)
    with suppress(*GONE):
        sink.shutdown(socket.SHUT_WR)


Fault = Callable[[Connection], None]


def on_accept(fault: Fault) -> Fault:
    """Mark a fault that strikes before the request is read."""
    fault.on_accept = True  # type: ignore[attr-defined]  # functions take attributes
    return fault


class FaultServer:
    """Serves on a free port of 127.0.0.1.

    Args:
        otherwise: Answers each request that no fault is scripted for.
        tls: Makes it an https server.

    Attributes:
        requests: All requests that were read.
        turns: Requests begun: those read, and connections that a fault ended before.
        accepted: Connections made.
    """

    def __init__(self, otherwise: Fault, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.turns = 0
        self.accepted = 0
        self._otherwise = otherwise
        self._tls = tls
        self._script: list[Fault] = []
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._stopping = threading.Event()
        self._open: dict[threading.Thread, Connection] = {}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._acceptor = threading.Thread(target=self._accept, name="faults")
        self._acceptor.start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def base_url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/v1"

    def script(self, *faults: Fault) -> None:
        """Answer the next requests with these, in order."""
        self._script += faults

    def still_open(self) -> int:
        """Return how many connections clients have not closed, after giving them time."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, PATIENCE)
            return len(self._open)

    def wait_for_requests(self, number: int) -> bool:
        """Wait until so many requests were read; tell whether that came."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.requests) >= number, PATIENCE)

    def close(self) -> None:
        """Break all connections off and stop."""
        self._stopping.set()
        with suppress(*GONE):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        with self._lock:
            open_connections = dict(self._open)
        for thread, connection in open_connections.items():
            connection.abort()
            thread.join(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(accepted, self._stopping)
            thread = threading.Thread(target=self._serve, args=(connection,), name="fault")
            with self._lock:
                self.accepted += 1
                self._open[thread] = connection
            thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            with suppress(*GONE):
                self._answer_all(connection)
        finally:
            connection.close()
            with self._changed:
                del self._open[threading.current_thread()]
                self._changed.notify_all()

    def _answer_all(self, connection: Connection) -> None:
        if self._script and getattr(self._script[0], "on_accept", False):
            self._next()(connection)
            return
        if self._tls:
            connection.encrypt(self._tls)
        while not connection.is_closed and (request := connection.read_request()):
            connection.request = request
            with self._changed:
                self.requests.append(request)
                self._changed.notify_all()
            self._next()(connection)

    def _next(self) -> Fault:
        with self._lock:
            self.turns += 1
            return self._script.pop(0) if self._script else self._otherwise
