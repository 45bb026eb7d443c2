"""Paint images: gradients for prompts, and edits that tint an image."""

from collections.abc import Sequence

from ionos_model_hub.emulator.images.raster import Raster
from ionos_model_hub.emulator.text import words

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 160, 60),
    "blue": (30, 70, 220),
    "yellow": (240, 220, 40),
    "orange": (240, 140, 20),
    "purple": (130, 40, 170),
    "pink": (240, 120, 180),
    "brown": (120, 80, 40),
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "grey": (128, 128, 128),
    "gray": (128, 128, 128),
}
_OPAQUE_ENOUGH = 128


def paint_gradient(width: int, height: int, colours: str) -> Raster:
    """Return a gradient between two colours, the first 12 hex digits of `colours`."""
    left, right = bytes.fromhex(colours[:6]), bytes.fromhex(colours[6:12])
    span = max(width - 1, 1)
    row = bytes(
        (left[channel] * (span - x) + right[channel] * x) // span
        for x in range(width)
        for channel in range(3)
    )
    return Raster(width, [row.translate(_fade_table(y, height)) for y in range(height)])


def edit_raster(
    image: Raster, mask: Raster | None, prompt: str, identity: str, size: tuple[int, int]
) -> Raster:
    """Return an image in another size, tinted with a colour.

    Args:
        image: The image.
        mask: Marks the part to change by transparent pixels or, if all are opaque, by white ones.
        prompt: Its first colour is the tint.
        identity: Hex digits; the tint of a prompt without colours.
        size: Width and height of the result.
    """
    scaled = image.scaled(*size)
    tint = next((COLOURS[word] for word in words(prompt) if word in COLOURS), None)
    tables = [_tint_table(value) for value in tint or bytes.fromhex(identity[:6])]
    tinted = [_translate(row, tables) for row in scaled.rows]
    if mask is None:
        return Raster(scaled.width, tinted)
    selection = _selection(mask.scaled(*size))
    rows = zip(scaled.rows, tinted, selection, strict=True)
    return Raster(scaled.width, [_combine(*row) for row in rows])


def _fade_table(y: int, height: int) -> bytes:
    """Return a translation table that inverts the colours of the top row towards the bottom."""
    return bytes((value * (height - y) + (255 - value) * y) // height for value in range(256))


def _tint_table(value: int) -> bytes:
    return bytes((original + value) // 2 for original in range(256))


def _translate(row: bytes, tables: Sequence[bytes]) -> bytes:
    tinted = bytearray(len(row))
    for channel, table in enumerate(tables):
        tinted[channel::3] = row[channel::3].translate(table)
    return bytes(tinted)


def _selection(mask: Raster) -> list[bytes]:
    """Return for each row 255 in the bytes of the pixels to change, and 0 in the others."""
    if mask.alpha is not None:
        marks, table = mask.alpha, bytes(255 * (value < _OPAQUE_ENOUGH) for value in range(256))
    else:
        marks = [row[1::3] for row in mask.rows]
        table = bytes(255 * (value >= _OPAQUE_ENOUGH) for value in range(256))
    return [_tripled(row.translate(table)) for row in marks]


def _tripled(row: bytes) -> bytes:
    tripled = bytearray(3 * len(row))
    for channel in range(3):
        tripled[channel::3] = row
    return bytes(tripled)


def _combine(original: bytes, tinted: bytes, selection: bytes) -> bytes:
    """Return the selected bytes of `tinted`, and the others of `original`."""
    before, after, marks = map(int.from_bytes, (original, tinted, selection))
    return (before ^ ((before ^ after) & marks)).to_bytes(len(original))
