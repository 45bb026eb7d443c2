"""A scripted chat server on loopback, independent of the compared packages."""

from __future__ import annotations

import json
import select
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Json = dict[str, Any]

USAGE: Json = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
HEAD: Json = {"id": "chat-1", "created": 1, "model": "m"}


class Responder:
    """Sends the response to one request."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: Json) -> None:
        self.body = body
        self._handler = handler

    def json(
        self, value: Json, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a JSON body."""
        data = json.dumps(value).encode()
        self._begin(status, {"content-type": "application/json", **(headers or {})}, len(data))
        self._handler.wfile.write(data)

    def events(self, events: Iterable[Json | str], done: bool = True) -> None:
        """Send server-sent events and close the connection."""
        self._begin(200, {"content-type": "text/event-stream", "connection": "close"}, None)
        for event in [*events, *(["[DONE]"] if done else [])]:
            self.event(event)
        self._handler.close_connection = True

    def event(self, event: Json | str) -> None:
        """Send one event."""
        text = event if isinstance(event, str) else json.dumps(event)
        self._handler.wfile.write(f"data: {text}\n\n".encode())
        self._handler.wfile.flush()

    def is_closed_by_client(self, seconds: float) -> bool:
        """Return whether the client closes the connection within `seconds`."""
        readable, _, _ = select.select([self._handler.connection], [], [], seconds)
        return bool(readable) and not self._handler.connection.recv(1)

    def _begin(self, status: int, headers: Mapping[str, str], length: int | None) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        if length is not None:
            self._handler.send_header("content-length", str(length))
        self._handler.end_headers()


Reply = Callable[[Responder], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Ignore closed connections and broken barriers."""


class Hub:
    """The server. It sends the scripted replies, then `respond("Hallo")` to all requests."""

    def __init__(self) -> None:
        self.requests: list[Json] = []
        self.client_left = threading.Event()
        self._script: deque[Reply] = deque()
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def url(self) -> str:
        """The base URL, including `/v1`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def script(self, *replies: Reply) -> None:
        """Append replies for the next requests."""
        self._script.extend(replies)

    def next_reply(self) -> Reply:
        """Remove and return the next reply."""
        return self._script.popleft() if self._script else respond("Hallo")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler_of(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the name that http.server requires
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            hub.requests.append({"path": self.path, "headers": dict(self.headers), **body})
            try:
                hub.next_reply()(Responder(self, body))
            except ConnectionError:
                hub.client_left.set()

        def log_message(self, *_: object) -> None: ...

    return Handler


def respond(text: str = "", **message: Any) -> Reply:
    """Send a message; split into words if the request asks for a stream."""
    complete_message = {"role": "assistant", "content": text, **message}

    def reply(responder: Responder) -> None:
        choice: Json = {"index": 0, "finish_reason": "stop"}
        if "prompt" in responder.body:
            choice["text"] = text
            if responder.body.get("stream"):
                responder.events([{**HEAD, "choices": [choice]}])
                return
        else:
            choice["message"] = complete_message
        if not responder.body.get("stream"):
            responder.json(
                {**HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE}
            )
            return
        pieces = [f"{word} " for word in text.split(" ")[:-1]] + text.split(" ")[-1:]
        events = [*map(chunk, ({**message, "content": piece} for piece in pieces)), FINISH]
        if responder.body.get("stream_options", {}).get("include_usage"):
            events.append({**chunk({}), "choices": [], "usage": USAGE})
        responder.events(events)

    return reply


def chunk(delta: Json, finish: str | None = None, **more: Any) -> Json:
    """Return an event of a streamed chat."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish, **more}
    return {**HEAD, "object": "chat.completion.chunk", "choices": [choice]}


FINISH = chunk({}, "stop")


def stream(*deltas: Json, finish: str = "stop") -> Reply:
    """Send a stream of these deltas."""
    return lambda responder: responder.events([*map(chunk, deltas), chunk({}, finish)])


def fail(status: int, body: Json | None = None, **headers: str) -> Reply:
    """Send an error."""
    error = body or {"error": {"message": "It failed.", "type": "error", "code": None}}
    header_fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda responder: responder.json(error, status, header_fields)


def respond_together(count: int) -> Reply:
    """Respond when `count` requests are in flight."""
    barrier = threading.Barrier(count, timeout=3)

    def reply(responder: Responder) -> None:
        barrier.wait()
        respond("Hallo")(responder)

    return reply


def stream_until_closed(hub: Hub, seconds: float = 2.0) -> Reply:
    """Start a stream, and set `hub.client_left` when the client closes the connection."""

    def reply(responder: Responder) -> None:
        responder.events([chunk({"role": "assistant", "content": "Hal"})], done=False)
        if responder.is_closed_by_client(seconds):
            hub.client_left.set()

    return reply
