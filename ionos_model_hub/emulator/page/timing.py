"""Durations, and the timeline of a response."""

from collections.abc import Sequence
from dataclasses import dataclass

TIMELINE_WIDTH = 1000
_MAX_MARKS = 200


@dataclass(frozen=True, slots=True)
class Timeline:
    """Positions on a line of `TIMELINE_WIDTH` units from the request to the end of the response.

    Attributes:
        head: End of the wait for the response head.
        marks: Positions of the chunks; at most 200 of them.
    """

    head: float
    marks: tuple[float, ...]


def timeline(to_head: float | None, chunks: Sequence[float], total: float | None) -> Timeline:
    """Return the timeline of a response.

    Args:
        to_head: Seconds until the response head was sent, or None if it was not.
        chunks: Seconds until each chunk was sent.
        total: Seconds until the response ended, or None if it has not.
    """
    end = max(total or 0, to_head or 0, *chunks, 1e-6)
    scale = TIMELINE_WIDTH / end
    step = max(1, -(-len(chunks) // _MAX_MARKS))
    head = end if to_head is None else to_head
    marks = tuple(round(seconds * scale, 1) for seconds in chunks[::step])
    return Timeline(round(head * scale, 1), marks)


def duration(seconds: float | None) -> str:
    """Return a duration for people, or an empty string if it is unknown."""
    if seconds is None:
        return ""
    if seconds < 0.0095:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"
