"""Exchanges that are being recorded."""

import time
from dataclasses import dataclass, field

from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.recording.content import describe_event
from ionos_model_hub.emulator.recording.files import RecordedExchange
from ionos_model_hub.emulator.recording.redaction import Redactor


@dataclass(slots=True)
class PendingExchange:
    """A request with the part of its response that has arrived.

    Attributes:
        method: HTTP method.
        path: Path with the query string.
        body: Content of the request without keys, or None.
        redactor: Removes the keys of the request.
        started_at: When the request was forwarded, by the monotonic clock.
        seconds: Seconds until the head of the response.
        status: HTTP status of the response.
        headers: Its headers.
        content: Its content if it is not a stream.
        events: The events of a stream so far.
    """

    method: str
    path: str
    body: Json | None
    redactor: Redactor
    started_at: float = field(default_factory=time.monotonic)
    seconds: float = 0
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: Json | None = None
    events: list[Json] = field(default_factory=list)

    def add(self, event: bytes) -> None:
        """Record an event with its time."""
        seconds = round(time.monotonic() - self.started_at, 4)
        self.events.append({"seconds": seconds, **describe_event(event)})

    def exchange(self) -> RecordedExchange:
        """Return the recording."""
        return RecordedExchange(
            self.method,
            self.path,
            self.body,
            self.status,
            self.headers,
            round(self.seconds, 4),
            self.content,
            tuple(self.redactor.stream(self.events)),
        )
