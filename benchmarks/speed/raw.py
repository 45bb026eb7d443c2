"""Bare sockets: the least a client can do, and so the most the stub is ever asked for."""

from __future__ import annotations

import asyncio
import socket
import time
from urllib.parse import urlsplit

from benchmarks.speed.stub_process import Stub

BODY = b'{"model":"m","messages":[{"role":"user","content":"What does a berth cost?"}]}'
END_OF_STREAM = b"0\r\n\r\n"


def request_bytes(url: str) -> bytes:
    """Return a whole request to the answer at `url`."""
    path = f"{urlsplit(url).path}/chat/completions"
    head = f"POST {path} HTTP/1.1\r\nhost: stub\r\ncontent-length: {len(BODY)}\r\n\r\n"
    return head.encode() + BODY


def calls_a_second(stub: Stub, calls: int) -> float:
    """Return how many calls one blocking connection gets answered."""
    request = request_bytes(stub.url("chat"))
    with socket.create_connection(("127.0.0.1", stub.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.perf_counter()
        for _ in range(calls):
            connection.sendall(request)
            connection.recv(65536)
        return calls / (time.perf_counter() - began)


def bytes_a_second(stub: Stub, answer: str) -> tuple[int, float]:
    """Return the size of a streamed answer and how fast it is read."""
    with socket.create_connection(("127.0.0.1", stub.port)) as connection:
        for _ in range(2):  # the first builds the answer
            began = time.perf_counter()
            connection.sendall(request_bytes(stub.url(answer)))
            size, tail = 0, b""
            while not tail.endswith(END_OF_STREAM):
                piece = connection.recv(1 << 20)
                size, tail = size + len(piece), tail[-8:] + piece[-8:]
        return size, size / (time.perf_counter() - began)


class _Caller(asyncio.Protocol):
    def __init__(self) -> None:
        self.answered: asyncio.Future[None]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self.answered.done():
            self.answered.set_result(None)

    async def call(self, request: bytes) -> None:
        self.answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        await self.answered

    def close(self) -> None:
        self._transport.close()


class RawCalls:
    """Calls over asyncio's own transports, each over an idle connection or else a new one."""

    def __init__(self, url: str) -> None:
        self._request = request_bytes(url)
        self._port = urlsplit(url).port or 80
        self._idle: list[_Caller] = []

    async def __call__(self) -> None:
        if self._idle:
            caller = self._idle.pop()
        else:
            loop = asyncio.get_running_loop()
            _, caller = await loop.create_connection(_Caller, "127.0.0.1", self._port)
        await caller.call(self._request)
        self._idle.append(caller)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()
