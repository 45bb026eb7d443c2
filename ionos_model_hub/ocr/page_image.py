"""Encode the images of pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.ocr.limits import ImageLimits
from ionos_model_hub.wire.image_formats import to_data_url

if TYPE_CHECKING:
    from PIL import Image

_JPEG_QUALITIES = (90, 75, 50)
_PNG_COMPRESSION = 3
"""Files are a few per cent larger than with 6, and are written in half the time."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """The encoded image of a page.

    Attributes:
        data: Content of the file.
        mime_type: Its type.
    """

    data: bytes = field(repr=False)
    mime_type: str

    @property
    def data_url(self) -> str:
        """The image as a `data:` URL."""
        return to_data_url(self.data, self.mime_type)


def encode(image: Image.Image, limits: ImageLimits) -> PageImage:
    """Encode an image as PNG, or as JPEG if the PNG would be too large.

    Raises:
        InvalidRequestError: Both are too large.
    """
    data = _save(image, "PNG", compress_level=_PNG_COMPRESSION)
    if len(data) <= limits.max_image_bytes:
        return PageImage(data, "image/png")
    for quality in _JPEG_QUALITIES:
        data = _save(image, "JPEG", quality=quality)
        if len(data) <= limits.max_image_bytes:
            return PageImage(data, "image/jpeg")
    raise InvalidRequestError(
        f"The image of the page has {len(data):,} bytes as JPEG, the limit is "
        f"{limits.max_image_bytes:,}.",
        hint="Set a lower max_side or a higher max_image_bytes.",
        param="max_image_bytes",
    )


def _save(image: Image.Image, format_: str, **options: int) -> bytes:
    file = BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()
