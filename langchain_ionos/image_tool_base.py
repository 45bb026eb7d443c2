"""The base of the tools that return images."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from langchain_core.messages.content import (
    ContentBlock,
    ImageContentBlock,
    create_image_block,
    create_text_block,
)
from langchain_core.tools import BaseTool, ToolException
from pydantic import Field

from ionos_model_hub.catalogue import DEFAULT_IMAGE_MODEL
from ionos_model_hub.errors import BadRequestError, InvalidRequestError
from ionos_model_hub.wire.request_types import ImageEditOptions, ImageFormat
from ionos_model_hub.wire.response_types import GeneratedImage
from langchain_ionos.connection import Connection, ModelId
from langchain_ionos.errors import langchain_errors
from langchain_ionos.image_store import ImageStore

Result = tuple[list[ContentBlock], list[ImageContentBlock]]

_DEFAULT_MIME_TYPE = "image/png"


class ImageToolBase(BaseTool, Connection):
    """A tool that returns images.

    Raises:
        langchain_core.exceptions.ModelError: A call failed; it is a `ModelHubError` as well.
    """

    response_format: Literal["content", "content_and_artifact"] = Field(
        default="content_and_artifact", description="Form of the tool's result."
    )
    handle_tool_error: bool | str | Callable[[ToolException], str] | None = Field(
        default=True, description="How rejected requests are reported to the chat model."
    )

    model: ModelId = Field(default=DEFAULT_IMAGE_MODEL, description="Id of the image model.")
    size: str | None = Field(
        default=None,
        description="Width x height in pixels, 1024x1024 or 1024*1024. "
        "Default: the server decides.",
    )
    n: int = Field(
        default=1,
        ge=1,
        description="Number of images per prompt; each is sent as a separate request.",
    )
    output_format: ImageFormat | None = Field(
        default=None,
        description="png, jpeg or webp. Inferred from other clients, not documented.",
    )
    show_to_model: bool = Field(
        default=False,
        description="Whether the chat model sees the images. It must support vision, and each "
        "image adds up to several MB to this and all later requests.",
    )
    image_store: ImageStore = Field(
        default_factory=ImageStore,
        exclude=True,
        repr=False,
        description="Where the images are stored for other tools. Default: in the memory of this "
        "tool.",
    )

    __repr_args__ = Connection.__repr_args__  # that of LangChain leaves out the model

    def _image_options(self, size: str | None, n: int | None) -> ImageEditOptions:
        options = ImageEditOptions(n=n or self.n)
        if chosen := size or self.size:
            options["size"] = chosen
        if self.output_format:
            options["output_format"] = self.output_format
        return options

    def _to_result(self, images: Sequence[GeneratedImage], action: str) -> Result:
        """Store images and return them, with a text for the chat model."""
        names = [self.image_store.add_file(image.data) for image in images]
        named = list(zip(images, names, strict=True))
        blocks = [_to_block(image, name) for image, name in named]
        content: list[ContentBlock] = [create_text_block(_describe(named, action))]
        return content + (list(blocks) if self.show_to_model else []), blocks

    async def _to_result_in_thread(self, images: Sequence[GeneratedImage], action: str) -> Result:
        return await asyncio.to_thread(self._to_result, images, action)


@contextmanager
def tool_errors() -> Iterator[None]:
    """Convert rejected requests to ToolException, other failures to LangChain errors."""
    try:
        with langchain_errors():
            yield
    except (BadRequestError, InvalidRequestError) as error:
        raise ToolException(str(error)) from error


def _describe(named: Sequence[tuple[GeneratedImage, str]], action: str) -> str:
    """Return the text for the chat model."""
    text = (
        f"1 image was {action}, and the user can see it: {named[0][1]}."
        if len(named) == 1
        else f"{len(named)} images were {action}, and the user can see them: "
        f"{', '.join(name for _, name in named)}."
    )
    prompts = [image.revised_prompt for image, _ in named if image.revised_prompt]
    return " ".join([text, *(f"The prompt was revised to: {prompt}" for prompt in prompts)])


def _to_block(image: GeneratedImage, name: str) -> ImageContentBlock:
    extras: dict[str, Any] = {"name": name}
    if image.revised_prompt:
        extras["revised_prompt"] = image.revised_prompt
    mime_type = image.mime_type or _DEFAULT_MIME_TYPE
    return create_image_block(base64=b64encode(image.data).decode(), mime_type=mime_type, **extras)
