"""`POST /images/generations`: images whose colours depend on the prompt."""

import base64
import re
import struct
import zlib
from collections.abc import Iterable

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.contract import check_body
from ionos_model_hub.emulator.errors import bad_request
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.models import CREATED, get_model
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.text import digest

_SIZE = re.compile(r"(\d{1,4})[x*](\d{1,4})")
_FIXED_SIZES = {"black-forest-labs/FLUX.1-schnell": (1024, 1024)}
_MAX_IMAGES = 128
_SHORTEST_SIDE, _LONGEST_SIDE = 512, 1792


def generate_images(body: Json, config: ServerConfig, reply: Reply | None = None) -> Json:
    """Return the response body, with each image as a base64-encoded PNG.

    Args:
        body: Request body.
        config: Configuration of the server.
        reply: Scripted images.

    Raises:
        ApiError: The request is invalid.
    """
    check_body("ImageGenerationRequest", body)
    model = get_model(body["model"], "image", config)
    count = body.get("n", 1)
    if not 1 <= count <= _MAX_IMAGES:
        raise bad_request(f"'n' must be between 1 and {_MAX_IMAGES}, got {count}", "n")
    width, height = _parse_size(model.id, body.get("size", "1024*1024"))
    identity = digest(config.seed, body)
    images: Iterable[bytes] = (
        make_png(width, height, digest(config.seed, body["prompt"], index))
        for index in range(count)
    )
    if reply is not None and reply.images is not None:
        images = reply.images
    data = [{"b64_json": base64.b64encode(image).decode()} for image in images]
    return {"created": CREATED + int(identity[-4:], 16), "data": data}


def make_png(width: int, height: int, colours: str) -> bytes:
    """Return a PNG with a gradient between two colours, the first 12 hex digits of `colours`."""
    left, right = bytes.fromhex(colours[:6]), bytes.fromhex(colours[6:12])
    span = max(width - 1, 1)
    row = bytes(
        (left[channel] * (span - x) + right[channel] * x) // span
        for x in range(width)
        for channel in range(3)
    )
    lines = (b"\x00" + row.translate(_fade_table(y, height)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(lines), 1)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data) for kind, data in ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    )


def _fade_table(y: int, height: int) -> bytes:
    """Return a translation table that inverts the colours of the top row towards the bottom."""
    return bytes((value * (height - y) + (255 - value) * y) // height for value in range(256))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _parse_size(model_id: str, size: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(size)
    if match is None:
        raise bad_request(
            f"'{size}' is not a valid size, for example 1024x1024",
            "size",
            "invalid-image-size",
        )
    width, height = int(match[1]), int(match[2])
    fixed = _FIXED_SIZES.get(model_id)
    if fixed not in (None, (width, height)) or not all(
        _SHORTEST_SIDE <= side <= _LONGEST_SIDE for side in (width, height)
    ):
        raise bad_request(f"invalid-image-size: {size}", "size", "invalid-image-size")
    return width, height
