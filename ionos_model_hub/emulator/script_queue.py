"""The scripted replies that are left, and the requests that no reply was meant for."""

import threading
from collections.abc import Callable, Iterable

from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.script import Reply

ReplyFunction = Callable[[RecordedRequest], Reply | None]
"""Returns the reply to a request, or None if it has none; it is called for every request."""


class ScriptQueue:
    """Scripted replies; other threads may append to it.

    Args:
        replies: Replies, or functions that return them.
    """

    def __init__(self, replies: Iterable[Reply | ReplyFunction]) -> None:
        self._lock = threading.RLock()  # functions may append replies
        self._entries: list[tuple[Reply | ReplyFunction, int | None]] = []
        self.unexpected: list[RecordedRequest] = []
        self.extend(replies)

    def extend(self, replies: Iterable[Reply | ReplyFunction]) -> None:
        """Append replies."""
        entries = [(reply, reply.times if isinstance(reply, Reply) else None) for reply in replies]
        with self._lock:
            self._entries += entries

    def clear(self) -> None:
        """Remove all replies and unexpected requests."""
        with self._lock:
            self._entries.clear()
            self.unexpected.clear()

    @property
    def unused(self) -> list[Reply]:
        """The replies with a limited number of uses that are left."""
        return [r for r, left in self._entries if isinstance(r, Reply) and left is not None]

    def take(self, request: RecordedRequest) -> Reply | None:
        """Return the first reply that is meant for a request, and count its use."""
        with self._lock:
            for entry in list(self._entries):
                reply = _reply_of(entry[0], request)
                if reply is not None:
                    self._count(entry)
                    return reply
        return None

    def _count(self, entry: tuple[Reply | ReplyFunction, int | None]) -> None:
        reply, left = entry
        if left is not None and entry in self._entries:
            at = self._entries.index(entry)
            self._entries[at : at + 1] = [(reply, left - 1)] if left > 1 else []


def _reply_of(reply: Reply | ReplyFunction, request: RecordedRequest) -> Reply | None:
    if isinstance(reply, Reply):
        return reply if reply.matches(request) else None
    return reply(request)
