"""Read images from paths, bytes, URLs, content blocks and PIL images, for requests."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from os import PathLike, fsdecode
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.transport.image_encoding import is_pil_image, reencode
from ionos_model_hub.wire.image_blocks import ImageSource, is_image_block, to_image_part
from ionos_model_hub.wire.image_formats import REMOTE_SCHEMES, image_type, to_data_url
from ionos_model_hub.wire.request_types import ImageFormat, ImagePart, ImageUrl

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage


def image_part(
    source: ImageSource,
    *,
    detail: Literal["low", "high", "auto"] | None = None,
    max_pixels: int | None = None,
    encoding: ImageFormat | None = None,
) -> ImagePart:
    """Return an image as a content part of a message.

    Files are read at once. An http(s) URL is sent unchanged, and the server downloads it. Nothing
    is converted unless `max_pixels` or `encoding` is set, which requires Pillow
    (`pip install "ionos-model-hub[images]"`), as do PIL images.

    Args:
        source: A path, an http(s) or data URL, the bytes of an image file, a content block, or a
            PIL image, which is sent in the format of its file, or else as PNG.
        detail: Value of the field `detail`: `low`, `high` or `auto`.
        max_pixels: Number of pixels to which larger images are scaled down.
        encoding: Format to convert the image to: `png`, `jpeg` or `webp`.

    Raises:
        InvalidRequestError: The image cannot be read or converted.

    Example:
        >>> image_part("https://example.org/cat.jpg", detail="low")["image_url"]["detail"]
        'low'
    """
    if detail not in (None, "low", "high", "auto"):
        raise InvalidRequestError(
            f"detail must be 'low', 'high' or 'auto', got {detail!r}.", param="detail"
        )
    url = image_url(source, "image", max_pixels=max_pixels, encoding=encoding)
    image: ImageUrl = {"url": url}
    if isinstance(source, Mapping):
        image = {**_part_of_block(source, "image")["image_url"], "url": url}
    if detail is not None:
        image["detail"] = detail
    return {"type": "image_url", "image_url": image}


def image_url(
    source: ImageSource,
    name: str,
    *,
    max_pixels: int | None = None,
    encoding: ImageFormat | None = None,
) -> str:
    """Return the http(s) URL of an image, or a data URL with its contents.

    Args:
        source: See `image_part`.
        name: Name of the argument, for error messages.
        max_pixels: See `image_part`.
        encoding: See `image_part`.

    Raises:
        InvalidRequestError: The image cannot be read or converted; `param` is `name`.
    """
    source = _unwrap(source, name)
    converts = max_pixels is not None or encoding is not None
    if isinstance(source, str) and not converts and source.startswith((*REMOTE_SCHEMES, "data:")):
        return source
    data = image_bytes(source, name, max_pixels=max_pixels, encoding=encoding)
    return to_data_url(data, _require_type(data, name))


def image_bytes(
    source: ImageSource,
    name: str,
    *,
    max_pixels: int | None = None,
    encoding: ImageFormat | None = None,
) -> bytes:
    """Return an image as a file.

    Args:
        source: See `image_part`; not an http(s) URL.
        name: Name of the argument, for error messages.
        max_pixels: See `image_part`.
        encoding: See `image_part`.

    Raises:
        InvalidRequestError: The image cannot be read or converted; `param` is `name`.
    """
    data = _read(_unwrap(source, name), name)
    if max_pixels is not None or encoding is not None or not isinstance(data, bytes):
        data = reencode(data, name, max_pixels=max_pixels, encoding=encoding)
    _require_type(data, name)
    return data


def _unwrap(source: ImageSource, name: str) -> ImageSource:
    """Return the URL in a content block, and other sources unchanged."""
    if isinstance(source, Mapping):
        return _part_of_block(source, name)["image_url"]["url"]
    return source


def _part_of_block(block: Mapping[str, Any], name: str) -> ImagePart:
    if not is_image_block(block):
        raise InvalidRequestError(
            f"{name} must be an image block, got type {block.get('type')!r}.",
            hint="Pass a block of type 'image' or 'image_url'.",
            param=name,
        )
    part = to_image_part(block, name)
    # A chat model may have written the block, so it must not name files of this machine.
    if not part["image_url"]["url"].startswith((*REMOTE_SCHEMES, "data:")):
        raise InvalidRequestError(
            f"{name}: the URL of an image block must start with http://, https:// or data:.",
            hint="Pass the path of a file as text or pathlib.Path, without a block.",
            param=name,
        )
    return part


def _read(source: object, name: str) -> bytes | PILImage:
    """Return the contents of a file, or a PIL image."""
    if isinstance(source, str) and source.startswith(REMOTE_SCHEMES):
        raise InvalidRequestError(
            f"{name} is a URL, which only the server can download.",
            hint="Download the image and pass its bytes.",
            param=name,
        )
    if isinstance(source, str) and source.startswith("data:"):
        return _decode(source, name)
    if isinstance(source, str | PathLike):
        return _read_file(Path(fsdecode(source)), name)
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if is_pil_image(source):
        return cast("PILImage", source)
    raise InvalidRequestError(
        f"{name} must be an image, got {type(source).__name__}.",
        hint="Pass a path, bytes, a URL, a content block or a PIL image.",
        param=name,
    )


def _decode(url: str, name: str) -> bytes:
    try:
        return b64decode(url.partition(";base64,")[2], validate=True)
    except ValueError:
        pass
    raise InvalidRequestError(
        f"{name} is a data URL without valid base64.",
        hint="Pass the bytes of the file.",
        param=name,
    )


def _read_file(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: the path contains a null character
        reason = getattr(error, "strerror", None) or str(error)
    raise InvalidRequestError(
        f"{name} cannot be read from {str(path)[:200]!r}: {reason}.",
        hint="Check the path. Text is a path unless it starts with http://, https:// or data:.",
        param=name,
    )


def _require_type(data: bytes, name: str) -> str:
    if kind := image_type(data):
        return kind
    problem = "is empty" if not data else f"is in an unknown format, it starts with {data[:8]!r}"
    raise InvalidRequestError(
        f"{name} {problem}.",
        hint="Pass a PNG, JPEG, WebP, GIF, BMP or TIFF file; other formats are converted by "
        "encoding='png' if Pillow can read them.",
        param=name,
    )
