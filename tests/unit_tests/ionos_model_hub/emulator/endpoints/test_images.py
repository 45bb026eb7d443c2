"""Generated images: PNG format, sizes, errors."""

import base64
import struct
import zlib
from datetime import date
from typing import Any

import pytest

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.images import generate_images, make_png
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.profiles import HUB

CONFIG = ServerConfig(today=date(2026, 11, 1))
FLUX_1 = "black-forest-labs/FLUX.1-schnell"
FLUX_2 = "black-forest-labs/FLUX.2-klein-4B"


def decode(data: bytes) -> tuple[int, int, bytes]:
    """Return width, height and pixels of a PNG; check its signature and checksums."""
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
def test_png_contains_all_pixels(width: int, height: int) -> None:
    decoded_width, decoded_height, pixels = decode(make_png(width, height, "ff8800001188"))
    assert (decoded_width, decoded_height) == (width, height)
    assert len(pixels) == height * (1 + 3 * width)
    assert pixels[:4] == bytes.fromhex("00ff8800")


def generate(**body: Any) -> list[bytes]:
    data = generate_images({"model": FLUX_2, "prompt": "a fox", **body}, CONFIG)["data"]
    return [base64.b64decode(item["b64_json"]) for item in data]


@pytest.mark.parametrize("size", ["512x768", "512*768"])
def test_size_separators(size: str) -> None:
    (image,) = generate(size=size)
    assert decode(image)[:2] == (512, 768)


def test_images_depend_on_prompt_and_index() -> None:
    one, two = generate(n=2, size="512x512")
    assert one != two
    assert [one, two] == generate(n=2, size="512x512")
    assert one != generate(prompt="a cat", size="512x512")[0]


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
def test_unsupported_sizes_are_rejected(model: str, size: str) -> None:
    with pytest.raises(ApiError) as caught:
        generate(model=model, size=size)
    assert caught.value.status == 400
    assert caught.value.body(HUB)["error"]["code"] == "invalid-image-size"
