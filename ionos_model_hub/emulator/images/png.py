"""Read and write PNG files without a library."""

import struct
import zlib
from collections.abc import Iterator
from itertools import accumulate, chain

from ionos_model_hub.emulator.images.raster import MAX_PIXELS, Raster

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_DEPTHS = (1, 2, 4, 8, 16)
_CHANNELS = {_GREY: 1, _RGB: 3, _PALETTE: 1, _GREY_ALPHA: 2, _RGBA: 4}


def write_png(image: Raster) -> bytes:
    """Return an image as a PNG file; opacity is dropped."""
    header = struct.pack(">IIBBBBB", image.width, image.height, 8, _RGB, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\x00" + row for row in image.rows), 1)
    parts = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in parts)


def read_png(data: bytes) -> Raster:
    """Return the pixels of a PNG file.

    Raises:
        ValueError: The file is damaged, interlaced or too large.
    """
    if not data.startswith(_SIGNATURE):
        raise ValueError("not a PNG file")
    chunks: dict[bytes, bytes] = {}
    for kind, content in _chunks(data):
        chunks[kind] = chunks.get(kind, b"") + content
    try:
        width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
        if interlaced or depth not in _DEPTHS or not 0 < width * height <= MAX_PIXELS:
            raise ValueError("the image is interlaced, empty or too large")
        channels = _CHANNELS[colours]
        length = (width * channels * depth + 7) // 8
        pixels = _inflate(chunks[b"IDAT"], (length + 1) * height)
    except (KeyError, struct.error, zlib.error) as error:
        raise ValueError("the PNG file is damaged") from error
    lines = _unfilter(pixels, length, max(1, channels * depth // 8))
    samples = [
        _to_bytes(line, depth, width * channels, scale=colours != _PALETTE) for line in lines
    ]
    return _to_raster(samples, width, colours, chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _inflate(data: bytes, length: int) -> bytes:
    """Decompress exactly `length` bytes."""
    pixels = zlib.decompressobj().decompress(data, length)
    if len(pixels) < length:
        raise ValueError("the PNG file is incomplete")
    return pixels


def _unfilter(data: bytes, length: int, step: int) -> list[bytes]:
    """Return the lines of an image without their filters.

    Args:
        data: The lines, each preceded by the number of its filter.
        length: Bytes of a line.
        step: Bytes of a pixel.
    """
    lines: list[bytes] = []
    above = bytes(length)
    for at in range(0, len(data), length + 1):
        line = data[at + 1 : at + 1 + length]
        above = _unfilter_line(data[at], line, above, step)
        lines.append(above)
    return lines


def _unfilter_line(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    if kind == 0:
        return line
    if kind == 1:
        columns = (accumulate(line[start::step], _add) for start in range(step))
        return _interleave([bytes(column) for column in columns], len(line))
    if kind == 2:
        return bytes(map(_add, line, above))
    if kind in (3, 4):
        return _unfilter_predicted(kind, line, above, step)
    raise ValueError("the PNG file has an unknown filter")


def _unfilter_predicted(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """Undo the filters `average` and `Paeth`, which depend on the pixels to the left."""
    pixels = bytearray(step) + line
    upper = bytes(step) + above
    for at in range(step, len(pixels)):
        left, up = pixels[at - step], upper[at]
        predicted = (left + up) // 2 if kind == 3 else _paeth(left, up, upper[at - step])
        pixels[at] = (pixels[at] + predicted) & 255
    return bytes(pixels[step:])


def _paeth(left: int, up: int, upper_left: int) -> int:
    """Return the neighbour that is closest to left + up - upper left."""
    distances = abs(up - upper_left), abs(left - upper_left), abs(left + up - 2 * upper_left)
    if distances[0] <= distances[1] and distances[0] <= distances[2]:
        return left
    return up if distances[1] <= distances[2] else upper_left


def _add(one: int, other: int) -> int:
    return (one + other) & 255


def _interleave(columns: list[bytes], length: int) -> bytes:
    merged = bytearray(length)
    for start, column in enumerate(columns):
        merged[start :: len(columns)] = column
    return bytes(merged)


def _to_bytes(line: bytes, depth: int, count: int, *, scale: bool) -> bytes:
    """Return the samples of a line as bytes; those of colours are scaled to 0 to 255."""
    if depth == 8:
        return line
    if depth == 16:
        return line[::2]
    largest = (1 << depth) - 1
    shifts = range(8 - depth, -1, -depth)
    samples = chain.from_iterable([(byte >> shift) & largest for shift in shifts] for byte in line)
    factor = 255 // largest if scale else 1
    return bytes(sample * factor for sample in samples)[:count]


def _to_raster(lines: list[bytes], width: int, colours: int, chunks: dict[bytes, bytes]) -> Raster:
    if colours == _PALETTE:
        return _from_palette(lines, width, chunks.get(b"PLTE", b""), chunks.get(b"tRNS", b""))
    channels = _CHANNELS[colours]
    order = (0, 1, 2) if channels > 2 else (0, 0, 0)
    rows = [_interleave([line[c::channels] for c in order], 3 * width) for line in lines]
    has_alpha = colours in (_GREY_ALPHA, _RGBA)
    alpha = [line[channels - 1 :: channels] for line in lines] if has_alpha else None
    return Raster(width, rows, alpha)


def _from_palette(lines: list[bytes], width: int, palette: bytes, opacity: bytes) -> Raster:
    tables = [palette[channel::3].ljust(256, b"\x00")[:256] for channel in range(3)]
    rows = [_interleave([line.translate(table) for table in tables], 3 * width) for line in lines]
    table = opacity.ljust(256, b"\xff")[:256]
    return Raster(width, rows, [line.translate(table) for line in lines] if opacity else None)
