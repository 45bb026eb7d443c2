"""Responses that the emulator has sent."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["pending", "complete", "disconnected"]

_EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class RecordedChunk:
    """A piece of a response body.

    Attributes:
        seconds: Time since the request was received.
        data: The bytes sent, an event in streams.
    """

    seconds: float
    data: bytes


@dataclass(slots=True)
class RecordedResponse:
    """A response, completed while it is sent.

    Attributes:
        status: HTTP status, or None before the head is sent.
        headers: Headers by lower-case name.
        chunks: Pieces of the body.
        seconds_to_head: Time from the request to the head of the response.
        seconds: Time from the request to the end of the response.
        outcome: `pending`, `complete`, or `disconnected` if the connection was closed before.
        source: Origin of the content: `default`, `scripted` or `fault`.
        truncated: Whether further chunks were sent but not kept, to limit the memory.

    Example:
        >>> response = RecordedResponse(status=200)
        >>> response.chunks.append(RecordedChunk(0.1, b'{"usage": {"total_tokens": 3}}'))
        >>> response.usage
        {'total_tokens': 3}
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[RecordedChunk] = field(default_factory=list)
    seconds_to_head: float | None = None
    seconds: float | None = None
    outcome: Outcome = "pending"
    source: str = "default"
    truncated: bool = False

    @property
    def body(self) -> bytes:
        """The body as far as it was sent and kept."""
        return b"".join(chunk.data for chunk in self.chunks)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The parsed body, or None if it is not valid JSON."""
        return _parse(self.text)

    @property
    def is_stream(self) -> bool:
        """Whether the response consists of server-sent events."""
        return self.headers.get("content-type", "").startswith(_EVENT_STREAM)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON objects in the `data` lines of a stream."""
        lines = self.text.split("\n") if self.is_stream else ()
        values = (_parse(line[5:]) for line in lines if line.startswith("data:"))
        return [value for value in values if isinstance(value, dict)]

    @property
    def usage(self) -> dict[str, Any] | None:
        """The token usage, or None if the response has none."""
        bodies = reversed(self.events) if self.is_stream else [self.json]
        usages = (body.get("usage") for body in bodies if isinstance(body, dict))
        return next((usage for usage in usages if isinstance(usage, dict)), None)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
