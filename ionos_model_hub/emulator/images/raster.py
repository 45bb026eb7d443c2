"""Uncompressed images."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

MAX_PIXELS = 2**24
"""Limit for decoded images, so that a small file cannot exhaust the memory."""


@dataclass(frozen=True, slots=True)
class Raster:
    """An uncompressed image.

    Attributes:
        width: Width in pixels.
        rows: For each row its pixels, three bytes each: red, green and blue.
        alpha: For each row the opacity of its pixels, one byte each; None if all are opaque.

    Example:
        >>> Raster(2, [bytes(6)]).height
        1
    """

    width: int
    rows: Sequence[bytes]
    alpha: Sequence[bytes] | None = None

    @property
    def height(self) -> int:
        """Height in pixels."""
        return len(self.rows)

    def scaled(self, width: int, height: int) -> "Raster":
        """Return the image in another size; each pixel is copied from the nearest one."""
        if (width, height) == (self.width, self.height):
            return self
        lines = [y * self.height // height for y in range(height)]
        columns = [x * self.width // width for x in range(width)]
        samples = [3 * column + channel for column in columns for channel in range(3)]
        alpha = None if self.alpha is None else _resample(self.alpha, lines, columns)
        return Raster(width, _resample(self.rows, lines, samples), alpha)


def _resample(rows: Sequence[bytes], lines: list[int], samples: list[int]) -> list[bytes]:
    """Return some samples of some rows; rows that are used several times are computed once."""
    # With a single index, itemgetter would return a number.
    index = samples if len(samples) > 1 else [slice(samples[0], samples[0] + 1)]
    pick = itemgetter(*index)
    scaled = {line: bytes(pick(rows[line])) for line in sorted(set(lines))}
    return [scaled[line] for line in lines]
