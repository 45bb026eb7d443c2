"""However a stream is split into chunks, the parser returns the events of the specification."""

import os
import random
from collections.abc import Iterable, Iterator

import pytest
from fuzz.pieces import random_pieces
from fuzz.whatwg import MESSAGE, SpecifiedEvent, specified_events
from hypothesis import given, settings
from hypothesis import strategies as st

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.sse import Event, EventParser

RANDOM_STREAMS = int(os.environ.get("IONOS_TEST_STREAMS", "20000"))


def parse(*chunks: bytes) -> list[SpecifiedEvent]:
    parser = EventParser()
    events = [(*event,) for chunk in chunks for event in parser.feed(chunk)]
    parser.finish()
    return events


def feed_all(parser: EventParser, chunks: Iterable[bytes], events: list[Event]) -> None:
    for chunk in chunks:
        events += parser.feed(chunk)


def chunkings(stream: bytes) -> Iterator[list[bytes]]:
    """Yield one chunk, every split in two, single bytes, and those with empty chunks in between."""
    yield [stream]
    single = [stream[at : at + 1] for at in range(len(stream))]
    yield single
    yield [piece for byte in single for piece in (b"", byte, b"")]
    for at in range(len(stream) + 1):
        yield [stream[:at], stream[at:]]
        yield [b"", stream[:at], b"", stream[at:], b""]


def message(data: str, event: str = MESSAGE, id_: str = "") -> SpecifiedEvent:
    return data, event, id_


