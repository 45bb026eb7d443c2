"""Scale and encode the images of pages."""

from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageOps

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.ocr.limits import ImageLimits
from ionos_model_hub.wire.image_formats import to_data_url

_JPEG_QUALITIES = (90, 75, 50)
_WITH_TRANSPARENCY = ("RGBA", "LA", "PA", "RGBa", "La")
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


def scale_down(image: Image.Image, max_side: int) -> Image.Image:
    """Return an upright image in colour or grey whose sides are at most `max_side` pixels.

    The pixels of large JPEG files are decoded at a lower resolution, which saves memory.
    """
    image.draft("RGB", (max_side, max_side))
    scaled = _flatten(image)
    scaled.thumbnail((max_side, max_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return ImageOps.exif_transpose(scaled)


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


def check_pixels(size: tuple[int, int], limits: ImageLimits) -> None:
    """Check the size of a scan before its pixels are decoded.

    Raises:
        InvalidRequestError: It has too many pixels.
    """
    width, height = size
    if width * height > limits.max_pixels:
        raise InvalidRequestError(
            f"The page has {width:,} x {height:,} pixels, the limit is {limits.max_pixels:,}.",
            hint="Scan at a lower resolution, or set a higher max_pixels.",
            param="max_pixels",
        )


def _flatten(image: Image.Image) -> Image.Image:
    """Return a copy in mode L or RGB; transparent parts become white."""
    if image.mode in ("1", "L"):
        return image.convert("L")
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    if image.mode in _WITH_TRANSPARENCY or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        white.alpha_composite(layer)
        white.info.update(image.info)
        return white.convert("RGB")
    return image.convert("RGB")


def _save(image: Image.Image, format_: str, **options: int) -> bytes:
    file = BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()
