"""Formats and sizes of images in messages."""

import base64
import struct

import pytest

from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.images.painting import paint_gradient
from ionos_model_hub.emulator.images.png import write_png
from ionos_model_hub.emulator.responder.vision import describe_image

JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 480, 640) + b"\x03\x01\x22\x00"
)


def url(data: bytes) -> str:
    return f"data:image/x;base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (write_png(paint_gradient(33, 21, "0" * 12)), "The image is a PNG of 33 x 21 pixels."),
        (b"GIF89a" + struct.pack("<HH", 5, 6) + bytes(8), "The image is a GIF of 5 x 6 pixels."),
        (JPEG, "The image is a JPEG of 640 x 480 pixels."),
        (b"\xff\xd8\xff\xd9", "The image is a JPEG."),
        (b"\x89PNG\r\n\x1a\n", "The image is a PNG."),
        (b"RIFF\x00\x00\x00\x00WEBP", "The image is a WebP."),
        (b"BM" + bytes(16) + struct.pack("<ii", 4, -3), "The image is a BMP of 4 x 3 pixels."),
        (b"BM", "The image is a BMP."),
        (b"II*\x00", "The image is a TIFF."),
        (b"MM\x00*", "The image is a TIFF."),
    ],
)
def test_format_and_size_of_data_urls(data: bytes, sentence: str) -> None:
    assert describe_image(url(data)) == sentence


def test_http_urls_are_described_without_fetching() -> None:
    assert "https://example.com/a.png" in describe_image("https://example.com/a.png")


@pytest.mark.parametrize(
    "bad",
    [
        url(b"%PDF-1.7"),
        "data:image/png;base64,***",
        "data:image/png;base64,é",
        "data:image/png;base64,",
        "file:///etc/passwd",
        "x",
    ],
)
def test_invalid_images_are_rejected(bad: str) -> None:
    with pytest.raises(ApiError) as caught:
        describe_image(bad)
    assert caught.value.status == 400
