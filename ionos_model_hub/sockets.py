# ruff: noqa: ASYNC109 - the timeouts are arguments because httpcore's interface has them so
"""Sockets on the asyncio loop, for httpcore's connections.

httpcore's own sockets go through anyio, which checks for cancellation at every step; a call that
is cancelled at the wrong one leaves an open socket behind. These wait for bytes and for nothing
else, and close without waiting.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from typing import Any, cast

import httpcore

_SECONDS_FOR_AN_ADDRESS = 1.0
_READ_AHEAD = 256 * 1024


class AsyncioBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections on the running loop.

    Example:
        >>> pool = httpcore.AsyncConnectionPool(network_backend=AsyncioBackend())
    """

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect; raises httpcore.ConnectTimeout or ConnectError."""
        try:
            async with asyncio.timeout(timeout):
                connection = await _connected(host, port)
                _, buffer = await asyncio.get_running_loop().create_connection(
                    _Buffer, sock=connection
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return _Stream(buffer)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def _connected(host: str, port: int) -> socket.socket:
    """Return a connected socket: the host's addresses are tried in turn, the last for longest.

    The loop's own way to try addresses side by side forgets a connected socket when cancelled.
    """
    loop = asyncio.get_running_loop()
    addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for place, (family, kind, protocol, _, address) in enumerate(addresses, start=1):
        is_last = place == len(addresses)
        connection = socket.socket(family, kind, protocol)
        connection.setblocking(False)
        try:
            async with asyncio.timeout(None if is_last else _SECONDS_FOR_AN_ADDRESS):
                await loop.sock_connect(connection, address)
        except OSError:
            connection.close()
            if is_last:
                raise
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise OSError(f"{host} has no address")


class _Buffer(asyncio.Protocol):
    """Collects what arrives, and stops reading while too much of it waits."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = False
        self.failure: Exception | None = None
        self.arrival: asyncio.Future[None] | None = None
        self.may_write = asyncio.Event()
        self.may_write.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.data += data
        if len(self.data) > _READ_AHEAD:
            self.transport.pause_reading()
        self._wake()

    def take(self, most: int) -> bytes:
        """Return what has arrived, and go on reading."""
        taken = bytes(self.data[:most])
        del self.data[:most]
        if not self.ended and len(self.data) <= _READ_AHEAD:
            self.transport.resume_reading()
        return taken

    def eof_received(self) -> None:
        self.ended = True
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self.ended = True
        self.failure = error
        self.may_write.set()
        self._wake()

    def pause_writing(self) -> None:
        self.may_write.clear()

    def resume_writing(self) -> None:
        self.may_write.set()

    def _wake(self) -> None:
        if self.arrival is not None and not self.arrival.done():
            self.arrival.set_result(None)


class _Stream(httpcore.AsyncNetworkStream):
    """One connection."""

    def __init__(self, buffer: _Buffer) -> None:
        self._buffer = buffer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        buffer = self._buffer
        if not buffer.data and not buffer.ended:
            await self._arrival(timeout)
        if buffer.data:
            return buffer.take(max_bytes)
        if buffer.failure is not None:
            raise httpcore.ReadError(str(buffer.failure))
        return b""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._buffer.ended:
            raise httpcore.WriteError("The server closed the connection.")
        self._buffer.transport.write(buffer)
        if not self._buffer.may_write.is_set():
            try:
                async with asyncio.timeout(timeout):
                    await self._buffer.may_write.wait()
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error

    async def aclose(self) -> None:
        self._buffer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        buffer = self._buffer
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                transport = await loop.start_tls(
                    buffer.transport, buffer, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError as error:
            buffer.transport.abort()
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:  # SSLError is one
            buffer.transport.abort()
            raise httpcore.ConnectError(str(error)) from error
        except BaseException:
            buffer.transport.abort()
            raise
        buffer.transport = cast("asyncio.Transport", transport)
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            buffer = self._buffer  # One that was reset is closing before it has ended.
            return bool(buffer.data) or buffer.ended or buffer.transport.is_closing()
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._buffer.transport.get_extra_info(names.get(info, info))

    async def _arrival(self, timeout: float | None) -> None:
        """Wait until something arrives or the connection ends."""
        # A timer and a future instead of asyncio.timeout: this runs once for each read.
        loop = asyncio.get_running_loop()
        arrival = self._buffer.arrival = loop.create_future()
        timer = timeout is not None and loop.call_later(timeout, _time_out, arrival)
        try:
            await arrival
        finally:
            self._buffer.arrival = None
            if timer:
                timer.cancel()


def _time_out(arrival: "asyncio.Future[None]") -> None:
    if not arrival.done():
        arrival.set_exception(httpcore.ReadTimeout("nothing arrived in time"))
