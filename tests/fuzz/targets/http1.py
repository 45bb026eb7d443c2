"""Whatever a server sends, the parsed response does not depend on how the bytes were cut."""

from fuzz.pieces import cuttings

from ionos_model_hub.wire.http1 import ResponseParser


def check(data: bytes) -> None:
    outcomes = [outcome(pieces) for pieces in cuttings(data)]
    assert all(other == outcomes[0] for other in outcomes[1:]), outcomes


def outcome(pieces: list[bytes]) -> tuple[object, ...]:
    """Return what was read, at the end of the bytes and at the end of the connection."""
    parser = ResponseParser()
    body = b""
    for piece in filter(None, pieces):  # b"" is the end of a connection
        parser.feed(piece)
        body += parser.take()
    before = told(parser)
    parser.end()
    assert not parser.can_stay_open
    assert parser.is_complete != bool(parser.failure)
    assert parser.has_head or not body
    assert all(name == name.lower() for name in parser.headers)
    return (*before, *told(parser), body + parser.take())


def told(parser: ResponseParser) -> tuple[object, ...]:
    assert not parser.is_complete or parser.has_head
    return (
        parser.status,
        dict(parser.headers) if parser.has_head else {},
        parser.has_head,
        parser.is_complete,
        parser.can_stay_open,
        bool(parser.failure),
    )