CASES: dict[str, tuple[bytes, list[SpecifiedEvent]]] = {
    "nothing": (b"", []),
    "one event": (b"data: a\n\n", [message("a")]),
    "two events": (b"data: a\n\ndata: b\n\n", [message("a"), message("b")]),
    "ends in CR": (b"data: a\r\rdata: b\r\r", [message("a"), message("b")]),
    "ends in CRLF": (b"data: a\r\n\r\ndata: b\r\n\r\n", [message("a"), message("b")]),
    "line ends mixed, CR LF LF": (b"data: a\r\n\n", [message("a")]),
    "line ends mixed, LF CRLF": (b"data: a\n\r\n", [message("a")]),
    "line ends mixed, LF CR": (b"data: a\n\rdata: b\n\n", [message("a"), message("b")]),
    "line ends mixed, CR CRLF": (
        b"data: a\r\r\ndata: b\n\n",
        [message("a"), message("b")],
    ),
    "CRLF is one line end": (b"data: a\r\ndata: b\r\n\r\n", [message("a\nb")]),
    "no space after the colon": (b"data:a\n\n", [message("a")]),
    "only one space is removed": (b"data:  a\n\n", [message(" a")]),
    "a tab is kept": (b"data:\ta\n\n", [message("\ta")]),
    "trailing space is kept": (b"data: a \n\n", [message("a ")]),
    "more colons belong to the value": (b"data: a: b:c\n\n", [message("a: b:c")]),
    "lines of data are joined": (b"data: a\ndata:b\ndata: c\n\n", [message("a\nb\nc")]),
    "empty lines of data count": (b"data\ndata:\ndata: \n\n", [message("\n\n")]),
    "field without colon": (b"data\n\n", [message("")]),
    "empty data is an event": (b"data:\n\n", [message("")]),
    "comment": (b": hi\ndata: a\n: ho\n\n", [message("a")]),
    "comment alone": (b":\n\n: ping\n\n", []),
    "comment that looks like data": (b":data: a\n\n", []),
    "blank lines": (b"\n\n\n\r\n\r\r\ndata: a\n\n\n\n", [message("a")]),
    "unknown field": (b"foo: bar\ndata: a\nbaz\n\n", [message("a")]),
    "names are case-sensitive": (b"Data: x\nDATA: y\n\n", []),
    "space before the name": (b" data: x\n\n", []),
    "space after the name": (b"data : x\n\n", []),
    "name with a suffix": (b"database: x\ndatas\n\n", []),
    "event type": (b"event: add\ndata: a\n\n", [message("a", "add")]),
    "the last event type wins": (b"event: x\nevent: y\ndata: a\n\n", [message("a", "y")]),
    "empty event type": (b"event: x\nevent\ndata: a\n\n", [message("a")]),
    "event type after data": (b"data: a\nevent: x\n\n", [message("a", "x")]),
    "event type is for one event": (
        b"event: x\ndata: a\n\ndata: b\n\n",
        [message("a", "x"), message("b")],
    ),
    "event without data": (b"event: x\n\ndata: a\n\n", [message("a")]),
    "id": (b"id: 1\ndata: a\n\n", [message("a", id_="1")]),
    "id stays": (
        b"id: 1\ndata: a\n\ndata: b\n\n",
        [message("a", id_="1"), message("b", id_="1")],
    ),
    "id is reset": (
        b"id: 1\ndata: a\n\nid\ndata: b\n\n",
        [message("a", id_="1"), message("b")],
    ),
    "id without data stays": (b"id: 1\n\n\n\ndata: a\n\n", [message("a", id_="1")]),
    "id with NUL is ignored": (b"id: 1\nid: 2\x003\ndata: a\n\n", [message("a", id_="1")]),
    "NUL elsewhere is kept": (
        b"event: \x00\ndata: a\x00b\n\n",
        [message("a\0b", "\0")],
    ),
    "retry": (b"retry: 1500\n\n", []),
    "retry counts without a blank line": (b"retry: 7\n", []),
    "the last retry wins": (b"retry: 1\nretry:2\nretry: 03\n\n", []),
    "retry with underscore": (b"retry: 1_0\n\n", []),
    "retry with sign": (b"retry: +1\nretry: -1\n\n", []),
    "retry with blanks": (b"retry:  1\nretry: 1 \n\n", []),
    "retry with a point": (b"retry: 1.5\n\n", []),
    "retry in Arabic digits": ("retry: \u0661\n\n".encode(), []),
    "retry in superscript": ("retry: ²\n\n".encode(), []),
    "empty retry": (b"retry\nretry:\nretry: \n\n", []),
    "byte order mark": (b"\xef\xbb\xbfdata: a\n\n", [message("a")]),
    "byte order mark, then blank": (b"\xef\xbb\xbf\n\xef\xbb\xbfdata: a\n\n", []),
    "two byte order marks": (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
    "byte order mark in data": (
        b"data: \xef\xbb\xbfa\n\n",
        [message("\ufeffa")],
    ),
    "part of a byte order mark": (b"\xef\xbbdata: a\n\ndata: b\n\n", [message("b")]),
    "UTF-8": ("data: grün €😀\n\n".encode(), [message("grün €😀")]),
    "line separators of Unicode are data": (
        "data: a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\n\n".encode(),
        [message("a\u2028b\u2029c\x85d\x0be\x0cf\x1cg")],
    ),
    "invalid UTF-8": (b"data: a\xffb\n\n", [message("a\ufffdb")]),
    "cut-off UTF-8": (b"data: \xe2\x82\ndata: \xac\n\n", [message("\ufffd\n\ufffd")]),
    "overlong UTF-8": (b"data: \xc0\xaf\n\n", [message("\ufffd\ufffd")]),
    "surrogate in UTF-8": (b"data: \xed\xa0\x80\n\n", [message("\ufffd" * 3)]),
    "invalid UTF-8 in type and id": (
        b"event: \xff\nid: \xfe\ndata: a\n\n",
        [message("a", "\ufffd", "\ufffd")],
    ),
    "invalid UTF-8 in a name": (b"data\xff: a\n\n", []),
    "unterminated event is discarded": (b"data: a\n\ndata: b\n", [message("a")]),
    "unterminated line is discarded": (b"data: a\n\ndata: b", [message("a")]),
}


@pytest.mark.parametrize("name", CASES)
def test_rules_for_every_chunking(name: str) -> None:
    stream, expected = CASES[name]
    for chunks in chunkings(stream):
        assert parse(*chunks) == expected, chunks


@pytest.mark.parametrize("name", CASES)
def test_reference_implementation_agrees(name: str) -> None:
    stream, expected = CASES[name]
    assert specified_events(stream) == expected


@pytest.mark.parametrize(
    ("before", "last"),
    [
        (b"data: a\n", b"\n"),
        (b"data: a\r\n\r", None),
        (b"data: a\r", b"\r"),
        (b"data: a\n", b"\r"),
        (b"data: a\r\n", b"\n"),
        (b"data: a\r", b"\n\n"),
        (b"data: a\r\n", b"\r\n"),
    ],
)
def test_event_is_returned_with_its_blank_line(before: bytes, last: bytes | None) -> None:
    parser = EventParser()
    if last is None:
        assert parser.feed(before) == [Event("a")]
    else:
        assert parser.feed(before) == []
        assert parser.feed(last) == [Event("a")]
    assert parser.feed(b"\n") == []
    assert parser.feed(b"data: b\n\n") == [Event("b")]


def test_late_line_feed_belongs_to_its_carriage_return() -> None:
    parser = EventParser()
    assert parser.feed(b"data: a\r\r") == [Event("a")]
    assert parser.feed(b"") == []
    assert parser.feed(b"\ndata: b\r") == []
    assert parser.feed(b"\n\r") == [Event("b")]
    assert parser.feed(b"\n") == []


@pytest.mark.parametrize(
    ("stream", "left"),
    [
        (b"", None),
        (b"data: a\n\n", None),
        (b"data: a\n\n: ping\n", None),
        (b"event: x\n", None),
        (b"data: [DONE]\n", Event("[DONE]")),
        (b"data: [DONE]", Event("[DONE]")),
        (b"data:[DONE]\r", Event("[DONE]")),
        (b"data: a\ndata: b", Event("a\nb")),
        (b"data: a\nevent: x", Event("a")),
        (b"event: x\nid: 1\ndata: a\n", Event("a", "x", "1")),
        (b"data: a\ndat", Event("a")),
        (b"data: \xe2\x82", Event("\ufffd")),
        (b"\xef\xbb\xbfdata: a", Event("a")),
        (b"\xef\xbb", None),
        (b"\n\xef\xbb\xbfdata: a", None),
    ],
)
def test_unfinished_event_is_returned_at_the_end(stream: bytes, left: Event | None) -> None:
    for chunks in chunkings(stream):
        parser = EventParser()
        for chunk in chunks:
            parser.feed(chunk)
        assert parser.finish() == left
        assert parser.finish() == left


def test_event_has_defaults() -> None:
    assert Event("a") == Event(data="a", event="message", id="")


@pytest.mark.parametrize(
    "stream",
    [
        b"data: 67890",
        b"data:\ndata:\n",
        b"data\ndata\nda",
        b":" * 11,
        b"x" * 11 + b"\n",
        b"id: 4\ndata: 1\n",
    ],
)
def test_event_above_the_limit_is_rejected(stream: bytes) -> None:
    for chunks in chunkings(stream + b"\n\n"):
        parser = EventParser(max_event_bytes=9)
        events: list[Event] = []
        with pytest.raises(ResponseError) as caught:
            feed_all(parser, chunks, events)
        assert caught.value.message == "The stream contains an event of more than 9 bytes."
        assert caught.value.hint == (
            "Check that base_url belongs to a chat API; call the method that does not stream."
        )
        assert events == []
        with pytest.raises(ResponseError):
            parser.feed(b"\n\ndata: a\n\n")
        with pytest.raises(ResponseError):
            parser.finish()


def test_event_at_the_limit_is_accepted() -> None:
    stream = b"data: 789\n\n" * 3 + b"data\ndata\r\n\r\n"
    for chunks in chunkings(stream):
        parser = EventParser(max_event_bytes=9)
        events = [event for chunk in chunks for event in parser.feed(chunk)]
        assert events == [Event("789")] * 3 + [Event("\n")]


def test_only_a_byte_order_mark_at_the_start_is_not_counted() -> None:
    for chunks in chunkings(b"\xef\xbb\xbfdata: 789\n\n"):
        parser = EventParser(max_event_bytes=9)
        assert [event for chunk in chunks for event in parser.feed(chunk)] == [Event("789")]
    with pytest.raises(ResponseError):
        EventParser(max_event_bytes=9).feed(b"\n\xef\xbb\xbf: 34567")


def test_default_limit_is_eight_mebibytes() -> None:
    line = b"data: " + b"x" * (8 * 1024 * 1024 - 6)
    assert len(EventParser().feed(line + b"\n\n")) == 1
    with pytest.raises(ResponseError):
        EventParser().feed(line + b"x")


def test_events_before_one_above_the_limit_are_returned() -> None:
    for chunks in chunkings(b"data: a\n\ndata: b\n\ndata: 7890\n\ndata: c\n\n"):
        parser = EventParser(max_event_bytes=9)
        events: list[Event] = []
        with pytest.raises(ResponseError):
            feed_all(parser, [*chunks, b""], events)
        assert events == [Event("a"), Event("b")]


def test_unfinished_event_above_the_limit_is_rejected_at_the_end() -> None:
    parser = EventParser(max_event_bytes=9)
    assert parser.feed(b"data: a\n\ndata: 7890") == [Event("a")]
    with pytest.raises(ResponseError):
        parser.finish()


def test_one_huge_event_in_small_chunks() -> None:
    parser = EventParser(max_event_bytes=1 << 25)
    payload = b"0123456789abcdef" * (1 << 20)
    stream = b"data: " + payload + b"\n\n"
    events = [e for at in range(0, len(stream), 4096) for e in parser.feed(stream[at : at + 4096])]
    assert events == [Event(payload.decode())]


@pytest.mark.parametrize("chunk", [b"data\n", b"data: \r\n"])
def test_a_million_empty_lines_of_data(chunk: bytes) -> None:
    parser = EventParser()
    stream = chunk * 1_000_000
    for at in range(0, len(stream), 65536):
        assert parser.feed(stream[at : at + 65536]) == []
    assert parser.feed(b"\n") == [Event("\n" * 999_999)]


# -- properties

FRAGMENTS = [
    *(b"\n", b"\r", b"\r\n", b":", b" ", b"\0", b"\xef\xbb\xbf", b"\xef", b"\xbb", b"\xff"),
    *(b"data", b"data: ", b"event", b"event: ", b"id", b"id: ", b"retry", b"retry: "),
    *(b"1", b"+", b"_", b"x", b"{}", b"[DONE]", "é".encode(), "€😀".encode(), b"\xe2\x82"),
]
streams = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(b"".join),
    st.binary(max_size=60),
)


