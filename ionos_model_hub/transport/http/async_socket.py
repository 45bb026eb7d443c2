"""Sockets on the asyncio loop, for the asynchronous shell.

They wait for bytes and for nothing else, and close without waiting: a call that is cancelled,
at whichever step, leaves no open socket behind.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import cast

from ionos_model_hub.transport.http.name_resolution import Address, connected
from ionos_model_hub.transport.http.pool import Origin, is_readable
from ionos_model_hub.transport.http.tls import ssl_context

_READ_AHEAD = 256 * 1024


async def open_socket(origin: Origin, seconds: float) -> LoopSocket:
    """Connect; raises OSError, TimeoutError among them."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(seconds):
        found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
        # The loop's own way to try addresses side by side forgets a connected socket when
        # cancelled.
        connection = await connected(origin.host, found, _connect)
        _, opened = await loop.create_connection(LoopSocket, sock=connection)
        if origin.is_secure:
            await opened.start_tls(origin.host)
    return opened


async def _connect(connection: socket.socket, address: Address, longest: float | None) -> None:
    connection.setblocking(False)
    async with asyncio.timeout(longest):
        await asyncio.get_running_loop().sock_connect(connection, address)


class LoopSocket(asyncio.Protocol):
    """A connected socket, plain or with TLS; it stops reading while too much waits to be taken."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._arrived: list[bytes] = []
        self._waiting_bytes = 0
        self._is_over = False
        self._failure: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._is_congested = False

    async def start_tls(self, host: str) -> None:
        """Begin TLS on a plain connection."""
        loop = asyncio.get_running_loop()
        try:
            if self._arrived:  # In TLS the client speaks first; the handshake would never see it.
                raise ssl.SSLError("the server does not speak TLS")
            transport = await loop.start_tls(
                self._transport, self, ssl_context(), server_hostname=host
            )
        except BaseException:
            self._transport.abort()
            raise
        self._transport = cast("asyncio.Transport", transport)

    async def write(self, data: bytes, seconds: float | None) -> None:
        """Send all, or as much as the operating system takes at once."""
        if self._is_over:
            raise OSError("the server closed the connection")
        self._transport.write(data)
        while self._is_congested and not self._is_over:
            self._writer = asyncio.get_running_loop().create_future()
            await _settled(self._writer, seconds)

    async def read(self, seconds: float | None) -> bytes:
        """Return what has arrived, b"" at the end."""
        if not self._arrived and not self._is_over:
            self._reader = asyncio.get_running_loop().create_future()
            await _settled(self._reader, seconds)
        if self._arrived:
            return self._take()
        if self._failure is not None:
            raise OSError(str(self._failure) or type(self._failure).__name__)
        return b""

    def is_stale(self) -> bool:
        """Tell whether the connection has ended, or something arrived that nobody asked for."""
        if self._is_over or self._arrived or self._transport.is_closing():
            return True
        # The loop may not have had the time to tell.
        return is_readable(self._transport.get_extra_info("socket").fileno())

    def close(self) -> None:
        """Close at once."""
        self._transport.abort()

    def _take(self) -> bytes:
        data = self._arrived[0] if len(self._arrived) == 1 else b"".join(self._arrived)
        self._arrived.clear()
        if self._waiting_bytes > _READ_AHEAD and not self._is_over:
            self._transport.resume_reading()
        self._waiting_bytes = 0
        return data

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Keep what arrives until it is taken."""
        self._arrived.append(data)
        before = self._waiting_bytes
        self._waiting_bytes += len(data)
        if before <= _READ_AHEAD < self._waiting_bytes:
            self._transport.pause_reading()
        _settle(self._reader)

    def eof_received(self) -> None:
        """Note that nothing more will arrive."""
        self._is_over = True
        _settle(self._reader)
        _settle(self._writer)

    def connection_lost(self, error: Exception | None) -> None:
        """Note the end, and why."""
        self._is_over = True
        self._failure = error
        _settle(self._reader)
        _settle(self._writer)

    def pause_writing(self) -> None:
        """Note that the server reads more slowly than is written."""
        self._is_congested = True

    def resume_writing(self) -> None:
        """Note that the server caught up."""
        self._is_congested = False
        _settle(self._writer)


async def _settled(future: asyncio.Future[None], seconds: float | None) -> None:
    """Wait for a future; raises TimeoutError."""
    # A timer instead of asyncio.seconds: this runs once for each read.
    timer = seconds is not None and future.get_loop().call_later(seconds, _time_out, future)
    try:
        await future
    finally:
        if timer:
            timer.cancel()


def _settle(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)


def _time_out(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_exception(TimeoutError())
