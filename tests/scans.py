"""Scans: page images with text in a real font, noise and rotation, for tests with an OCR engine."""

import random
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

A4 = (1240, 1754)  # 150 dpi
MARGIN = 100
LINE_HEIGHT = 48
FONT_SIZE = 24


def font() -> ImageFont.FreeTypeFont:
    """Return a font with umlauts, which matplotlib ships."""
    import matplotlib

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(path), FONT_SIZE)


def plain_page(lines: Sequence[str]) -> Image.Image:
    """Return a page with one line of text below the other."""
    page = Image.new("L", A4, "white")
    _write(page, MARGIN, lines)
    return page


def two_columns(left: Sequence[str], right: Sequence[str]) -> Image.Image:
    """Return a page with two columns of text."""
    page = Image.new("L", A4, "white")
    _write(page, MARGIN, left)
    _write(page, A4[0] // 2 + 20, right)
    return page


def table(rows: Sequence[Sequence[str]]) -> Image.Image:
    """Return a page with a table that has lines around its cells."""
    page = Image.new("L", A4, "white")
    draw, width = ImageDraw.Draw(page), (A4[0] - 2 * MARGIN) // len(rows[0])
    for number, row in enumerate(rows):
        top = MARGIN + number * LINE_HEIGHT
        for column, text in enumerate(row):
            left = MARGIN + column * width
            draw.rectangle((left, top, left + width, top + LINE_HEIGHT), outline="black", width=2)
            draw.text((left + 12, top + 8), text, "black", font())
    return page


def scanned(page: Image.Image, degrees: float = 0) -> Image.Image:
    """Return a page as a scanner returns it: grey, noisy and turned by some degrees."""
    turned = page.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    pixels = turned.width * turned.height
    noise = Image.frombytes("L", turned.size, random.Random(0).randbytes(pixels))
    return ImageChops.subtract(turned, noise.point(lambda value: value // 12))


def _write(page: Image.Image, left: int, lines: Sequence[str]) -> None:
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        draw.text((left, MARGIN + number * LINE_HEIGHT), line, "black", font())