@st.composite
def split_streams(draw: st.DrawFn) -> list[bytes]:
    stream = draw(streams)
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    return [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


@settings(deadline=None, max_examples=1000)
@given(split_streams())
def test_any_bytes_in_any_chunks_are_parsed_as_specified(chunks: list[bytes]) -> None:
    assert parse(*chunks) == specified_events(b"".join(chunks))


@pytest.mark.timeout(3600)
def test_random_streams_are_parsed_as_specified() -> None:
    # A stream takes about 50 µs here, but milliseconds with hypothesis.
    chance = random.Random(20261128)
    for _ in range(RANDOM_STREAMS):
        stream = b"".join(chance.choices(FRAGMENTS, k=chance.randrange(20)))
        assert parse(*random_pieces(stream, chance, 6)) == specified_events(stream)


@settings(deadline=None, max_examples=300)
@given(split_streams(), st.integers(0, 20))
def test_limit_does_not_depend_on_chunks(chunks: list[bytes], limit: int) -> None:
    def outcome(*pieces: bytes) -> tuple[list[Event], bool]:
        parser = EventParser(max_event_bytes=limit)
        events: list[Event] = []
        try:
            feed_all(parser, pieces, events)
            parser.finish()
        except ResponseError:
            return events, True
        return events, False

    assert outcome(*chunks) == outcome(b"".join(chunks))


@settings(deadline=None)
@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])),
        min_size=1,
    )
)
def test_lines_of_data_are_restored(lines: list[str]) -> None:
    stream = "".join(f"data: {line}\n" for line in lines) + "\n"
    assert parse(stream.encode()) == [message("\n".join(lines))]
