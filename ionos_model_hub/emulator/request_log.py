"""The log of requests and responses, bounded in memory."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ionos_model_hub.emulator.log_feed import Feed, LogEvent
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.recorded_response import Outcome, RecordedChunk

MAX_RECORDED_REQUESTS = 10_000
MAX_LOG_BYTES = 64 * 2**20
"""Estimated memory of all requests; above it, the oldest are removed, but not the newest."""
MAX_RESPONSE_BYTES = 2**20
"""Part of each response that is kept."""

# Approximate memory of a request or a chunk without its data, and of a value in parsed JSON.
_OBJECT_BYTES = 150
_VALUE_BYTES = 60


@dataclass(slots=True)
class _Entry:
    request: RecordedRequest
    started: float
    size: int
    response_size: int = 0


class RequestLog:
    """The latest requests and their responses; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._entries: dict[int, _Entry] = {}
        self._next_number = 1
        self._size = 0
        self._feeds: set[Feed] = set()

    def __len__(self) -> int:
        return len(self._entries)

    def latest(self, limit: int | None = None) -> list[RecordedRequest]:
        """Return the latest requests, oldest first; all of them by default."""
        with self._lock:
            requests = [entry.request for entry in self._entries.values()]
        return requests if limit is None else requests[max(0, len(requests) - limit) :]

    def find(self, number: int) -> RecordedRequest | None:
        """Return the request with a number, or None if the log does not contain it."""
        entry = self._entries.get(number)
        return entry.request if entry is not None else None

    def clear(self) -> None:
        """Remove all requests; the numbers start at 1 again."""
        with self._lock:
            self._entries.clear()
            self._next_number = 1
            self._size = 0
        self._publish(LogEvent("clear"))

    def add(self, request: RecordedRequest) -> RecordedRequest:
        """Add a request and return it with its number."""
        with self._lock:
            numbered = replace(request, number=self._next_number)
            size = _OBJECT_BYTES + _memory_of(request.json)
            self._entries[self._next_number] = _Entry(numbered, time.monotonic(), size)
            self._next_number += 1
            self._grow(size)
        self._publish(LogEvent("request", numbered))
        return numbered

    def add_head(self, request: RecordedRequest, status: int, headers: Mapping[str, str]) -> None:
        """Record that the head of a response is sent."""
        response = request.response
        response.status, response.headers = status, dict(headers)
        response.seconds_to_head = self._elapsed(request)
        self._publish(LogEvent("response", request))

    def add_chunk(self, request: RecordedRequest, data: bytes) -> None:
        """Record that a piece of a body is sent."""
        with self._lock:
            entry = self._entry(request)
            if entry is None or request.response.truncated:
                return
            size = len(data) + _OBJECT_BYTES
            if entry.response_size + size > MAX_RESPONSE_BYTES:
                request.response.truncated = True
                return
            chunk = RecordedChunk(time.monotonic() - entry.started, data)
            request.response.chunks.append(chunk)
            entry.response_size += size
            self._grow(size)
        self._publish(LogEvent("chunk", request, chunk))

    def end(self, request: RecordedRequest, outcome: Outcome) -> None:
        """Record the end of a response."""
        if request.response.outcome == "pending":
            request.response.seconds = self._elapsed(request)
            request.response.outcome = outcome
            self._publish(LogEvent("end", request))

    def subscribe(self) -> Feed:
        """Return a feed of the events from now on, for the running event loop."""
        feed = Feed(self._unsubscribe)
        with self._lock:
            self._feeds.add(feed)
        return feed

    def close(self) -> None:
        """End all feeds."""
        with self._lock:
            feeds, self._feeds = self._feeds, set()
        for feed in feeds:
            feed.publish(None)

    def _unsubscribe(self, feed: Feed) -> None:
        with self._lock:
            self._feeds.discard(feed)

    def _publish(self, event: LogEvent) -> None:
        with self._lock:
            feeds = list(self._feeds)
        for feed in feeds:
            feed.publish(event)

    def _entry(self, request: RecordedRequest) -> _Entry | None:
        """Return the entry of a request unless it was removed."""
        entry = self._entries.get(request.number)
        return entry if entry is not None and entry.request is request else None

    def _elapsed(self, request: RecordedRequest) -> float | None:
        entry = self._entry(request)
        return time.monotonic() - entry.started if entry is not None else None

    def _grow(self, size: int) -> None:
        """Add to the estimated memory, and remove the oldest requests above a limit."""
        self._size += size
        while len(self._entries) > 1 and (
            self._size > MAX_LOG_BYTES or len(self._entries) > MAX_RECORDED_REQUESTS
        ):
            oldest = self._entries.pop(next(iter(self._entries)))
            self._size -= oldest.size + oldest.response_size


def _memory_of(value: object) -> int:
    """Estimate the memory of parsed JSON."""
    total = 0
    values = [value]
    while values:
        item = values.pop()
        total += _VALUE_BYTES
        if isinstance(item, str):
            total += len(item)
        elif isinstance(item, dict):
            values += item.values()
            total += sum(len(name) + _VALUE_BYTES for name in item)
        elif isinstance(item, list):
            values += item
    return total
