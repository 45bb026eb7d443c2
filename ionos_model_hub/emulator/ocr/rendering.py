"""Render pages whose text the emulator reads without an OCR engine."""

from collections.abc import Sequence
from io import BytesIO
from textwrap import wrap
from typing import TYPE_CHECKING, Literal
from unicodedata import normalize

from ionos_model_hub.lazy import require_extra

if TYPE_CHECKING:
    from PIL.Image import Image as Page

_MARGIN = 64
_FONT_SIZE = 26
_LINE_HEIGHT = 36
_LINE_LENGTH = 68
_DPI = 130
_TRANSLITERATION = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "€": "EUR"}
)
"""Pillow's own font, the only one that is always present, has only ASCII."""


def render_page(text: str) -> bytes:
    """Return a PNG of a page that shows a text.

    The emulator reads the text from a code above the lower edge, so no OCR engine is needed, and
    returns exactly this text. The code survives PDF files, scaling and JPEG compression.

    Args:
        text: The text, as Markdown. The page shows it in ASCII. Lines that do not fit are only in
            the code.

    Raises:
        ImportError: The extra `ocr` is not installed.
        ValueError: The text is too long for the code: several thousand characters, depending on how
            well they can be compressed.

    Example:
        >>> render_page("Buy milk.")[1:4]
        b'PNG'
    """
    return _save([text], "PNG")


def render_document(texts: Sequence[str], format: Literal["PDF", "TIFF"] = "PDF") -> bytes:
    """Return a PDF or TIFF file with one scanned page for each text; see `render_page`.

    Example:
        >>> render_document(["Page one", "Page two"])[:4]
        b'%PDF'
    """
    return _save(texts, format)


def _save(texts: Sequence[str], format_: str) -> bytes:
    require_extra("render_page", "ocr", "PIL")
    pages = [_draw(text) for text in texts]
    file = BytesIO()
    several = {} if format_ == "PNG" else {"save_all": True, "append_images": pages[1:]}
    pages[0].save(file, format_, resolution=_DPI, **several)
    return file.getvalue()


def _draw(text: str) -> "Page":
    from PIL import Image, ImageDraw, ImageFont

    from ionos_model_hub.emulator.ocr.page_code import PAGE_SIZE, code_height, draw_code

    free = PAGE_SIZE[1] - code_height(text) - 2 * _MARGIN
    if free < 0:
        raise ValueError(f"The text is too long for one page: {len(text):,} characters.")
    page = Image.new("L", PAGE_SIZE, "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(_FONT_SIZE)
    for number, line in enumerate(_visible_lines(text)[: free // _LINE_HEIGHT]):
        draw.text((_MARGIN, _MARGIN + number * _LINE_HEIGHT), line, "black", font)
    draw_code(page, text)
    return page


def _visible_lines(text: str) -> list[str]:
    shown = normalize("NFKD", text.translate(_TRANSLITERATION)).encode("ascii", "replace").decode()
    return [part for line in shown.splitlines() for part in wrap(line, _LINE_LENGTH) or [""]]
