"""The scripted replies that are left, and the requests that no reply was meant for."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.text import digest

MAX_UNEXPECTED_REQUESTS = 100

ReplyFunction = Callable[[RecordedRequest], Reply | None]
"""Returns the reply to a request, or None if it has none; it is called for every request."""


@dataclass(slots=True, eq=False)
class _Entry:
    reply: Reply | ReplyFunction
    left: int | None
    draws: int = 0


class ScriptQueue:
    """Scripted replies; other threads may append to it.

    Args:
        replies: Replies, or functions that return them.
        seed: Decides which requests get replies with a probability.
    """

    def __init__(self, replies: Iterable[Reply | ReplyFunction] = (), seed: int = 0) -> None:
        self._lock = threading.RLock()  # functions may append replies
        self._seed = seed
        self._entries: list[_Entry] = []
        self.unexpected: deque[RecordedRequest] = deque(maxlen=MAX_UNEXPECTED_REQUESTS)
        self.extend(replies)

    def __len__(self) -> int:
        return len(self._entries)

    def extend(self, replies: Iterable[Reply | ReplyFunction]) -> None:
        """Append replies.

        Raises:
            TypeError: An item is neither a reply nor a function.
        """
        replies = list(replies)
        for item in replies:
            if not isinstance(item, Reply) and not callable(item):
                raise TypeError(f"A script contains replies and functions, got {item!r}")
        entries = [_Entry(r, r.times if isinstance(r, Reply) else None) for r in replies]
        with self._lock:
            self._entries += entries

    def clear(self) -> None:
        """Remove all replies and unexpected requests."""
        with self._lock:
            self._entries.clear()
            self.unexpected.clear()

    def replace(self, replies: Iterable[Reply | ReplyFunction]) -> None:
        """Remove all replies and unexpected requests, then append replies."""
        with self._lock:
            self.clear()
            self.extend(replies)

    @property
    def pending(self) -> list[tuple[Reply | ReplyFunction, int | None]]:
        """All replies that are left, each with its number of uses, None if unlimited."""
        with self._lock:
            return [(entry.reply, entry.left) for entry in self._entries]

    @property
    def unused(self) -> list[Reply]:
        """The replies with a limited number of uses that are left."""
        return [r for r, left in self.pending if isinstance(r, Reply) and left is not None]

    def take(self, request: RecordedRequest) -> Reply | None:
        """Return the first reply that is meant for a request, and count its use."""
        with self._lock:
            for number, entry in enumerate(list(self._entries)):
                reply = self._reply_of(number, entry, request)
                if reply is not None:
                    self._count(entry)
                    return reply
        return None

    def _reply_of(self, number: int, entry: _Entry, request: RecordedRequest) -> Reply | None:
        if not isinstance(entry.reply, Reply):
            return _call(entry.reply, request)
        if not entry.reply.matches(request):
            return None
        entry.draws += 1
        drawn = int(digest(self._seed, number, entry.draws)[:8], 16) / 2**32
        return entry.reply if drawn < entry.reply.probability else None

    def _count(self, entry: _Entry) -> None:
        if entry.left is not None:
            entry.left -= 1
            if entry.left < 1 and entry in self._entries:
                self._entries.remove(entry)


def _call(function: ReplyFunction, request: RecordedRequest) -> Reply | None:
    reply = function(request)
    if reply is not None and not isinstance(reply, Reply):
        raise TypeError(f"it must return a Reply or None, got {reply!r}")
    return reply
