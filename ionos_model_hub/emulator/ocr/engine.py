"""A real OCR engine: RapidOCR, which ships its weights. The extra is `ocr-emulator`."""

import threading
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Protocol, cast

from PIL import Image

_LOCK = threading.Lock()
"""Pages are read one at a time: the engine uses all cores for each."""

_SAME_ROW = 0.5
"""Share of a line's height by which the middle of another line on the same row may differ."""


class _Output(Protocol):
    boxes: list[list[list[float]]] | None
    txts: tuple[str, ...] | None


class _Engine(Protocol):
    def __call__(self, image: Image.Image) -> _Output: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of text found on a page.

    Attributes:
        text: The text.
        left: Distance from the left edge in pixels.
        middle: Distance of its middle from the upper edge in pixels.
        height: Its height in pixels.
    """

    text: str
    left: float
    middle: float
    height: float


def is_installed() -> bool:
    """Return whether the engine is installed."""
    return all(find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


def read_text(page: Image.Image) -> str:
    """Return the text of a page, one line for each row, from top to bottom.

    Texts next to each other, as in tables and columns, are separated by ` | `.
    """
    with _LOCK:
        output = _engine()(page.convert("RGB"))
    if output.boxes is None or output.txts is None:
        return ""
    lines = [_line(text, box) for text, box in zip(output.txts, output.boxes, strict=True)]
    return "\n".join(" | ".join(line.text for line in row) for row in _rows(lines))


@cache
def _engine() -> _Engine:
    from rapidocr import RapidOCR

    return cast("_Engine", RapidOCR(params={"Global.log_level": "error"}))


def _line(text: str, box: list[list[float]]) -> Line:
    xs, ys = [float(point[0]) for point in box], [float(point[1]) for point in box]
    return Line(text, min(xs), (min(ys) + max(ys)) / 2, max(ys) - min(ys))


def _rows(lines: list[Line]) -> list[list[Line]]:
    """Group lines into rows from top to bottom, each sorted from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        last = rows[-1][-1] if rows else None
        if last is not None and abs(line.middle - last.middle) < _SAME_ROW * last.height:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]
