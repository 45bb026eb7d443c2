"""Parse server-sent events as specified by WHATWG, without I/O.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

from typing import NamedTuple

from ionos_model_hub.errors import ResponseError

MAX_EVENT_BYTES = 8 * 1024 * 1024
"""Maximum size of an event: a chat chunk has less than 1 KiB, an image in base64 up to 7 MiB."""

_BOM = b"\xef\xbb\xbf"
_LINE_ENDS = b"\r\n"
_MAX_JOINED = 4096


class Event(NamedTuple):
    """One event of a stream.

    Attributes:
        data: The lines of `data`, joined by line feeds. Invalid UTF-8 is replaced by U+FFFD.
        event: The event's type; `message` if none was sent.
        id: The last id sent so far, or `""`.

    Example:
        >>> Event("[DONE]").event
        'message'
    """

    data: str
    event: str = "message"
    id: str = ""


class EventParser:
    r"""Parses the bytes of a stream into events, however they are split into chunks.

    An event is returned by the `feed` that completes its blank line, never later. The time is
    linear in the number of bytes.

    Args:
        max_event_bytes: Maximum number of bytes between two blank lines, without line ends.

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
    )

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
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
            ResponseError: The current event is longer than `max_event_bytes`. Events before it
                are returned first; the next call then raises the error.
        """
        events = [] if self._overflow else self._dispatch(self._lines(data))
        if self._overflow and not events:
            raise ResponseError(
                f"The stream contains an event of more than {self._limit} bytes.",
                hint="Check that base_url belongs to a chat API; call the method that does not "
                "stream.",
            )
        return events

    def finish(self) -> Event | None:
        """End the stream; return the event whose blank line is missing, or None.

        The specification discards that event, and so should callers, unless its data are
        complete: some servers omit the blank line after `[DONE]`. A last line without a line end
        is included if it is a line of data.

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
        """Split `data` into complete lines; keep the rest after the last line end."""
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
        """Process complete lines by the rules for fields; return the events."""
        # The loop of every stream. Local variables instead of attributes, and a slice that
        # recognises the form of line that the hub sends, halve the time per event.
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
        """Return the size of a byte order mark in the unfinished line, which is not counted."""
        head = b"".join(self._tail[: len(_BOM)])[: len(_BOM)] if self._at_start else b""
        return len(head) if _BOM.startswith(head) else 0

    def _set(self, name: bytes, value: bytes) -> None:
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._type = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")


def _text(lines: list[bytes]) -> str:
    if len(lines) > _MAX_JOINED:  # joining takes 80 bytes of memory for each part
        groups = range(0, len(lines), _MAX_JOINED)
        lines = [b"\n".join(lines[start : start + _MAX_JOINED]) for start in groups]
    return b"\n".join(lines).decode("utf-8", "replace")


def _field(line: bytes) -> tuple[bytes, bytes]:
    """Split a line into name and value; a comment has an empty name."""
    name, _, value = line.partition(b":")
    return name, value.removeprefix(b" ")
