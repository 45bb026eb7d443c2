"""Any bytes result in one response or one failure, wherever they are split."""

from math import inf
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.transport.http.parser import (
    MAX_FRAMING_BYTES,
    MAX_HEAD_BYTES,
    MAX_TRAILER_BYTES,
    ResponseParser,
    keepalive_timeout,
)

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Outcome(NamedTuple):
    """The state of a parser after all bytes, and the body."""

    status: int
    body: bytes
    is_complete: bool
    can_stay_open: bool
    failure: str


def bytewise(data: bytes) -> list[bytes]:
    return [data[index : index + 1] for index in range(len(data))]


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def parse(*parts: bytes, ends: bool = False) -> Outcome:
    parser = ResponseParser()
    body = b""
    for part in parts:
        parser.feed(part)
        body += parser.take()
    if ends:
        parser.end()
    return Outcome(parser.status, body, parser.is_complete, parser.can_stay_open, parser.failure)


VALID = {
    "content-length": OK + b"Content-Length: 2\r\n\r\nhi",
    "chunked": CHUNKED + b"2\r\nhi\r\n0\r\n\r\n",
    "two chunks": CHUNKED + b"1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
    "chunk extension": CHUNKED + b"2;a=b\r\nhi\r\n0\r\n\r\n",
    "trailer": CHUNKED + b"2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi",
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
    + OK
    + b"Content-Length: 2\r\n\r\nhi",
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi",
    "upgrade offer": OK + b"Upgrade: h2\r\nContent-Length: 2\r\n\r\nhi",
}


@pytest.mark.parametrize("data", VALID.values(), ids=VALID)
def test_valid_response_split_anywhere(data: bytes) -> None:
    expected = Outcome(200, b"hi", is_complete=True, can_stay_open=True, failure="")
    assert parse(data) == expected
    assert parse(*bytewise(data)) == expected
    for cut in range(len(data)):
        assert parse(data[:cut], data[cut:]) == expected


VALID_THEN_CLOSE = {
    "connection: close": OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "unframed body": OK + b"\r\nhi",
    "stray bytes": OK + b"Content-Length: 2\r\n\r\nhi, and more",
    "another response": VALID["content-length"] + OK + b"Content-Length: 6\r\n\r\npoison",
}


@pytest.mark.parametrize("data", VALID_THEN_CLOSE.values(), ids=VALID_THEN_CLOSE)
def test_valid_response_after_which_connection_cannot_be_reused(data: bytes) -> None:
    expected = Outcome(200, b"hi", is_complete=True, can_stay_open=False, failure="")
    assert parse(data, ends=True) == expected
    assert parse(*bytewise(data), ends=True) == expected


@pytest.mark.parametrize(
    "data", [VALID_THEN_CLOSE["stray bytes"], VALID_THEN_CLOSE["another response"]]
)
def test_stray_bytes_prevent_reuse_before_the_connection_ends(data: bytes) -> None:
    assert not parse(data).can_stay_open
    cut = len(VALID["content-length"])
    assert parse(data[:cut]).can_stay_open
    assert not parse(data[:cut], data[cut:]).can_stay_open


