"""Read the pages of PDF files and of images. None of it may be called by two threads at once."""

import re
from io import BytesIO
from pathlib import Path
from typing import Protocol

import pypdfium2 as pdfium
from PIL import Image

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.ocr.limits import ImageLimits
from ionos_model_hub.ocr.scaling import check_pixels, scale_down
from ionos_model_hub.wire.image_formats import image_type

_HEADER_BYTES = 1024
"""PDF readers accept `%PDF-` anywhere in these bytes."""

_IMAGE_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/tiff": "TIFF"}
"""Pillow's names of the supported formats."""

_MAX_SCALE = 300 / 72
"""300 dpi: small pages gain nothing from a higher resolution."""

_HYPHEN = "\ufffe"
"""PDFium's character for a hyphen at the end of a line."""

_LINE_END = re.compile(r"[ \t]*\r?\n")


class Format(Protocol):
    """The pages of an open file.

    Attributes:
        count: Number of pages.
    """

    count: int

    def text(self, index: int) -> str:
        """Return the text layer of a page; empty if it has none."""

    def image(self, index: int) -> Image.Image:
        """Return the image of a page, scaled down to the limit."""

    def close(self) -> None:
        """Close the file."""


def open_format(data: Path | bytes, limits: ImageLimits) -> Format:
    """Open a file according to its content.

    Raises:
        InvalidRequestError: The format is not supported.
    """
    header = _header(data)
    if b"%PDF-" in header:
        return PdfFile(data, limits)
    if format_ := _IMAGE_FORMATS.get(image_type(header) or ""):
        return ImageFile(data, format_, limits)
    raise InvalidRequestError(
        "The file is neither a PDF nor a TIFF, PNG or JPEG image.",
        hint="Convert it to one of these formats.",
        param="source",
    )


def _header(data: Path | bytes) -> bytes:
    if isinstance(data, bytes):
        return data[:_HEADER_BYTES]
    with data.open("rb") as file:
        return file.read(_HEADER_BYTES)


class PdfFile:
    """A PDF file. Files on disk are read as needed, not loaded into memory."""

    def __init__(self, data: Path | bytes, limits: ImageLimits) -> None:
        self._limits = limits
        self._document = pdfium.PdfDocument(data)
        if self._document.get_formtype():
            self._document.init_forms()  # which makes filled-in fields visible
        self.count: int = len(self._document)

    def text(self, index: int) -> str:
        """Return the text layer of a page; empty if it has none."""
        page = self._document[index]
        text_page = page.get_textpage()
        try:
            text: str = text_page.get_text_range()
        finally:
            text_page.close()
            page.close()
        return _LINE_END.sub("\n", text.replace(_HYPHEN, "-")).strip()

    def image(self, index: int) -> Image.Image:
        """Return the image of a page, rendered so that the longest side has `max_side` pixels."""
        page = self._document[index]
        try:
            scale = min(self._limits.max_side / max(page.get_size()), _MAX_SCALE)
            bitmap = page.render(scale=scale, rev_byteorder=True)
            try:
                rendered: Image.Image = bitmap.to_pil()
                # Rounding up may have added a pixel.
                return scale_down(rendered, self._limits.max_side)
            finally:
                bitmap.close()
        finally:
            page.close()

    def close(self) -> None:
        """Close the file."""
        self._document.close()


class ImageFile:
    """An image; each frame of a TIFF file is a page."""

    def __init__(self, data: Path | bytes, format_: str, limits: ImageLimits) -> None:
        self._limits = limits
        file = BytesIO(data) if isinstance(data, bytes) else data
        self._image = Image.open(file, formats=(format_,))
        is_tiff = format_ == "TIFF"
        self.count: int = getattr(self._image, "n_frames", 1) if is_tiff else 1

    def text(self, index: int) -> str:
        """Return an empty text, because images have no text layer."""
        return ""

    def image(self, index: int) -> Image.Image:
        """Return a frame, scaled down to the limit."""
        if self.count > 1:
            self._image.seek(index)
        check_pixels(self._image.size, self._limits)
        return scale_down(self._image, self._limits.max_side)

    def close(self) -> None:
        """Close the file."""
        self._image.close()
