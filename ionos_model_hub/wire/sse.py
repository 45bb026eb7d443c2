"""Server-sent events from bytes: the WHATWG stream format to the letter, without I/O.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

from typing import NamedTuple

from ionos_model_hub.errors import ResponseError

MAX_EVENT_BYTES = 8 * 1024 * 1024
"""Most bytes of one event: a chat chunk has under 1 KiB, an image in base64 up to 7 MiB."""

_BOM = b"\xef\xbb\xbf"
_LINE_ENDS = b"\r\n"
_MOST_JOINED = 4096
_MAX_RETRY_DIGITS = 18  # what fits 64 bits; int() itself refuses strings of many thousands


class Event(NamedTuple):
    """One event of a stream.

    Attributes:
        data: The lines of `data`, joined by line feeds. Invalid UTF-8 is replaced by U+FFFD.
        event: The event's type; `message` where none was sent.
        id: The last id sent so far, or `""`.

    Example:
        >>> Event("[DONE]").event
        'message'
    """

    data: str
    event: str = "message"
    id: str = ""


class EventParser:
    r"""Turns the bytes of a stream into events, however they are cut into chunks.

    An event is returned by the `feed` that completes its blank line, never later. The work is
    linear in the bytes fed.

    Attributes:
        retry: Milliseconds the server asked to wait before reconnecting, or None.

    Args:
        max_event_bytes: Most bytes between two blank lines, line ends not counted.

    Example:
        >>> parser = EventParser()
        >>> parser.feed(b'data: {"a"')
        []
        >>> parser.feed(b': 1}\n\ndata: [DONE]\n')
        [Event(data='{"a": 1}', event='message', id='')]
        >>> parser.finish()
        Event(data='[DONE]', event='message', id='')
    """

    __slots__ = (
        "_after_cr",
        "_at_start",
        "_data",
        "_id",
        "_limit",
        "_overflow",
        "_size",
        "_tail",
        "_tail_size",
        "_type",
        "retry",
    )

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self.retry: int | None = None
        self._limit = max_event_bytes
        self._data: list[bytes] = []
        self._type = ""
        self._id = ""
        self._size = 0
        self._tail: list[bytes] = []
        self._tail_size = 0
        self._at_start = True
        self._after_cr = False
        self._overflow = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that `data` completes.

        Raises:
            ResponseError: The event being read is longer than `max_event_bytes`. Events before
                it are returned first; the error then comes with the next call.
        """
        events = [] if self._overflow else self._dispatch(self._lines(data))
        if self._overflow and not events:
            raise ResponseError(
                f"The stream sent an event of more than {self._limit} bytes.",
                hint="Raise `max_event_bytes` if the hub is meant to send events that long.",
            )
        return events

    def finish(self) -> Event | None:
        """Say that the stream has ended, and return the event whose blank line never came.

        The specification drops that event, and so should callers, unless its data prove to be
        whole: servers do leave out the blank line after `[DONE]`. A last line without its line
        end counts if it is a line of data. None where nothing is left.

        Raises:
            ResponseError: As `feed` does.
        """
        self.feed(b"")
        tail = b"".join(self._tail)
        name, value = _field(tail.removeprefix(_BOM) if self._at_start else tail)
        lines = [*self._data, value] if name == b"data" else self._data
        if not lines:
            return None
        return Event(_text(lines), self._type or "message", self._id)

    def _lines(self, data: bytes) -> list[bytes]:
        """Cut `data` into whole lines; what follows the last line end is kept for later."""
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if not data:
            return []
        lines = data.splitlines()
        if data[-1] in _LINE_ENDS:
            tail = b""
            self._after_cr = data[-1:] == b"\r"
        else:
            tail = lines.pop()
        if lines and self._tail:
            lines[0] = b"".join((*self._tail, lines[0]))
            self._tail.clear()
            self._tail_size = 0
        if lines and self._at_start:
            lines[0] = lines[0].removeprefix(_BOM)
            self._at_start = False
        if tail:
            self._tail.append(tail)
            self._tail_size += len(tail)
        return lines

    def _dispatch(self, lines: list[bytes]) -> list[Event]:
        """Run whole lines through the field rules."""
        # The loop of every stream: locals stand in for attributes, and the one form of line that
        # the hub sends is told by a slice, before `_set` is asked. That halves the time per event.
        events: list[Event] = []
        data, size, limit = self._data, self._size, self._limit
        for line in lines:
            if not line:
                if data:
                    events.append(Event(_text(data), self._type or "message", self._id))
                    data.clear()
                self._type = ""
                size = 0
                continue
            if line[:6] == b"data: ":
                data.append(line[6:])
            else:
                self._set(*_field(line))
            size += len(line)
            if size > limit:
                break
        self._size = size
        self._overflow = size + self._tail_size - self._size_of_mark() > limit
        return events

    def _size_of_mark(self) -> int:
        """Return how many bytes of the unfinished line are the byte order mark, which is free."""
        head = b"".join(self._tail[: len(_BOM)])[: len(_BOM)] if self._at_start else b""
        return len(head) if _BOM.startswith(head) else 0

    def _set(self, name: bytes, value: bytes) -> None:
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._type = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) <= _MAX_RETRY_DIGITS:
            self.retry = int(value)


def _text(lines: list[bytes]) -> str:
    if len(lines) > _MOST_JOINED:  # Joining takes 80 bytes of memory for each part.
        groups = range(0, len(lines), _MOST_JOINED)
        lines = [b"\n".join(lines[start : start + _MOST_JOINED]) for start in groups]
    return b"\n".join(lines).decode("utf-8", "replace")


def _field(line: bytes) -> tuple[bytes, bytes]:
    """Split a line; a comment gives an empty name."""
    name, _, value = line.partition(b":")
    return name, value.removeprefix(b" ")