INVALID = {
    "not HTTP": (b"SSH-2.0-OpenSSH\r\n", b"", "not valid HTTP"),
    "HTTP/2": (b"HTTP/2 200 OK\r\n\r\n", b"", "not valid HTTP"),
    "bad chunk": (CHUNKED + b"2\r\nhi\r\nzz\r\n", b"hi", "not valid HTTP"),
    "two lengths": (
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
        b"",
        "not valid HTTP",
    ),
    "length and chunks": (
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"",
        "not valid HTTP",
    ),
    "negative length": (OK + b"Content-Length: -2\r\n\r\n", b"", "not valid HTTP"),
    "upgrade": (
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n",
        b"",
        "switched to another protocol",
    ),
    "interim with a body": (
        b"HTTP/1.1 150 Wait\r\nContent-Length: 2\r\n\r\nhi" + OK + b"Content-Length: 0\r\n\r\n",
        b"",
        "not valid HTTP",
    ),
    "unknown coding": (OK + b"Transfer-Encoding: rot13\r\n\r\nhi", b"", "Transfer-Encoding"),
    "two codings": (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n", b"", "Transfer-Encoding"),
    "short body": (OK + b"Content-Length: 5\r\n\r\nhi", b"hi", "closed the connection"),
    "missing last chunk": (CHUNKED + b"2\r\nhi\r\n", b"hi", "closed the connection"),
    "partial head": (OK, b"", "closed the connection"),
    "no bytes": (b"", b"", "closed the connection"),
}


@pytest.mark.parametrize(("data", "body", "reason"), INVALID.values(), ids=INVALID)
def test_invalid_response(data: bytes, body: bytes, reason: str) -> None:
    outcome = parse(data, ends=True)
    assert (outcome.body, outcome.is_complete, outcome.can_stay_open) == (body, False, False)
    assert reason in outcome.failure
    assert parse(*bytewise(data), ends=True) == outcome


def test_first_failure_is_kept() -> None:
    parser = ResponseParser()
    parser.feed(b"SSH-2.0\r\n")
    first = parser.failure
    parser.end()
    assert parser.failure == first


def test_head_size_is_limited() -> None:
    padding = MAX_HEAD_BYTES - len(OK + b"X-Padding: \r\n\r\n")
    longest = OK + b"X-Padding: " + b"a" * padding + b"\r\n\r\n"
    too_long = longest.replace(b"aa", b"aaa", 1)
    for size in (1, 1000, MAX_HEAD_BYTES, 2 * MAX_HEAD_BYTES):
        assert not parse(*pieces(longest + b"body", size)).failure
        assert "headers are longer" in parse(*pieces(too_long + b"body", size)).failure


def test_endless_header_is_rejected() -> None:
    parser = ResponseParser()
    parser.feed(OK)
    fed = 0
    while not parser.failure:
        parser.feed(b"a" * 1000)
        fed += 1000
    assert fed <= MAX_HEAD_BYTES + 1000


def test_trailer_size_is_limited() -> None:
    start = CHUNKED + b"2\r\nhi\r\n0\r\n"
    lines = [b"X-%05d: %s\r\n" % (number, b"a" * 1017) for number in range(64)]
    longest = start + b"".join(lines) + b"\r\n"
    too_long = longest.replace(b"aa", b"aaa", 1)
    for size in (1000, MAX_TRAILER_BYTES, 2 * MAX_TRAILER_BYTES):
        assert parse(*pieces(longest, size)).is_complete
        outcome = parse(*pieces(too_long, size))
        assert "trailers are longer" in outcome.failure
        assert not outcome.is_complete


@pytest.mark.parametrize("start", [b"2\r\nhi\r\n0\r\nX-A: ", b"2\r\nhi\r\n2;a=", b"2;a="])
def test_endless_trailer_or_chunk_extension_is_rejected(start: bytes) -> None:
    parser = ResponseParser()
    parser.feed(CHUNKED)
    parser.feed(start)
    parser.take()
    fed = 0
    while not parser.failure:
        parser.feed(b"a" * 1000)
        parser.take()
        fed += 1000
    assert fed <= MAX_FRAMING_BYTES + 1000
    assert "bytes of the body are not data" in parser.failure


@pytest.mark.parametrize("chunks_per_read", [1, 100])
def test_chunk_extensions_are_limited_even_between_data(chunks_per_read: int) -> None:
    parser = ResponseParser()
    parser.feed(CHUNKED)
    chunk = b"2;a=%s\r\nhi\r\n" % (b"b" * 1000)
    fed = 0
    while not parser.failure:
        parser.feed(chunk * chunks_per_read)
        parser.take()
        fed += len(chunk) * chunks_per_read
    assert "bytes of the body are not data" in parser.failure
    assert fed <= MAX_FRAMING_BYTES * 1.03 + len(chunk) * chunks_per_read


def test_small_chunks_are_not_limited() -> None:
    parser = ResponseParser()
    parser.feed(CHUNKED)
    for _ in range(200):
        parser.feed(b"0001\r\na\r\n" * 1000)
    parser.feed(b"0\r\n\r\n")
    assert parser.is_complete
    assert parser.take() == b"a" * 200_000


def test_size_of_interim_responses_is_limited() -> None:
    parser = ResponseParser()
    for _ in range(MAX_HEAD_BYTES):
        parser.feed(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert "headers are longer" in parser.failure


def test_repeated_headers_are_joined() -> None:
    parser = ResponseParser()
    parser.feed(OK + b"X-A: 1\r\nx-a: 2\r\nX-Name: J\xf6rg\r\nContent-Length: 0\r\n\r\n")
    assert parser.headers == {"x-a": "1, 2", "x-name": "Jörg", "content-length": "0"}


def test_trailers_are_ignored() -> None:
    parser = ResponseParser()
    parser.feed(VALID["trailer"])
    assert parser.headers == {"transfer-encoding": "chunked"}


def test_take_returns_body_since_last_call() -> None:
    parser = ResponseParser()
    parser.feed(CHUNKED + b"2\r\nhi\r\n1\r\n!\r\n")
    assert (parser.take(), parser.take()) == (b"hi!", b"")


@given(st.lists(st.binary()))
def test_any_bytes_end_in_response_or_failure(parts: list[bytes]) -> None:
    outcome = parse(*parts, ends=True)
    assert outcome.is_complete != bool(outcome.failure)


@given(st.sampled_from([*VALID.values(), *VALID_THEN_CLOSE.values()]), st.data())
def test_response_with_one_changed_byte(data: bytes, draw: st.DataObject) -> None:
    index = draw.draw(st.integers(0, len(data) - 1))
    changed = data[:index] + draw.draw(st.binary(min_size=1, max_size=1)) + data[index + 1 :]
    cut = draw.draw(st.integers(0, len(data)))
    unsplit = parse(changed, ends=True)
    split = parse(changed[:cut], changed[cut:], ends=True)
    assert unsplit.is_complete != bool(unsplit.failure)
    assert split._replace(failure="") == unsplit._replace(failure="")


@pytest.mark.parametrize(
    "data", [b"H", b"HTTP/1.1 103 Early Hints\r\n\r\n", OK + b"\r\n", b"\0", b"\r\n"]
)
def test_has_begun_after_any_byte(data: bytes) -> None:
    parser = ResponseParser()
    assert not parser.has_begun
    parser.feed(data)
    assert parser.has_begun


def test_has_not_begun_when_connection_ends_without_bytes() -> None:
    parser = ResponseParser()
    parser.end()
    assert not parser.has_begun


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("timeout=5", 5),
        ("timeout=5, max=1000", 5),
        ("max=1000,Timeout = 15", 15),
        ("timeout=0", 0),
        ("timeout=5, timeout=7", 5),
        ("", inf),
        ("max=5", inf),
        ("timeout=", inf),
        ("timeout=-1", inf),
        ("timeout=soon", inf),
        ("timeout=99999999999", inf),
        ("timeout=\u0665", inf),
        ("idle-timeout=5", inf),
    ],
)
def test_keepalive_timeout(value: str, seconds: float) -> None:
    assert keepalive_timeout({"keep-alive": value}) == seconds


def test_keepalive_timeout_without_header() -> None:
    assert keepalive_timeout({}) == inf
