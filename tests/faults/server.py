"""A server of raw sockets that responds to each request with the next fault of a script.

Each connection has a thread, so a fault is a plain function that sends, waits and disconnects.
Nothing is buffered: a body of 200 MB is sent in parts until the client disconnects.
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

WAIT_TIMEOUT = 10.0
"""Seconds that tests wait for an event before they fail."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was received."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """`stream`, or the last part of the path, such as `completions` or `embeddings`."""
        if "json" not in self.headers.get("content-type", "json"):
            return self.path.rpartition("/")[2]
        is_stream = bool(self.body) and json.loads(self.body).get("stream", False)
        return "stream" if is_stream else self.path.rpartition("/")[2]

    @property
    def text_count(self) -> int:
        """Number of texts to embed or documents to rank."""
        body: dict[str, Any] = json.loads(self.body)
        texts = body.get("input", body.get("documents", ()))
        return 1 if isinstance(texts, str) else len(texts)


class Connection:
    """An accepted connection, with the operations that faults need."""

    def __init__(self, accepted: socket.socket, stopping: threading.Event) -> None:
        self.request = Request("", "", {}, b"")
        self._socket = accepted
        self._stopping = stopping
        self._received = b""

    def send(self, *parts: bytes | str) -> None:
        """Send data; raises OSError when the client has disconnected."""
        for part in parts:
            self._socket.sendall(part.encode() if isinstance(part, str) else part)

    def send_slowly(self, parts: Iterator[bytes], pause: float) -> None:
        """Send data with a pause before each part; raises OSError when the client disconnects."""
        for part in parts:
            if self._stopping.wait(pause):
                return
            self.send(part)

    def reset(self) -> None:
        """Reset the connection (RST)."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def receive(self) -> bytes:
        """Return the bytes that arrive next."""
        return self._socket.recv(65536)

    def wait_until_received(self) -> None:
        """Wait until the client's system has received everything; a reset discards the rest."""
        while struct.unpack("i", ioctl(self._socket, TIOCOUTQ, b"\0" * 4))[0]:
            if self._stopping.wait(0.001):
                return

    def end(self) -> None:
        """Close the sending direction (FIN)."""
        self._socket.shutdown(socket.SHUT_WR)

    def finish(self) -> None:
        """Close the connection with FIN even if the client has sent more than was read."""
        with suppress(OSError):
            self.end()
            self.stall()
        self._socket.close()

    def stall(self) -> None:
        """Send nothing until the client disconnects."""
        while self._socket.recv(65536):
            pass

    def tunnel(self, port: int) -> None:
        """Forward all bytes to another server on this machine and back."""
        with socket.create_connection(("127.0.0.1", port)) as other:
            backward = threading.Thread(target=_forward, args=(other, self._socket), name="tunnel")
            backward.start()
            _forward(self._socket, other)
            backward.join()

    def encrypt(self, tls: ssl.SSLContext) -> None:
        """Start TLS; raises OSError if the client rejects the certificate."""
        self._socket = tls.wrap_socket(self._socket, server_side=True)

    def read_request(self) -> Request | None:
        """Return the next request, or None at the end of the connection."""
        while b"\r\n\r\n" not in self._received:
            if not (data := self._socket.recv(65536)):
                return None
            self._received += data
        head, _, rest = self._received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        length = int(headers.get("content-length", "0"))
        while len(rest) < length:
            if not (data := self._socket.recv(65536)):
                return None
            rest += data
        self._received = rest[length:]
        method, path, _ = first.split(" ")
        return Request(method, path, headers, rest[:length])

    @property
    def is_closed(self) -> bool:
        return self._socket.fileno() == -1

    def abort(self) -> None:
        """Interrupt the thread that serves this connection."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()


def _forward(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


Fault = Callable[[Connection], None]


def on_accept(fault: Fault) -> Fault:
    """Mark a fault that occurs before the request is read."""
    fault.on_accept = True  # type: ignore[attr-defined]  # functions take attributes
    return fault


class FaultServer:
    """A server on a free port of 127.0.0.1.

    Args:
        default: Responds to each request for which no fault is scripted.
        tls: Context of an HTTPS server.

    Attributes:
        requests: All requests that were read.
        attempts: Number of requests that were read or that a fault interrupted before.
        connection_count: Number of accepted connections.
    """

    def __init__(self, default: Fault, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.attempts = 0
        self.connection_count = 0
        self._default = default
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
        """Respond to the next requests with these faults, in order."""
        self._script += faults

    def count_open(self) -> int:
        """Return the number of open connections, after waiting for clients to close them."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, WAIT_TIMEOUT)
            return len(self._open)

    def wait_for_requests(self, number: int) -> bool:
        """Wait until that many requests were read; return whether they were."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.requests) >= number, WAIT_TIMEOUT)

    def close(self) -> None:
        """Interrupt all connections and stop."""
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        with self._lock:
            remaining = dict(self._open)
        for thread, connection in remaining.items():
            connection.abort()
            thread.join(WAIT_TIMEOUT)

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
                self.connection_count += 1
                self._open[thread] = connection
            thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            with suppress(OSError):
                self._respond_to_all(connection)
        finally:
            connection.close()
            with self._changed:
                del self._open[threading.current_thread()]
                self._changed.notify_all()

    def _respond_to_all(self, connection: Connection) -> None:
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
            self.attempts += 1
            return self._script.pop(0) if self._script else self._default
