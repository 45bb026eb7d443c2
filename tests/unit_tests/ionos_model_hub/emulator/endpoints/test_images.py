"""Pictures are valid PNG files of the size asked for."""

import base64
import struct
import zlib
from datetime import date
from typing import Any

import pytest

from ionos_model_hub.emulator.endpoints.images import answer_images, png
from ionos_model_hub.emulator.errors import RefusalError

TODAY = date(2026, 11, 1)
FLUX_1 = "black-forest-labs/FLUX.1-schnell"
FLUX_2 = "black-forest-labs/FLUX.2-klein-4B"


def decode(data: bytes) -> tuple[int, int, bytes]:
    """Read a PNG by the book: signature, checksums, and one filter byte per row."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length]) == (
            zlib.crc32(kind + content),
        )
        chunks[kind] = content
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colour) == (8, 2)
    return width, height, zlib.decompress(chunks[b"IDAT"])


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 3), (512, 768)])
def test_png_holds_every_pixel(width: int, height: int) -> None:
    found_width, found_height, pixels = decode(png(width, height, "ff8800001188"))
    assert (found_width, found_height) == (width, height)
    assert len(pixels) == height * (1 + 3 * width)
    assert pixels[:4] == bytes.fromhex("00ff8800")


def answer(**body: Any) -> list[bytes]:
    data = answer_images({"model": FLUX_2, "prompt": "a fox", **body}, 0, TODAY)["data"]
    return [base64.b64decode(item["b64_json"]) for item in data]


@pytest.mark.parametrize("size", ["512x768", "512*768"])
def test_sizes_are_written_with_x_or_asterisk(size: str) -> None:
    (picture,) = answer(size=size)
    assert decode(picture)[:2] == (512, 768)


def test_pictures_depend_on_prompt_and_index() -> None:
    one, two = answer(n=2, size="512x512")
    assert one != two
    assert [one, two] == answer(n=2, size="512x512")
    assert one != answer(prompt="a cat", size="512x512")[0]


@pytest.mark.parametrize(
    ("model", "size"),
    [
        (FLUX_1, "512x512"),
        (FLUX_2, "100x100"),
        (FLUX_2, "4096x4096"),
        (FLUX_2, "large"),
        (FLUX_2, ""),
    ],
)
def test_other_sizes_are_refused(model: str, size: str) -> None:
    with pytest.raises(RefusalError) as caught:
        answer(model=model, size=size)
    assert caught.value.status == 400
    assert caught.value.body["error"]["code"] == "invalid-image-size"
