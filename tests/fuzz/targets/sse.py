"""Any bytes, in any pieces, give the events of the specification, and the limit is enforced."""

from fuzz.pieces import splits
from fuzz.whatwg import SpecifiedEvent, specified_events

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.sse import Event, EventParser


def check(data: bytes) -> None:
    expected = specified_events(data)
    limit = data[-1] if data else 0
    limited = read_limited([data], limit)
    for pieces in splits(data):
        assert read(pieces) == expected, pieces
        assert read_limited(pieces, limit) == limited, pieces


def read(pieces: list[bytes]) -> list[SpecifiedEvent]:
    parser = EventParser()
    events = [(*event,) for piece in pieces for event in parser.feed(piece)]
    parser.finish()
    return events


def read_limited(pieces: list[bytes], limit: int) -> tuple[list[Event], Event | None, bool]:
    """Return the events up to a limit, the unfinished last one, and whether one was above it."""
    parser = EventParser(max_event_bytes=limit)
    events: list[Event] = []
    try:
        for piece in pieces:
            events += parser.feed(piece)
        last = parser.finish()
    except ResponseError:
        return events, None, True
    return events, last, False
