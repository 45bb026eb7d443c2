"""Control over the TCP connection of a request."""

import asyncio
import socket
import struct
import sys
from typing import Any

from starlette.types import Receive

_FLUSH_ROUNDS = 100
_FLUSH_INTERVAL = 0.01  # seconds
# SO_LINGER with a timeout of 0 seconds; Windows uses shorter integers.
_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class ConnectionClosedError(ConnectionError):
    """The connection was closed before the response was complete."""


async def until_disconnect(receive: Receive) -> None:
    """Wait until the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def pause(seconds: float, receive: Receive) -> None:
    """Sleep.

    Raises:
        ConnectionClosedError: The client has disconnected.
    """
    if seconds <= 0:
        return
    try:
        await asyncio.wait_for(until_disconnect(receive), seconds)
    except TimeoutError:
        return
    raise ConnectionClosedError("The client has disconnected")


async def close_connection(receive: Receive, *, reset: bool) -> None:
    """Close the connection of a request once everything so far is sent.

    Args:
        receive: Receives the messages of the client from uvicorn.
        reset: Whether to reset the connection (TCP RST) instead of closing it (FIN).

    Raises:
        ConnectionClosedError: Always, because the response cannot be continued.
        ConnectionResetError: There is no connection, because the application runs without a server.
    """
    transport: Any = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("The scripted reply closes the connection")
    await _flush(transport)
    if reset:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        transport.abort()
    else:
        transport.close()
    await until_disconnect(receive)
    raise ConnectionClosedError("The scripted reply closes the connection")


async def _flush(transport: asyncio.WriteTransport) -> None:
    """Wait until the kernel has all data, for at most a second."""
    for _ in range(_FLUSH_ROUNDS):
        if not transport.get_write_buffer_size():
            return
        await asyncio.sleep(_FLUSH_INTERVAL)
