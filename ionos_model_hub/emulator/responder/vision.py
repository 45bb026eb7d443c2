"""Descriptions of images in messages: format and size in pixels."""

import base64
import struct
from collections.abc import Callable

from ionos_model_hub.emulator.errors import bad_request

# Markers of the JPEG segments that contain the size (SOF0 to SOF15 without DHT, JPG and DAC).
_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def describe_image(url: str) -> str:
    """Return a sentence about the image at a URL or in a data URL; nothing is fetched.

    Raises:
        ApiError: The URL scheme is not supported, or the data is not an image.
    """
    data = image_data(url)
    if data is None:
        return f"The image is at {url}."
    for name, magic, read_size in _FORMATS:
        if data.startswith(magic):
            size = read_size(data)
            pixels = f" of {size[0]} x {size[1]} pixels" if size else ""
            return f"The image is a {name}{pixels}."
    raise bad_request("cannot identify image file", "messages")


def image_data(url: str) -> bytes | None:
    """Return the data in a data URL, or None for a URL on the web.

    Raises:
        ApiError: The URL scheme is not supported, or the data is not base64.
    """
    if url.startswith(("http://", "https://")):
        return None
    if not url.startswith("data:"):
        raise bad_request("An image must have an http, https or data URL", "messages")
    try:
        return base64.b64decode(url.partition(",")[2], validate=True)
    except ValueError:  # binascii.Error, or text that is not ASCII
        raise bad_request("The data URL is not valid base64", "messages") from None


def _png_size(data: bytes) -> tuple[int, int] | None:
    return struct.unpack(">II", data[16:24]) if len(data) >= 24 else None


def _gif_size(data: bytes) -> tuple[int, int] | None:
    return struct.unpack("<HH", data[6:10]) if len(data) >= 10 else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def _bmp_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 26:
        return None
    width, height = struct.unpack("<ii", data[18:26])
    return width, abs(height)  # negative if the first row is the top one


def _no_size(data: bytes) -> tuple[int, int] | None:
    return None


_FORMATS: tuple[tuple[str, bytes, Callable[[bytes], tuple[int, int] | None]], ...] = (
    ("PNG", b"\x89PNG\r\n\x1a\n", _png_size),
    ("JPEG", b"\xff\xd8\xff", _jpeg_size),
    ("GIF", b"GIF8", _gif_size),
    ("WebP", b"RIFF", _no_size),
    ("BMP", b"BM", _bmp_size),
    ("TIFF", b"II*\x00", _no_size),
    ("TIFF", b"MM\x00*", _no_size),
)
