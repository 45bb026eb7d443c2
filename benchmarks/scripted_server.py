"""A server on loopback that returns scripted responses and faults, and records requests."""

from __future__ import annotations

import json
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Self

Json = dict[str, Any]


@dataclass
class Response:
    """One HTTP response: `json`, `body`, or `events` of a stream; `cut` closes it early."""

    json: Any = None
    body: bytes = b""
    events: Iterable[Json] | None = None
    done: bool = True
    cut: bool = False
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        if self.events is None:
            return self.body or json.dumps(self.json).encode()
        lines = [f"data: {json.dumps(event)}\n\n" for event in self.events]
        return "".join([*lines, "data: [DONE]\n\n" if self.done else ""]).encode()

    @property
    def content_type(self) -> str:
        if self.events is not None:
            return "text/event-stream"
        return "text/html" if self.body else "application/json"


@dataclass
class ReceivedRequest:
    """A received request."""

    body: Json
    headers: Message
    at: float


Script = Response | Callable[[Json], Response]


class ScriptedServer:
    """Returns its responses in order, the last one repeatedly."""

    def __init__(self, *script: Script) -> None:
        self.received: list[ReceivedRequest] = []
        self._script = deque(script)
        self._lock = Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def body(self) -> Json:
        """The body of the last request."""
        return self.received[-1].body

    def respond(self, request: ReceivedRequest) -> Response:
        with self._lock:
            self.received.append(request)
            following = self._script.popleft() if len(self._script) > 1 else self._script[0]
        return following if isinstance(following, Response) else following(request.body)

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors: clients may close connections at any time."""


def _handler(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            response = server.respond(ReceivedRequest(body, self.headers, time.monotonic()))
            payload = response.payload
            self.send_response(response.status)
            self.send_header("Content-Type", response.content_type)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload) + response.cut))
            self.end_headers()
            self.wfile.write(payload)
            if response.cut:
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True

        do_GET = do_POST  # noqa: N815  # name required by http.server

        def log_message(self, *_: object) -> None:
            pass

    return Handler
