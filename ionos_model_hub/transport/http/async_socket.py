"""Sockets on the asyncio event loop, for the asynchronous client.

They wait only for the network, and closing does not wait at all. So a call that is cancelled at
any point leaves no open socket behind.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import cast
from weakref import WeakValueDictionary

from aiohappyeyeballs import start_connection

from ionos_model_hub.transport.http.addresses import AddressInfo, Server, working_addresses
from ionos_model_hub.transport.http.errors import reason_of
from ionos_model_hub.transport.http.sockets import create_socket, is_readable
from ionos_model_hub.transport.http.target import Origin
from ionos_model_hub.transport.http.tls import ssl_context
from ionos_model_hub.transport.http.tunnel import open_tunnel

ATTEMPT_DELAY = 0.25
"""Seconds after which the next address of a host is tried in addition (RFC 8305)."""

_READ_BUFFER_LIMIT = 256 * 1024

_Lookup = asyncio.Future[Sequence[AddressInfo]]
_lookups: WeakValueDictionary[tuple[int, Server], _Lookup] = WeakValueDictionary()
"""The name lookups in progress, by the id of their event loop, which they keep alive."""


async def open_socket(origin: Origin, seconds: float) -> AsyncSocket:
    """Connect to a server; raises OSError, and TimeoutError after `seconds`."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    async with asyncio.timeout_at(ends_at):
        connection = await _connect(origin.address)
        _, opened = await loop.create_connection(lambda: AsyncSocket(connection), sock=connection)
        try:
            if origin.needs_tunnel:
                await open_tunnel(opened, origin, lambda: max(ends_at - loop.time(), 0.0))
            if origin.is_secure:
                await opened.start_tls(origin.certified_name)
        except BaseException:
            opened.close()
            raise
    return opened


async def _connect(server: Server) -> socket.socket:
    """Return a socket connected to the first address of a server that responds."""
    resolved = await _resolve(server)
    if not resolved:
        raise OSError(f"{server[0]} has no address")
    addresses = working_addresses.order(server, resolved)
    # asyncio's own `happy_eyeballs_delay` leaks sockets that have just connected when cancelled.
    try:
        connection = await start_connection(
            addresses, happy_eyeballs_delay=ATTEMPT_DELAY, socket_factory=create_socket
        )
    except OSError as error:
        raise _with_reason(error) from None
    try:
        working = connection.getpeername()  # fails if the server has already reset the connection
    except OSError:
        connection.close()
        raise
    working_addresses.record(server, addresses, working)
    return connection


def _with_reason(error: OSError) -> OSError:
    """Return an error of asyncio with the system's message, as errors of blocking sockets have."""
    if error.errno and "Connect call failed" in str(error):
        return OSError(error.errno, os.strerror(error.errno))
    return error


async def _resolve(server: Server) -> Sequence[AddressInfo]:
    """Return the addresses of a server. Calls that need the same ones share a lookup.

    An event loop has few threads for lookups, so hundreds of them at once would take too long.
    """
    loop = asyncio.get_running_loop()
    key = id(loop), server
    if (lookup := _lookups.get(key)) is None or lookup.done():
        resolving = loop.getaddrinfo(*server, type=socket.SOCK_STREAM)
        lookup = _lookups[key] = asyncio.ensure_future(resolving)
        # Otherwise asyncio logs lookups that fail, or are left when the loop is closed, after the
        # calls that waited for them have ended.
        lookup.add_done_callback(lambda done: done.cancelled() or done.exception())
        lookup._log_destroy_pending = False  # type: ignore[attr-defined]  # as in asyncio.gather
    try:
        # Since Python 3.14, `asyncio.shield` logs failures after the call is cancelled.
        await asyncio.wait((lookup,))
        return lookup.result()
    finally:
        del lookup  # It would form a reference cycle with the traceback of its error.


