"""Whatever bytes a server sends, the parsed response does not depend on where they are split."""

from fuzz.pieces import splits

from ionos_model_hub.transport.http.parser import ResponseParser


def check(data: bytes) -> None:
    """Compare the results of parsing the bytes at once and in parts."""
    (unsplit, stays_open), *others = [parse(parts) for parts in splits(data)]
    for other, other_stays_open in others:
        assert other == unsplit
        # Line breaks after a response are ignored only if they arrived together with it.
        assert stays_open >= other_stays_open


def parse(parts: list[bytes]) -> tuple[tuple[object, ...], bool]:
    """Return everything parsed, and whether the connection could be reused before its end."""
    parser = ResponseParser()
    body = b""
    for part in filter(None, parts):  # b"" is the end of a connection.
        parser.feed(part)
        body += parser.take()
    before, stays_open = state(parser), parser.can_stay_open
    assert parser.is_complete >= stays_open
    parser.end()
    assert not parser.can_stay_open
    assert parser.is_complete != bool(parser.failure)
    assert parser.has_head or not body
    assert all(name == name.lower() for name in parser.headers)
    return (*before, *state(parser), body + parser.take()), stays_open


def state(parser: ResponseParser) -> tuple[object, ...]:
    """Return the parser's attributes; the headers only if they are complete."""
    assert not parser.is_complete or parser.has_head
    return (
        parser.status,
        dict(parser.headers) if parser.has_head else {},
        parser.has_head,
        parser.is_complete,
        bool(parser.failure),
    )
