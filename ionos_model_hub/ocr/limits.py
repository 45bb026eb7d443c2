"""Limits of the images that are sent to OCR models."""

from dataclasses import dataclass

MAX_SIDE = 1540
"""Longest side in pixels that LightOn, the publisher of LightOnOCR-2, recommends for pages (model
card, 2026-01). IONOS documents no limit."""

MAX_IMAGE_BYTES = 2 * 1024 * 1024
"""Size of a PNG above which a page is sent as JPEG. Inferred: no limit is documented. It keeps the
body of a request below 3 MB."""

MAX_PIXELS = 89_000_000
"""Pixels of a scan before it is scaled down, which keeps small files from filling the memory. An A3
page at 600 dpi has 70 million. Pillow warns above this number itself."""


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Limits of page images.

    Attributes:
        max_side: Longest side of an image that is sent, in pixels.
        max_image_bytes: Maximum size of an image that is sent.
        max_pixels: Maximum number of pixels of a scan before it is scaled down.
    """

    max_side: int = MAX_SIDE
    max_image_bytes: int = MAX_IMAGE_BYTES
    max_pixels: int = MAX_PIXELS