class AsyncSocket(asyncio.Protocol):
    """A connected socket, with or without TLS. It stops reading while its buffer is full.

    Args:
        connection: The socket that asyncio reads and writes.
    """

    _transport: asyncio.Transport
    _plain_transport: asyncio.Transport

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer: list[bytes] = []
        self._buffered_bytes = 0
        self._has_ended = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._is_congested = False

    async def start_tls(self, host: str) -> None:
        """Start TLS on a plain connection."""
        loop = asyncio.get_running_loop()
        try:
            # The client speaks first in TLS. The handshake would not see earlier bytes.
            if self._buffer:
                raise ssl.SSLError("the server does not speak TLS")
            transport = await loop.start_tls(
                self._transport, self, ssl_context(), server_hostname=host
            )
        except BaseException:
            self._transport.abort()
            raise
        self._transport = cast("asyncio.Transport", transport)
        # Process an alert, such as the one for a missing client certificate, before a write fails.
        await asyncio.sleep(0)

    async def write(self, data: bytes, seconds: float | None) -> None:
        """Send `data`; return when the operating system has accepted most of it."""
        if self._has_ended:
            raise OSError("the server closed the connection")
        self._transport.write(data)
        while self._is_congested and not self._has_ended:
            self._writer = asyncio.get_running_loop().create_future()
            await _wait_for(self._writer, seconds)

    async def read(self, seconds: float | None) -> bytes:
        """Return the bytes received so far, or wait for some; b"" at the end of the connection."""
        if not self._buffer and not self._has_ended:
            self._reader = asyncio.get_running_loop().create_future()
            await _wait_for(self._reader, seconds)
        if self._buffer:
            return self._take_buffer()
        if self._error is not None:
            raise OSError(reason_of(self._error))
        return b""

    def is_stale(self) -> bool:
        """Return whether the server closed the idle connection or sent stray bytes."""
        if self._has_ended or self._buffer or self._transport.is_closing():
            return True
        # The loop may not have processed the event yet.
        return is_readable(self._connection.fileno())

    def close(self) -> None:
        """Close immediately, even if the event loop is closed."""
        try:
            self._transport.abort()
        except RuntimeError:
            self._close_after_loop()

    def _close_after_loop(self) -> None:
        """Close the socket in place of the closed loop."""
        # Without this call, asyncio's transport warns when it is collected. Other loops lack it.
        transport = self._plain_transport
        finish = getattr(transport, "_call_connection_lost", self.connection_lost)
        with suppress(RuntimeError):
            finish(None)
        self._connection.close()

    def _take_buffer(self) -> bytes:
        data = self._buffer[0] if len(self._buffer) == 1 else b"".join(self._buffer)
        self._buffer.clear()
        if self._buffered_bytes > _READ_BUFFER_LIMIT and not self._has_ended:
            self._transport.resume_reading()
        self._buffered_bytes = 0
        return data

    # Callbacks of asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        self._transport = self._plain_transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Buffer received bytes; pause the transport when the buffer is full."""
        self._buffer.append(data)
        before = self._buffered_bytes
        self._buffered_bytes += len(data)
        if before <= _READ_BUFFER_LIMIT < self._buffered_bytes:
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> None:
        """Wake up readers and writers; no more data will arrive."""
        self._has_ended = True
        _wake(self._reader)
        _wake(self._writer)

    def connection_lost(self, error: Exception | None) -> None:
        """Wake up readers and writers, and store the error that ended the connection."""
        self._has_ended = True
        self._error = error
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        """Let `write` wait, because the server reads more slowly than the client writes."""
        self._is_congested = True

    def resume_writing(self) -> None:
        """Wake up the writer; the server has caught up."""
        self._is_congested = False
        _wake(self._writer)


async def _wait_for(future: asyncio.Future[None], seconds: float | None) -> None:
    """Wait for a future; raises TimeoutError."""
    # A timer costs less than `asyncio.timeout`, and this runs once per read.
    timer = seconds is not None and future.get_loop().call_later(seconds, _time_out, future)
    try:
        await future
    finally:
        if timer:
            timer.cancel()


def _wake(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)


def _time_out(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_exception(TimeoutError())
