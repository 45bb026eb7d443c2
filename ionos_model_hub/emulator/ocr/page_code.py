"""The code on rendered pages that contains their text: black and white cells above the lower edge.

It is read from the pixels, so that it survives PDF files, scaling and JPEG compression, but no
rotation or cropping. Rows fill the strip upwards. The first row starts with the header: four bytes
each of signature, length and CRC-32 of the compressed text, which follows.
"""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

PAGE_SIZE = (1088, 1536)
CELL = 8
_COLUMNS = 120
_LEFT = (PAGE_SIZE[0] // CELL - _COLUMNS) // 2
_BOTTOM = 3  # rows of white cells below the code

_HEADER = struct.Struct(">4sII")
_SIGNATURE = b"\xa5OCR"
_BLACK_BELOW = 128


def code_height(text: str) -> int:
    """Return the height of the code of a text in pixels, with the white rows below it."""
    return (-(-len(_encode(text)) * 8 // _COLUMNS) + _BOTTOM) * CELL


def draw_code(page: Image.Image, text: str) -> None:
    """Draw the code of a text on a page of `PAGE_SIZE`."""
    cells = Image.new("L", (PAGE_SIZE[0] // CELL, PAGE_SIZE[1] // CELL), 255)
    for index, bit in enumerate(_bits(_encode(text))):
        if bit:
            cells.putpixel(_position(index), 0)
    height = code_height(text)
    box = (0, PAGE_SIZE[1] - height, *PAGE_SIZE)
    strip = cells.resize(PAGE_SIZE, Image.Resampling.NEAREST).crop(box)
    page.paste(strip, box)


def read_code(page: Image.Image) -> str | None:
    """Return the text in the code of a page, or None if it has no valid code."""
    # One pixel per cell: the average of the middle of the cell would be no more reliable.
    grey = page.convert("L")
    header = _read_bytes(grey, 0, _HEADER.size)
    signature, length, checksum = _HEADER.unpack(header)
    if signature != _SIGNATURE or length * 8 > PAGE_SIZE[0] * PAGE_SIZE[1] // CELL**2:
        return None
    compressed = _read_bytes(grey, _HEADER.size, length)
    if zlib.crc32(compressed) != checksum:
        return None
    return zlib.decompress(compressed).decode()


def _encode(text: str) -> bytes:
    compressed = zlib.compress(text.encode(), 9)
    return _HEADER.pack(_SIGNATURE, len(compressed), zlib.crc32(compressed)) + compressed


def _bits(data: bytes) -> Iterator[int]:
    for byte in data:
        yield from (byte >> shift & 1 for shift in range(7, -1, -1))


def _position(index: int) -> tuple[int, int]:
    """Return the column and row of a bit on a page of cells."""
    row, column = divmod(index, _COLUMNS)
    return _LEFT + column, PAGE_SIZE[1] // CELL - 1 - _BOTTOM - row


def _read_bytes(page: Image.Image, start: int, count: int) -> bytes:
    bits = (_is_black(page, index) for index in range(start * 8, (start + count) * 8))
    return bytes(
        sum(bit << shift for bit, shift in zip(byte, range(7, -1, -1), strict=True))
        for byte in zip(*[bits] * 8, strict=True)
    )


def _is_black(page: Image.Image, index: int) -> bool:
    column, row = _position(index)
    x = int((column + 0.5) * CELL / PAGE_SIZE[0] * page.width)
    y = int((row + 0.5) * CELL / PAGE_SIZE[1] * page.height)
    value = page.getpixel((x, max(0, y)))
    return isinstance(value, int | float) and value < _BLACK_BELOW
