"""Convert image content blocks of several conventions to a content part of the API."""

from base64 import b64decode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.image_formats import image_type
from ionos_model_hub.wire.request_types import ImagePart, ImageUrl

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage
else:
    PILImage = Any  # so that type hints can be resolved without Pillow, which is optional

Block: TypeAlias = Mapping[str, Any]


class FilePath(Protocol):
    """A path, for example a `pathlib.Path`."""

    def __fspath__(self) -> str:
        """Return the path as text."""


ImageSource: TypeAlias = str | FilePath | bytes | Block | PILImage
"""A path, an http(s) or data URL, the bytes of a file, an image block, or a PIL image."""

_DETAILS = ("low", "high", "auto")


def is_image_block(block: Block) -> bool:
    """Return whether a block has one of the types that `to_image_part` converts."""
    return block.get("type") in ("image", "image_url")


def to_image_part(block: Block, location: str) -> ImagePart:
    """Convert an image block to a content part.

    Accepts `image_url` parts as in the OpenAI API, LangChain's v1 and v0 `image` blocks, and
    Anthropic's images. Fields other than the image and its detail are dropped.

    Args:
        block: The block to convert.
        location: Path of the block in the request, for error messages.

    Raises:
        InvalidRequestError: The block contains no image that can be sent; `param` names it.

    Example:
        >>> to_image_part({"type": "image", "url": "https://example.org/a.png"}, "image")
        {'type': 'image_url', 'image_url': {'url': 'https://example.org/a.png'}}
    """
    if block.get("type") == "image_url":
        return _convert_openai_image(block, location)
    return _image_part(_image_url(block, location), _image_detail(block))


def invalid_block(block: Block, location: str, problem: str, hint: str) -> InvalidRequestError:
    """Return the error for a content block that cannot be sent."""
    message = f"{location}: a content block of type {block.get('type')!r} {problem}."
    return InvalidRequestError(message, hint=hint, param=location)


def _convert_openai_image(block: Block, location: str) -> ImagePart:
    value = block.get("image_url")
    value = {"url": value} if isinstance(value, str) else value
    if not isinstance(value, Mapping) or not isinstance(value.get("url"), str):
        raise invalid_block(block, location, "has no URL", 'Write {"image_url": {"url": …}}.')
    return _image_part(value["url"], value.get("detail", block.get("detail")))


def _image_url(block: Block, location: str) -> str:
    """Return an image's URL, or a `data:` URL for an embedded image."""
    source = block.get("source")
    if isinstance(source, Mapping):
        block = {**source, "mime_type": source.get("media_type")}
    if isinstance(url := block.get("url"), str):
        return url
    encoded = block.get("base64") or block.get("data")
    if not isinstance(encoded, str):
        problem = "refers to an uploaded file" if _has_file_id(block) else "contains no image"
        raise invalid_block(
            block, location, problem, "Pass the image as `url`, or as `base64` with `mime_type`."
        )
    mime_type = block.get("mime_type") or _guess_mime_type(encoded)
    if not mime_type:
        raise invalid_block(
            block, location, "has no `mime_type`", "Add it, for example 'image/png'."
        )
    return f"data:{mime_type};base64,{encoded}"


def _guess_mime_type(encoded: str) -> str | None:
    """Return the MIME type of an image in base64, from its first bytes."""
    try:
        return image_type(b64decode(encoded[:16]))
    except ValueError:
        return None


def _has_file_id(block: Block) -> bool:
    return bool(block.get("file_id") or (block.get("id") and block.get("source_type") == "id"))


def _image_detail(block: Block) -> object:
    extras = block.get("extras")
    return block.get("detail") or (extras.get("detail") if isinstance(extras, Mapping) else None)


def _image_part(url: str, detail: object) -> ImagePart:
    image: ImageUrl = {"url": url}
    if detail in _DETAILS:
        image["detail"] = cast("Any", detail)
    return {"type": "image_url", "image_url": image}
