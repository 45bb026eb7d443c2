"""Whatever a server sends, the parsed response does not depend on how the bytes were cut."""

from fuzz.pieces import cuttings

from ionos_model_hub.transport.http.parser import ResponseParser


def check(data: bytes) -> None:
    (whole, stays_open), *others = [outcome(pieces) for pieces in cuttings(data)]
    for other, other_stays_open in others:
        assert other == whole
        # Line ends behind a response are passed over if they came with it.
        assert stays_open >= other_stays_open


def outcome(pieces: list[bytes]) -> tuple[tuple[object, ...], bool]:
    """Return what was read, and whether the connection may stay open until its end."""
    parser = ResponseParser()
    body = b""
    for piece in filter(None, pieces):  # b"" is the end of a connection
        parser.feed(piece)
        body += parser.take()
    before, stays_open = told(parser), parser.can_stay_open
    assert parser.is_complete >= stays_open
    parser.end()
    assert not parser.can_stay_open
    assert parser.is_complete != bool(parser.failure)
    assert parser.has_head or not body
    assert all(name == name.lower() for name in parser.headers)
    return (*before, *told(parser), body + parser.take()), stays_open


def told(parser: ResponseParser) -> tuple[object, ...]:
    assert not parser.is_complete or parser.has_head
    return (
        parser.status,
        dict(parser.headers) if parser.has_head else {},
        parser.has_head,
        parser.is_complete,
        bool(parser.failure),
    )
