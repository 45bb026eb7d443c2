"""Compressed bodies are decompressed completely and in bounded parts, wherever they are split."""

import gzip
import json
import zlib

import pytest
from faults.scripted_sockets import run
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.transport.http.decompression import (
    MAX_PART_BYTES,
    MAX_RATIO,
    UNCHECKED_BYTES,
    decompressed,
)
from ionos_model_hub.transport.http.errors import DecompressionError

TEXT = b"Hallo, Welt! " * 20_000


class CompressedResponse:
    """A response with a scripted body."""

    status = 200

    def __init__(self, coding: str | None, *parts: bytes) -> None:
        self.headers = {"x-trace-id": "t-1"} | ({"content-encoding": coding} if coding else {})
        self.reads = 0
        self.is_closed = False
        self._parts = iter(parts)

    async def read(self) -> bytes | None:
        self.reads += 1
        return next(self._parts, None)

    async def close(self) -> None:
        self.is_closed = True


def read_into(parts: list[bytes], response: CompressedResponse) -> None:
    body = decompressed(response)
    while (part := run(body.read())) is not None:
        parts.append(part)


def read_parts(response: CompressedResponse) -> list[bytes]:
    parts: list[bytes] = []
    read_into(parts, response)
    return parts


@pytest.mark.parametrize("coding", [None, "", "identity", " Identity "])
def test_uncompressed_response_is_returned_unchanged(coding: str | None) -> None:
    response = CompressedResponse(coding, b"x")
    assert decompressed(response) is response


@pytest.mark.parametrize(
    ("coding", "compressed"),
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
def test_body_is_decompressed_in_bounded_parts(coding: str, compressed: bytes, size: int) -> None:
    split = [compressed[start : start + size] for start in range(0, len(compressed), size)]
    parts = read_parts(CompressedResponse(coding, *split))
    assert b"".join(parts) == TEXT
    assert max(map(len, parts)) <= MAX_PART_BYTES


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=3), st.data())
def test_any_body_split_anywhere(members: list[bytes], data: st.DataObject) -> None:
    compressed = b"".join(map(gzip.compress, members))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(compressed)), max_size=5)))
    bounds = zip([0, *cuts], [*cuts, len(compressed)], strict=True)
    split = [compressed[start:end] for start, end in bounds]
    assert b"".join(read_parts(CompressedResponse("gzip", *split))) == b"".join(members)


def test_one_read_decompresses_only_one_part() -> None:
    response = CompressedResponse("gzip", gzip.compress(bytes(50_000_000)))
    body = decompressed(response)
    parts = [run(body.read()) for _ in range(10)]
    assert [len(part or b"") for part in parts] == [MAX_PART_BYTES] * 10
    assert response.reads == 1


def test_decompression_bomb_is_rejected() -> None:
    compressed = gzip.compress(bytes(50_000_000))
    parts: list[bytes] = []
    with pytest.raises(DecompressionError, match="expands to more than"):
        read_into(parts, CompressedResponse("gzip", compressed))
    assert sum(map(len, parts)) <= max(UNCHECKED_BYTES, MAX_RATIO * len(compressed)) < 50_000_000


def test_long_body_with_usual_ratio_is_accepted() -> None:
    text = json.dumps([number / 7 for number in range(200_000)]).encode()
    assert len(text) > 2 * UNCHECKED_BYTES
    assert b"".join(read_parts(CompressedResponse("gzip", gzip.compress(text)))) == text


@pytest.mark.parametrize(
    ("coding", "body", "reason"),
    [
        ("br", [b"x"], "unsupported content coding 'br'"),
        ("gzip, gzip", [b"x"], "unsupported content coding"),
        ("gzip", [b"not gzip at all"], "cannot be decompressed"),
        ("deflate", [b"\x00\x01"], "cannot be decompressed"),
        ("gzip", [gzip.compress(TEXT)[:-9]], "ends before"),
        ("gzip", [], "ends before"),
    ],
)
def test_body_that_cannot_be_decompressed(coding: str, body: list[bytes], reason: str) -> None:
    with pytest.raises(DecompressionError, match=reason) as caught:
        read_parts(CompressedResponse(coding, *body))
    assert caught.value.__context__ is None


def test_errors_are_converted() -> None:
    body = decompressed(CompressedResponse("br"), lambda error: RuntimeError(error.reason))
    with pytest.raises(RuntimeError, match="unsupported"):
        run(body.read())


def test_head_and_close_are_those_of_the_compressed_response() -> None:
    response = CompressedResponse("gzip")
    body = decompressed(response)
    assert (body.status, body.headers["x-trace-id"]) == (200, "t-1")
    run(body.close())
    assert response.is_closed
