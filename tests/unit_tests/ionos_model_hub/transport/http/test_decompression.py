"""Compressed bodies come out whole, in bounded pieces, however they were cut."""

import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.client import run
from ionos_model_hub.errors import ResponseError
from ionos_model_hub.transport.http.decompression import FREE_BYTES, MAX_PIECE, MAX_RATIO, unpacked

TEXT = b"Hallo, Welt! " * 20_000


class Packed:
    """A reply with a scripted body."""

    status = 200

    def __init__(self, coding: str | None, *pieces: bytes) -> None:
        self.headers = {"x-trace-id": "t-1"} | ({"content-encoding": coding} if coding else {})
        self.reads = 0
        self.is_closed = False
        self._pieces = iter(pieces)

    async def read(self) -> bytes | None:
        self.reads += 1
        return next(self._pieces, None)

    async def close(self) -> None:
        self.is_closed = True


def read_into(pieces: list[bytes], reply: Packed) -> None:
    plain = unpacked(reply)
    while (piece := run(plain.read())) is not None:
        pieces.append(piece)


def pieces_of(reply: Packed) -> list[bytes]:
    pieces: list[bytes] = []
    read_into(pieces, reply)
    return pieces


@pytest.mark.parametrize("coding", [None, "", "identity", " Identity "])
def test_a_plain_reply_is_left_alone(coding: str | None) -> None:
    reply = Packed(coding, b"x")
    assert unpacked(reply) is reply


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("GZIP ", gzip.compress(TEXT)),
        ("x-gzip", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:])),
        ("gzip", gzip.compress(b"") + gzip.compress(TEXT)),
    ],
)
@pytest.mark.parametrize("size", [1, 10, 1_000_000])
def test_a_body_comes_out_whole_in_bounded_pieces(coding: str, packed: bytes, size: int) -> None:
    cut = [packed[start : start + size] for start in range(0, len(packed), size)]
    pieces = pieces_of(Packed(coding, *cut))
    assert b"".join(pieces) == TEXT
    assert max(map(len, pieces)) <= MAX_PIECE


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=3), st.data())
def test_any_cut_of_any_body(members: list[bytes], data: st.DataObject) -> None:
    packed = b"".join(map(gzip.compress, members))
    places = sorted(data.draw(st.lists(st.integers(0, len(packed)), max_size=5)))
    cut = [packed[a:b] for a, b in zip([0, *places], [*places, len(packed)], strict=True)]
    assert b"".join(pieces_of(Packed("gzip", *cut))) == b"".join(members)


def test_a_bomb_goes_off_slowly() -> None:
    reply = Packed("gzip", gzip.compress(bytes(50_000_000)))
    plain = unpacked(reply)
    pieces = [run(plain.read()) for _ in range(10)]
    assert [len(piece or b"") for piece in pieces] == [MAX_PIECE] * 10
    assert reply.reads == 1


def test_a_bomb_does_not_go_off_whole() -> None:
    packed = gzip.compress(bytes(50_000_000))
    pieces: list[bytes] = []
    with pytest.raises(ResponseError, match="far more"):
        read_into(pieces, Packed("gzip", packed))
    assert sum(map(len, pieces)) <= max(FREE_BYTES, MAX_RATIO * len(packed)) < 50_000_000


def test_a_long_answer_is_no_bomb() -> None:
    text = json.dumps([number / 7 for number in range(200_000)]).encode()
    assert len(text) > 2 * FREE_BYTES
    assert b"".join(pieces_of(Packed("gzip", gzip.compress(text)))) == text


@pytest.mark.parametrize(
    ("coding", "body", "told"),
    [
        ("br", [b"x"], "'br', which nobody asked for"),
        ("gzip, gzip", [b"x"], "which nobody asked for"),
        ("gzip", [b"no gzip at all"], "cannot be decompressed"),
        ("deflate", [b"\x00\x01"], "cannot be decompressed"),
        ("gzip", [gzip.compress(TEXT)[:-9]], "ends before"),
        ("gzip", [], "ends before"),
    ],
)
def test_a_body_that_cannot_be_unpacked(coding: str, body: list[bytes], told: str) -> None:
    with pytest.raises(ResponseError, match=told) as caught:
        pieces_of(Packed(coding, *body))
    assert caught.value.__context__ is None


def test_the_rest_of_a_reply_is_passed_on() -> None:
    reply = Packed("gzip")
    plain = unpacked(reply)
    assert (plain.status, plain.headers["x-trace-id"]) == (200, "t-1")
    run(plain.close())
    assert reply.is_closed
