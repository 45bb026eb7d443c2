"""Delivery of scripted responses: delays, chunks, stalls, and closed or reset connections."""

from collections.abc import Callable, Iterator

from starlette.types import Message, Receive, Send

from ionos_model_hub.emulator.connection import (
    ConnectionClosedError,
    close_connection,
    pause,
    until_disconnect,
)
from ionos_model_hub.emulator.script import Position, Reply


class PacedSend:
    """Sends the messages of an ASGI response in the way a reply requests.

    Args:
        reply: The reply.
        receive: Receives the messages of the client.
        send: Sends messages to the client.
        on_interruption: Called before the connection is closed.
    """

    def __init__(
        self, reply: Reply, receive: Receive, send: Send, on_interruption: Callable[[], object]
    ) -> None:
        self._reply = reply
        self._on_interruption = on_interruption
        self._receive = receive
        self._send = send
        self._sent = 0
        self._is_stream = False

    async def __call__(self, message: Message) -> None:
        """Send a message.

        Raises:
            ConnectionClosedError: The connection was closed.
        """
        if message["type"] == "http.response.start":
            await self._send_head(message)
        else:
            await self._send_body(message["body"], more=message.get("more_body", False))

    async def _send_head(self, message: Message) -> None:
        await self._interrupt(0)
        headers = dict(message["headers"])
        self._is_stream = headers.get(b"content-type", b"").startswith(b"text/event-stream")
        await self._send(message)
        await self._interrupt("head")

    async def _send_body(self, body: bytes, *, more: bool) -> None:
        for chunk in self._split(body):
            seconds = self._reply.chunk_delay if self._sent else self._reply.first_chunk_delay
            await pause(seconds, self._receive)
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
            self._sent += 1
            await self._interrupt(self._sent)
        if not more:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _split(self, body: bytes) -> Iterator[bytes]:
        """Yield the chunks of a piece of the body."""
        sizes = self._sizes(len(body))
        at = 0
        while at < len(body):
            size = sizes[min(self._sent, len(sizes) - 1)]
            yield body[at : at + size]
            at += size

    def _sizes(self, length: int) -> list[int]:
        sizes = self._reply.chunk_bytes
        if sizes is not None:
            return [sizes] if isinstance(sizes, int) else list(sizes)
        return [length // 2 or 1] if self._is_halved else [length]

    @property
    def _is_halved(self) -> bool:
        """Whether the body is interrupted in its middle."""
        reply = self._reply
        positions = (reply.stall_after, reply.disconnect_after, reply.reset_after)
        is_in_body = any(isinstance(position, int) for position in positions)
        return is_in_body and not self._is_stream and reply.chunk_bytes is None

    async def _interrupt(self, position: Position) -> None:
        """Stall or close the connection if the reply requests it at this position.

        Raises:
            ConnectionClosedError: The connection was closed.
        """
        reply = self._reply
        if self._is_at(reply.stall_after, position):
            await until_disconnect(self._receive)
            raise ConnectionClosedError("The client has closed the stalled response")
        for requested, reset in ((reply.disconnect_after, False), (reply.reset_after, True)):
            if self._is_at(requested, position):
                self._on_interruption()
                await close_connection(self._receive, reset=reset)

    def _is_at(self, requested: Position | None, position: Position) -> bool:
        if self._is_halved and position == 1:
            return requested not in (None, "head")
        return requested == position
