"""`POST /images/generations`: a picture that depends on the prompt."""

import base64
import re
import struct
import zlib
from datetime import date

from ionos_model_hub.emulator.contract import Json, check
from ionos_model_hub.emulator.errors import bad_request
from ionos_model_hub.emulator.models import CREATED, pick
from ionos_model_hub.emulator.responder.text import digest

_SIZE = re.compile(r"(\d{1,4})[x*](\d{1,4})")
_ONLY_SIZE = {"black-forest-labs/FLUX.1-schnell": (1024, 1024)}
_SHORTEST_SIDE, _LONGEST_SIDE = 512, 1792


def answer_images(body: Json, seed: int, today: date) -> Json:
    """Return the response body, with each picture as base64 of a PNG.

    Raises:
        RefusalError: The hub would refuse the request.
    """
    check("ImageGenerationRequest", body)
    model = pick(body["model"], "image", today)
    width, height = _size(model.id, body.get("size", "1024*1024"))
    identity = digest(seed, body)
    pictures = (
        png(width, height, digest(seed, body["prompt"], index)) for index in range(body.get("n", 1))
    )
    data = [{"b64_json": base64.b64encode(picture).decode()} for picture in pictures]
    return {"created": CREATED + int(identity[-4:], 16), "data": data}


def png(width: int, height: int, colours: str) -> bytes:
    """Return a PNG of a gradient between two colours: the first 12 hex digits of `colours`."""
    left, right = bytes.fromhex(colours[:6]), bytes.fromhex(colours[6:12])
    span = max(width - 1, 1)
    row = bytes(
        (left[channel] * (span - x) + right[channel] * x) // span
        for x in range(width)
        for channel in range(3)
    )
    lines = (b"\x00" + row.translate(_fade(y, height)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(lines), 1)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data) for kind, data in ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    )


def _fade(y: int, height: int) -> bytes:
    """Return a table that turns the colours of the top row into their opposites downwards."""
    return bytes((value * (height - y) + (255 - value) * y) // height for value in range(256))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _size(model_id: str, size: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(size)
    if found is None:
        raise bad_request(f"'{size}' is no size like 1024x1024", "size", "invalid-image-size")
    width, height = int(found[1]), int(found[2])
    only = _ONLY_SIZE.get(model_id)
    if only not in (None, (width, height)) or not all(
        _SHORTEST_SIDE <= side <= _LONGEST_SIDE for side in (width, height)
    ):
        raise bad_request(f"invalid-image-size: {size}", "size", "invalid-image-size")
    return width, height
