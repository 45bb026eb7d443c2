"""Scale and encode images with Pillow, which is imported on first use."""

from __future__ import annotations

import sys
from io import BytesIO
from math import sqrt
from numbers import Real
from typing import TYPE_CHECKING, get_args

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.request_types import ImageFormat

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

_FORMATS: dict[str | None, ImageFormat] = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp"}
_JPEG_QUALITY = 90


def is_pil_image(value: object) -> bool:
    """Return whether a value is a PIL image; Pillow is not imported for this."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(value, module.Image)


def reencode(
    source: bytes | PILImage,
    name: str,
    *,
    max_pixels: int | None = None,
    encoding: ImageFormat | None = None,
) -> bytes:
    """Return an image as a file, scaled down and converted if necessary.

    The image is rotated as its EXIF data says; other metadata is removed. A file that needs
    neither scaling nor converting is returned unchanged.

    Args:
        source: An image file or a PIL image.
        name: Name of the argument, for error messages.
        max_pixels: Maximum number of pixels.
        encoding: Format of the result; by default that of the file, or PNG.

    Raises:
        InvalidRequestError: Pillow is not installed or cannot read the image, or an option is
            invalid.
    """
    _check_options(max_pixels, encoding)
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise _pillow_missing(name) from None
    try:
        return _convert(source, max_pixels, encoding)
    except UnidentifiedImageError:  # its text contains a memory address
        reason = "Pillow does not recognize the format"
    except (OSError, SyntaxError, ValueError, Warning, Image.DecompressionBombError) as error:
        reason = str(error)
    raise InvalidRequestError(
        f"{name} cannot be converted: {reason}.",
        hint="Pass an image file that Pillow can read.",
        param=name,
    )


def _convert(
    source: bytes | PILImage, max_pixels: int | None, encoding: ImageFormat | None
) -> bytes:
    from PIL import Image

    opened = Image.open(BytesIO(source)) if isinstance(source, bytes) else source
    target = encoding or _FORMATS.get(opened.format, "png")
    fits = max_pixels is None or opened.width * opened.height <= max_pixels
    if fits and isinstance(source, bytes) and target == _FORMATS.get(opened.format):
        return source
    return _encode(_scale(opened, max_pixels), target)


def _check_options(max_pixels: float | None, encoding: object) -> None:
    if max_pixels is not None and not (isinstance(max_pixels, Real) and max_pixels >= 1):
        raise InvalidRequestError(
            f"max_pixels must be at least 1, got {max_pixels!r}.", param="max_pixels"
        )
    if encoding not in (None, *get_args(ImageFormat)):
        raise InvalidRequestError(
            f"encoding must be 'png', 'jpeg' or 'webp', got {encoding!r}.", param="encoding"
        )


def _scale(image: PILImage, max_pixels: int | None) -> PILImage:
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image)
    pixels = upright.width * upright.height
    if max_pixels is None or pixels <= max_pixels:
        return upright
    factor = sqrt(max_pixels / pixels)
    width, height = (max(1, int(side * factor)) for side in upright.size)
    return upright.resize((width, height))


def _encode(image: PILImage, encoding: ImageFormat) -> bytes:
    from PIL import Image

    if encoding == "jpeg" and image.mode not in ("RGB", "L"):
        # JPEG has no transparency: transparent parts become white.
        opaque = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(opaque, image.convert("RGBA")).convert("RGB")
    elif image.mode not in ("RGB", "RGBA", "L"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    file = BytesIO()
    image.save(file, encoding, quality=_JPEG_QUALITY)
    return file.getvalue()


def _pillow_missing(name: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"{name} cannot be converted, because Pillow is not installed.",
        hint='Run `pip install "ionos-model-hub[images]"`, or pass an image file unchanged.',
        param=name,
    )
