"""Images as content blocks of messages."""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.messages.content import ImageContentBlock, create_image_block

from ionos_model_hub.wire.image_blocks import ImageSource
from ionos_model_hub.wire.request_types import ImageFormat
from langchain_ionos.errors import langchain_errors


def image_block(
    source: ImageSource,
    *,
    detail: Literal["low", "high", "auto"] | None = None,
    max_pixels: int | None = None,
    encoding: ImageFormat | None = None,
) -> ImageContentBlock:
    """Return an image as a standard content block, for messages to any chat model.

    Args:
        source: A path, an http(s) or data URL, the bytes of an image file, a content block, or a
            PIL image. Files are read at once; http(s) URLs are downloaded by the server.
        detail: `low`, `high` or `auto`, for models that distinguish them.
        max_pixels: Number of pixels to which larger images are scaled down. Requires Pillow.
        encoding: Format to convert the image to: `png`, `jpeg` or `webp`. Requires Pillow.

    Raises:
        IONOSInvalidRequestError: The image cannot be read or converted.

    Example:
        >>> from langchain_core.messages import HumanMessage
        >>> block = image_block("https://example.org/cat.jpg")
        >>> HumanMessage([{"type": "text", "text": "What is this?"}, block]).content[1]["url"]
        'https://example.org/cat.jpg'
    """
    from ionos_model_hub.transport.image_inputs import image_part

    with langchain_errors():
        image = image_part(source, detail=detail, max_pixels=max_pixels, encoding=encoding)
    extras: dict[str, Any] = {**image["image_url"]}
    url = extras.pop("url")
    head, _, encoded = url.partition(";base64,")
    if not head.startswith("data:"):
        return create_image_block(url=url, **extras)
    return create_image_block(base64=encoded, mime_type=head.removeprefix("data:"), **extras)
