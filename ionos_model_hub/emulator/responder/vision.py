"""What can be told of an image in a message: its format and its size in pixels."""

import base64
import binascii
import struct
from collections.abc import Callable

from ionos_model_hub.emulator.errors import bad_request

_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def describe(url: str) -> str:
    """Return a sentence about the image behind a URL or in a data URL; nothing is fetched.

    Raises:
        RefusalError: The data URL holds no image of a known format.
    """
    if url.startswith(("http://", "https://")):
        return f"The image is at {url}."
    if not url.startswith("data:"):
        raise bad_request("An image must have an http, https or data URL", "messages")
    try:
        data = base64.b64decode(url.partition(",")[2], validate=True)
    except binascii.Error:
        raise bad_request("The data URL is not valid base64", "messages") from None
    for name, magic, measure in _KNOWN:
        if data.startswith(magic):
            size = measure(data)
            return (
                f"The image is a {name} of {size[0]} x {size[1]} pixels."
                if size
                else f"The image is a {name}."
            )
    raise bad_request("cannot identify image file", "messages")


def _png(data: bytes) -> tuple[int, int] | None:
    return struct.unpack(">II", data[16:24]) if len(data) >= 24 else None


def _gif(data: bytes) -> tuple[int, int] | None:
    return struct.unpack("<HH", data[6:10]) if len(data) >= 10 else None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    return None


_KNOWN: tuple[tuple[str, bytes, Callable[[bytes], tuple[int, int] | None]], ...] = (
    ("PNG", b"\x89PNG\r\n\x1a\n", _png),
    ("JPEG", b"\xff\xd8\xff", _jpeg),
    ("GIF", b"GIF8", _gif),
    ("WebP", b"RIFF", _webp),
)
