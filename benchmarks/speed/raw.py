"""Bare sockets: the fastest possible client, and so the highest load for the stub."""

from __future__ import annotations

import asyncio
import socket
import time
from urllib.parse import urlsplit

from benchmarks.speed.stub_process import Stub

BODY = b'{"model":"m","messages":[{"role":"user","content":"What does a berth cost?"}]}'
LAST_CHUNK = b"0\r\n\r\n"


def request_bytes(url: str) -> bytes:
    """Return the bytes of a request for the response at `url`."""
    path = f"{urlsplit(url).path}/chat/completions"
    head = f"POST {path} HTTP/1.1\r\nhost: stub\r\ncontent-length: {len(BODY)}\r\n\r\n"
    return head.encode() + BODY


def calls_per_second(stub: Stub, calls: int) -> float:
    """Return the rate of sequential calls over one blocking connection."""
    request = request_bytes(stub.url("chat"))
    with socket.create_connection(("127.0.0.1", stub.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        started = time.perf_counter()
        for _ in range(calls):
            connection.sendall(request)
            connection.recv(65536)
        return calls / (time.perf_counter() - started)


def bytes_per_second(stub: Stub, response: str) -> tuple[int, float]:
    """Return the size of a streamed response, and the bytes read per second."""
    with socket.create_connection(("127.0.0.1", stub.port)) as connection:
        for _ in range(2):  # the stub builds the response for the first request
            started = time.perf_counter()
            connection.sendall(request_bytes(stub.url(response)))
            size, tail = 0, b""
            while not tail.endswith(LAST_CHUNK):
                piece = connection.recv(1 << 20)
                size, tail = size + len(piece), tail[-8:] + piece[-8:]
        return size, size / (time.perf_counter() - started)


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._received: asyncio.Future[None]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self._received.done():
            self._received.set_result(None)

    async def call(self, request: bytes) -> None:
        self._received = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        await self._received

    def close(self) -> None:
        self._transport.close()


class RawCalls:
    """Calls over asyncio transports, each over an idle connection if there is one."""

    def __init__(self, url: str) -> None:
        self._request = request_bytes(url)
        self._port = urlsplit(url).port or 80
        self._idle: list[_Connection] = []

    async def __call__(self) -> None:
        if self._idle:
            connection = self._idle.pop()
        else:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(_Connection, "127.0.0.1", self._port)
        await connection.call(self._request)
        self._idle.append(connection)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()
