"""Images as content blocks of messages."""

from __future__ import annotations

from base64 import b64decode
from typing import Literal

from llama_index.core.base.llms.types import ImageBlock

from ionos_model_hub.wire.image_blocks import ImageSource
from ionos_model_hub.wire.request_types import ImageFormat


def image_block(
    source: ImageSource,
    *,
    detail: Literal["low", "high", "auto"] | None = None,
    max_pixels: int | None = None,
    encoding: ImageFormat | None = None,
) -> ImageBlock:
    """Return an image as an `ImageBlock`, for messages to any LLM that supports vision.

    Args:
        source: A path, an http(s) or data URL, the bytes of an image file, a content block in the
            form of the OpenAI API, or a PIL image. Files are read at once; http(s) URLs are
            downloaded by the server.
        detail: `low`, `high` or `auto`, for models that distinguish them.
        max_pixels: Number of pixels to which larger images are scaled down. Requires Pillow.
        encoding: Format to convert the image to: `png`, `jpeg` or `webp`. Requires Pillow.

    Raises:
        InvalidRequestError: The image cannot be read or converted.

    Example:
        >>> str(image_block("https://example.org/cat.jpg", detail="low").url)
        'https://example.org/cat.jpg'
    """
    from ionos_model_hub.transport.image_inputs import image_part

    image = image_part(source, detail=detail, max_pixels=max_pixels, encoding=encoding)
    url, detail_of_image = image["image_url"]["url"], image["image_url"].get("detail")
    head, _, encoded = url.partition(";base64,")
    if not head.startswith("data:"):
        return ImageBlock(url=url, detail=detail_of_image)
    return ImageBlock(
        image=b64decode(encoded),
        image_mimetype=head.removeprefix("data:"),
        detail=detail_of_image,
    )
