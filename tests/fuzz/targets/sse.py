"""Any bytes, in any pieces, give the events that the specification says, and a limit holds."""

from fuzz.pieces import cuttings
from fuzz.whatwg import Outcome, oracle

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.sse import Event, EventParser


def check(data: bytes) -> None:
    expected = oracle(data)
    limit = data[-1] if data else 0
    limited = read_limited([data], limit)
    for pieces in cuttings(data):
        assert read(pieces) == expected, pieces
        assert read_limited(pieces, limit) == limited, pieces


def read(pieces: list[bytes]) -> Outcome:
    parser = EventParser()
    events = [tuple(event) for piece in pieces for event in parser.feed(piece)]
    parser.finish()
    return Outcome(events, parser.retry)


def read_limited(pieces: list[bytes], limit: int) -> tuple[list[Event], Event | None, bool]:
    """Return the events below a limit, the unfinished last one, and whether one was above."""
    parser = EventParser(max_event_bytes=limit)
    events: list[Event] = []
    try:
        for piece in pieces:
            events += parser.feed(piece)
        last = parser.finish()
    except ResponseError:
        return events, None, True
    return events, last, False
