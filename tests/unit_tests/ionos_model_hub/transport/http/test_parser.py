"""Whatever bytes arrive: one response or one reason comes out, however they were cut."""

from math import inf
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.transport.http.parser import (
    MAX_HEAD_BYTES,
    ResponseParser,
    request_head,
    seconds_kept_open,
)

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Outcome(NamedTuple):
    status: int
    body: bytes
    is_complete: bool
    can_stay_open: bool
    failure: str


def outcome(*pieces: bytes, ends: bool = False) -> Outcome:
    parser = ResponseParser()
    body = b""
    for piece in pieces:
        parser.feed(piece)
        body += parser.take()
    if ends:
        parser.end()
    return Outcome(parser.status, body, parser.is_complete, parser.can_stay_open, parser.failure)


GOOD = {
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
    "offer of another protocol": OK + b"Upgrade: h2\r\nContent-Length: 2\r\n\r\nhi",
}


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD)
def test_a_good_response(data: bytes) -> None:
    wanted = Outcome(200, b"hi", is_complete=True, can_stay_open=True, failure="")
    assert outcome(data) == wanted
    assert outcome(*[data[place : place + 1] for place in range(len(data))]) == wanted
    for cut in range(len(data)):
        assert outcome(data[:cut], data[cut:]) == wanted


LAST = {
    "connection: close": OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "until the end": OK + b"\r\nhi",
    "more than was told": OK + b"Content-Length: 2\r\n\r\nhi, and more",
    "another response": GOOD["content-length"] + OK + b"Content-Length: 6\r\n\r\npoison",
}


@pytest.mark.parametrize("data", LAST.values(), ids=LAST)
def test_a_good_response_after_which_the_connection_is_of_no_use(data: bytes) -> None:
    wanted = Outcome(200, b"hi", is_complete=True, can_stay_open=False, failure="")
    assert outcome(data, ends=True) == wanted
    bytewise = [data[place : place + 1] for place in range(len(data))]
    assert outcome(*bytewise, ends=True) == wanted


@pytest.mark.parametrize("data", [LAST["more than was told"], LAST["another response"]])
def test_what_nobody_asked_for_is_noticed_before_the_end(data: bytes) -> None:
    assert not outcome(data).can_stay_open
    cut = len(GOOD["content-length"])
    assert outcome(data[:cut]).can_stay_open
    assert not outcome(data[:cut], data[cut:]).can_stay_open


BROKEN = {
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n", b"", "does not follow HTTP"),
    "HTTP/2": (b"HTTP/2 200 OK\r\n\r\n", b"", "does not follow HTTP"),
    "bad chunk": (CHUNKED + b"2\r\nhi\r\nzz\r\n", b"hi", "does not follow HTTP"),
    "two lengths": (
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
        b"",
        "does not follow HTTP",
    ),
    "length and chunks": (
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"",
        "does not follow HTTP",
    ),
    "negative length": (OK + b"Content-Length: -2\r\n\r\n", b"", "does not follow HTTP"),
    "another protocol": (
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n",
        b"",
        "switched to another protocol",
    ),
    "interim with a body": (
        b"HTTP/1.1 150 Wait\r\nContent-Length: 2\r\n\r\nhi" + OK + b"Content-Length: 0\r\n\r\n",
        b"",
        "does not follow HTTP",
    ),
    "short": (OK + b"Content-Length: 5\r\n\r\nhi", b"hi", "closed the connection"),
    "cut chunks": (CHUNKED + b"2\r\nhi\r\n", b"hi", "closed the connection"),
    "cut head": (OK, b"", "closed the connection"),
    "nothing": (b"", b"", "closed the connection"),
}


@pytest.mark.parametrize(("data", "body", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_response(data: bytes, body: bytes, reason: str) -> None:
    whole = outcome(data, ends=True)
    assert (whole.body, whole.is_complete, whole.can_stay_open) == (body, False, False)
    assert reason in whole.failure
    bytewise = outcome(*[data[place : place + 1] for place in range(len(data))], ends=True)
    assert bytewise == whole


def test_the_first_reason_counts() -> None:
    parser = ResponseParser()
    parser.feed(b"SSH-2.0\r\n")
    first = parser.failure
    parser.end()
    assert parser.failure == first


def test_a_head_without_end_is_not_read_to_it() -> None:
    line = b"X-Padding: " + b"a" * 1000 + b"\r\n"
    parser = ResponseParser()
    parser.feed(OK)
    fed = 0
    while not parser.failure:
        parser.feed(line)
        fed += len(line)
    assert fed <= MAX_HEAD_BYTES + len(line)
    assert "headers are longer" in parser.failure


def test_interim_responses_without_end_are_not_read_to_it() -> None:
    parser = ResponseParser()
    for _ in range(MAX_HEAD_BYTES):
        parser.feed(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert "headers are longer" in parser.failure


def test_headers() -> None:
    parser = ResponseParser()
    parser.feed(OK + b"X-A: 1\r\nx-a: 2\r\nX-Name: J\xf6rg\r\nContent-Length: 0\r\n\r\n")
    assert parser.headers == {"x-a": "1, 2", "x-name": "Jörg", "content-length": "0"}


def test_trailers_are_no_headers() -> None:
    parser = ResponseParser()
    parser.feed(GOOD["trailer"])
    assert parser.headers == {"transfer-encoding": "chunked"}


def test_pieces_are_taken_as_they_arrive() -> None:
    parser = ResponseParser()
    parser.feed(CHUNKED + b"2\r\nhi\r\n1\r\n!\r\n")
    assert (parser.take(), parser.take()) == (b"hi!", b"")


@given(st.lists(st.binary()))
def test_any_bytes(pieces: list[bytes]) -> None:
    told = outcome(*pieces, ends=True)
    assert told.is_complete != bool(told.failure)


@given(st.sampled_from([*GOOD.values(), *LAST.values()]), st.data())
def test_one_changed_byte(data: bytes, draw: st.DataObject) -> None:
    place = draw.draw(st.integers(0, len(data) - 1))
    changed = data[:place] + draw.draw(st.binary(min_size=1, max_size=1)) + data[place + 1 :]
    cut = draw.draw(st.integers(0, len(data)))
    whole = outcome(changed, ends=True)
    parts = outcome(changed[:cut], changed[cut:], ends=True)
    assert whole.is_complete != bool(whole.failure)
    assert parts._replace(failure="") == whole._replace(failure="")


def test_the_head_of_a_request() -> None:
    head = request_head("POST", "/v1/a?b=c", {"host": "h"}, 2)
    assert head == b"POST /v1/a?b=c HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\n"


@pytest.mark.parametrize("length", [None, 0])
def test_a_request_with_and_without_a_body(length: int | None) -> None:
    assert (b"content-length: 0" in request_head("GET", "/", {}, length)) is (length == 0)


@pytest.mark.parametrize(
    "piece", [b"H", b"HTTP/1.1 103 Early Hints\r\n\r\n", OK + b"\r\n", b"\0", b"\r\n"]
)
def test_whether_anything_has_arrived(piece: bytes) -> None:
    parser = ResponseParser()
    assert not parser.has_begun
    parser.feed(piece)
    assert parser.has_begun


def test_an_end_is_nothing_of_a_response() -> None:
    parser = ResponseParser()
    parser.end()
    assert not parser.has_begun


@pytest.mark.parametrize(
    ("told", "seconds"),
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
def test_how_long_a_server_keeps_a_connection(told: str, seconds: float) -> None:
    assert seconds_kept_open({"keep-alive": told}) == seconds


def test_a_server_may_tell_nothing_of_it() -> None:
    assert seconds_kept_open({}) == inf
