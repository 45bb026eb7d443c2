"""A server that answers as fast as this machine can: prebuilt bytes, kept connections, no parsing.

A path begins with the answer's name (see `payloads`), or `<milliseconds>ms.<name>` for an answer
that is late. It serves until its standard input ends:

    python -m benchmarks.speed.stub
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from typing import cast

from benchmarks.speed import payloads

BETWEEN_TRICKLED_EVENTS = 0.0002
PIECE = 256 * 1024
SECOND_STEP = b'"tool_call_id"'


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes to send: at once, or part by part; `then` to a request that brings a tool's result."""

    parts: list[bytes]
    delay: float = 0.0
    then: list[bytes] | None = None


def _whole(body: bytes) -> list[bytes]:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return [head % len(body) + body]


def _stream(events: list[bytes]) -> list[bytes]:
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    return [head + events[0], *events[1:]]


@cache
def answer(name: str) -> Answer:
    """Return the answer of this name; built at its first use."""
    lead, _, rest = name.partition(".")
    if lead.endswith("ms"):
        prompt = answer(rest)
        return Answer(prompt.parts, int(lead.removesuffix("ms")) / 1000, prompt.then)
    if lead == "chat":
        return Answer(_whole(payloads.chat()))
    if lead == "embed":
        return Answer(_whole(payloads.embeddings(int(rest))))
    if lead == "agent" and rest == "json":
        return Answer(_whole(payloads.agent_call()), then=_whole(payloads.chat()))
    if lead == "agent":
        first = payloads.framed(payloads.agent_call_events(), rest)
        second = payloads.framed(payloads.text_events(payloads.AGENT_CHUNKS), rest)
        return Answer(_stream(first), then=_stream(second))
    count, _, framing = rest.partition(".")
    kinds = {
        "stream": payloads.text_events,
        "tool": payloads.tool_events,
        "object": payloads.object_events,
    }
    return Answer(_stream(payloads.framed(kinds[lead](int(count)), framing)))


class Connection(asyncio.Protocol):
    """One kept connection; its requests come one after the other."""

    def __init__(self, tricklers: ThreadPoolExecutor) -> None:
        self._tricklers = tricklers
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._waiting: memoryview | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self._received = data = self._received + data if self._received else data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = data[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r", 1)[0]) if at >= 0 else 0
        if len(data) < end + 4 + length:
            return
        self._received = b""
        name = data[data.index(b"/") + 1 : data.index(b"/v1")].decode()
        found = answer(name)
        parts = found.then if found.then and SECOND_STEP in data else found.parts
        if found.delay:
            self._loop.call_later(found.delay, self._send, parts)
        else:
            self._send(parts)

    def _send(self, parts: list[bytes]) -> None:
        if self._transport.is_closing():
            return
        if len(parts) > 1:
            self._loop.run_in_executor(self._tricklers, self._trickle, parts)
        elif len(parts[0]) <= PIECE:
            self._transport.write(parts[0])
        else:
            self._waiting = memoryview(parts[0])
            self.resume_writing()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        """Write on until the client is behind: buffers that grow are what slows servers."""
        self._paused = False
        while self._waiting and not self._paused:
            piece, self._waiting = self._waiting[:PIECE], self._waiting[PIECE:]
            self._transport.write(piece)

    def _trickle(self, parts: list[bytes]) -> None:
        descriptor = os.dup(self._transport.get_extra_info("socket").fileno())
        try:
            for part in parts:
                _write(descriptor, part)
                time.sleep(BETWEEN_TRICKLED_EVENTS)
        except OSError:
            self._loop.call_soon_threadsafe(self._transport.abort)
        finally:
            os.close(descriptor)


def _write(descriptor: int, part: bytes) -> None:
    while part:
        try:
            part = part[os.write(descriptor, part) :]
        except BlockingIOError:
            time.sleep(BETWEEN_TRICKLED_EVENTS)


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
    """Serve on uvloop where it is installed: the less the stub takes, the better the figures."""
    try:
        new_loop = import_module("uvloop").new_event_loop
    except ImportError:
        new_loop = asyncio.new_event_loop
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(serve())


if __name__ == "__main__":
    main()
