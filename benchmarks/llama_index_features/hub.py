"""A scripted chat server on loopback, neutral between the packages that are compared."""

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


class Exchange:
    """One request, and the ways to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: Json) -> None:
        self.body = body
        self._handler = handler

    def json(
        self, value: Json, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer with one JSON body."""
        data = json.dumps(value).encode()
        self._begin(status, {"content-type": "application/json", **(headers or {})}, len(data))
        self._handler.wfile.write(data)

    def events(self, events: Iterable[Json | str], done: bool = True) -> None:
        """Answer with server-sent events, and end."""
        self._begin(200, {"content-type": "text/event-stream", "connection": "close"}, None)
        for event in [*events, *(["[DONE]"] if done else [])]:
            self.event(event)
        self._handler.close_connection = True

    def event(self, event: Json | str) -> None:
        """Send one more event."""
        text = event if isinstance(event, str) else json.dumps(event)
        self._handler.wfile.write(f"data: {text}\n\n".encode())
        self._handler.wfile.flush()

    def is_left(self, seconds: float) -> bool:
        """Return whether the client closes the connection within some seconds."""
        readable, _, _ = select.select([self._handler.connection], [], [], seconds)
        return bool(readable) and not self._handler.connection.recv(1)

    def _begin(self, status: int, headers: Mapping[str, str], length: int | None) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        if length is not None:
            self._handler.send_header("content-length", str(length))
        self._handler.end_headers()


Reply = Callable[[Exchange], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Pass over clients that leave, and barriers that break."""


class Hub:
    """The server; it answers with its script, then always with `talk("Hallo")`."""

    def __init__(self) -> None:
        self.requests: list[Json] = []
        self.left = threading.Event()
        self._script: deque[Reply] = deque()
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def url(self) -> str:
        """The base URL, with `/v1`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def script(self, *replies: Reply) -> None:
        """Append answers, one for each request to come."""
        self._script.extend(replies)

    def reply(self) -> Reply:
        """Take the next answer."""
        return self._script.popleft() if self._script else talk("Hallo")

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

        def do_POST(self) -> None:  # the name is http.server's
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            hub.requests.append({"path": self.path, "headers": dict(self.headers), **body})
            try:
                hub.reply()(Exchange(self, body))
            except ConnectionError:
                hub.left.set()

        def log_message(self, *_: object) -> None: ...

    return Handler


def talk(text: str = "", **message: Any) -> Reply:
    """Answer with a message, whole or streamed word by word, as the request wants it."""
    actual = {"role": "assistant", "content": text, **message}

    def reply(exchange: Exchange) -> None:
        choice: Json = {"index": 0, "finish_reason": "stop"}
        if "prompt" in exchange.body:
            choice["text"] = text
            if exchange.body.get("stream"):
                exchange.events([{**HEAD, "choices": [choice]}])
                return
        else:
            choice["message"] = actual
        if not exchange.body.get("stream"):
            exchange.json(
                {**HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE}
            )
            return
        pieces = [f"{word} " for word in text.split(" ")[:-1]] + text.split(" ")[-1:]
        events = [*map(chunk, ({**message, "content": piece} for piece in pieces)), FINISH]
        if exchange.body.get("stream_options", {}).get("include_usage"):
            events.append({**chunk({}), "choices": [], "usage": USAGE})
        exchange.events(events)

    return reply


def chunk(delta: Json, finish: str | None = None, **more: Any) -> Json:
    """Return an event of a streamed chat."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish, **more}
    return {**HEAD, "object": "chat.completion.chunk", "choices": [choice]}


FINISH = chunk({}, "stop")


def stream(*deltas: Json, finish: str = "stop") -> Reply:
    """Answer with a stream of these deltas."""
    return lambda exchange: exchange.events([*map(chunk, deltas), chunk({}, finish)])


def refuse(status: int, body: Json | None = None, **headers: str) -> Reply:
    """Answer with an error."""
    actual = body or {"error": {"message": "It failed.", "type": "error", "code": None}}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.json(actual, status, sent)


def meet(count: int) -> Reply:
    """Answer as soon as `count` requests are there at once."""
    barrier = threading.Barrier(count, timeout=3)

    def reply(exchange: Exchange) -> None:
        barrier.wait()
        talk("Hallo")(exchange)

    return reply


def linger(hub: Hub, seconds: float = 2.0) -> Reply:
    """Begin a stream and wait for the client to go; `hub.left` is set when it does."""

    def reply(exchange: Exchange) -> None:
        exchange.events([chunk({"role": "assistant", "content": "Hal"})], done=False)
        if exchange.is_left(seconds):
            hub.left.set()

    return reply
