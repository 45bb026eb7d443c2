"""Check and scale the images of pages."""

from PIL import Image, ImageOps

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.ocr.limits import ImageLimits

_WITH_TRANSPARENCY = ("RGBA", "LA", "PA", "RGBa", "La")


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


def scale_down(image: Image.Image, max_side: int) -> Image.Image:
    """Return an upright image in colour or grey whose sides are at most `max_side` pixels.

    The pixels of large JPEG files are decoded at a lower resolution, which saves memory.
    """
    image.draft("RGB", (max_side, max_side))
    scaled = _flatten(image)
    scaled.thumbnail((max_side, max_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return ImageOps.exif_transpose(scaled)


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
