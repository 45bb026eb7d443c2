"""A server as fast as possible: prebuilt responses, keep-alive connections, no parsing of bodies.

Paths start with the name of a response (see `payloads`), or with `<milliseconds>ms.<name>` for a
delayed response. The server runs until its standard input ends:

    python -m benchmarks.speed.stub
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import import_module
from typing import cast

from benchmarks.speed import payloads

TRICKLE_INTERVAL = 0.0002
WRITE_SIZE = 256 * 1024
TOOL_RESULT = b'"tool_call_id"'


@dataclass(frozen=True, slots=True)
class PreparedResponse:
    """The parts to send, one write each; `after_tool` is sent to requests with a tool result."""

    parts: list[bytes]
    delay: float = 0.0
    after_tool: list[bytes] | None = None


def _json(body: bytes) -> list[bytes]:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return [head % len(body) + body]


def _stream(events: list[bytes]) -> list[bytes]:
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    return [head + events[0], *events[1:]]


@cache
def find_response(name: str) -> PreparedResponse:
    """Return the response with this name, built on first use."""
    kind, _, rest = name.partition(".")
    if kind.endswith("ms"):
        response = find_response(rest)
        return replace(response, delay=int(kind.removesuffix("ms")) / 1000)
    if kind == "chat":
        return PreparedResponse(_json(payloads.chat()))
    if kind == "embed":
        return PreparedResponse(_json(payloads.embeddings(int(rest))))
    if kind == "agent" and rest == "json":
        return PreparedResponse(_json(payloads.agent_call()), after_tool=_json(payloads.chat()))
    if kind == "agent":
        first = payloads.framed(payloads.agent_call_events(), rest)
        second = payloads.framed(payloads.text_events(payloads.AGENT_CHUNKS), rest)
        return PreparedResponse(_stream(first), after_tool=_stream(second))
    count, _, framing = rest.partition(".")
    events = {
        "stream": payloads.text_events,
        "tool": payloads.tool_events,
        "object": payloads.object_events,
    }
    return PreparedResponse(_stream(payloads.framed(events[kind](int(count)), framing)))


class Connection(asyncio.Protocol):
    """A keep-alive connection with sequential requests."""

    def __init__(self, tricklers: ThreadPoolExecutor) -> None:
        self._tricklers = tricklers
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._unsent: memoryview | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # not a subclass in uvloop

    def data_received(self, data: bytes) -> None:
        self._received = data = self._received + data if self._received else data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = data[:end].lower()
        position = head.find(b"content-length:")
        length = int(head[position + 15 :].split(b"\r", 1)[0]) if position >= 0 else 0
        if len(data) < end + 4 + length:
            return
        self._received = b""
        name = data[data.index(b"/") + 1 : data.index(b"/v1")].decode()
        response = find_response(name)
        parts = response.parts
        if response.after_tool and TOOL_RESULT in data:
            parts = response.after_tool
        if response.delay:
            self._loop.call_later(response.delay, self._send, parts)
        else:
            self._send(parts)

    def _send(self, parts: list[bytes]) -> None:
        if self._transport.is_closing():
            return
        if len(parts) > 1:
            self._loop.run_in_executor(self._tricklers, self._trickle, parts)
        elif len(parts[0]) <= WRITE_SIZE:
            self._transport.write(parts[0])
        else:
            self._unsent = memoryview(parts[0])
            self.resume_writing()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        """Write until the send buffer is full; a growing buffer would slow the server down."""
        self._paused = False
        while self._unsent and not self._paused:
            piece, self._unsent = self._unsent[:WRITE_SIZE], self._unsent[WRITE_SIZE:]
            self._transport.write(piece)

    def _trickle(self, parts: list[bytes]) -> None:
        descriptor = os.dup(self._transport.get_extra_info("socket").fileno())
        try:
            for part in parts:
                _write(descriptor, part)
                time.sleep(TRICKLE_INTERVAL)
        except OSError:
            self._loop.call_soon_threadsafe(self._transport.abort)
        finally:
            os.close(descriptor)


def _write(descriptor: int, part: bytes) -> None:
    while part:
        try:
            part = part[os.write(descriptor, part) :]
        except BlockingIOError:
            time.sleep(TRICKLE_INTERVAL)


async def serve() -> None:
    """Print the port and serve until standard input ends."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(8) as tricklers:
        server = await loop.create_server(
            partial(Connection, tricklers), "127.0.0.1", 0, backlog=4096
        )
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
        server.close()


def main() -> None:
    """Serve on uvloop if it is installed, so that the stub uses less CPU time."""
    try:
        new_loop = import_module("uvloop").new_event_loop
    except ImportError:
        new_loop = asyncio.new_event_loop
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(serve())


if __name__ == "__main__":
    main()
