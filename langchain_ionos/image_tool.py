"""A tool that generates images."""

from __future__ import annotations

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
from langchain_core.tools import ArgsSchema, BaseTool, ToolException
from pydantic import BaseModel, Field

from ionos_model_hub.catalogue import DEFAULT_IMAGE_MODEL
from ionos_model_hub.errors import BadRequestError, InvalidRequestError
from ionos_model_hub.wire.request_types import ImageOptions
from ionos_model_hub.wire.response_types import GeneratedImage
from langchain_ionos.connection import Connection, ModelId
from langchain_ionos.errors import langchain_errors

_SIGNATURES = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"RIFF", "image/webp"),
)


class ImageRequest(BaseModel):
    """The arguments that the chat model fills in."""

    prompt: str = Field(min_length=1, description="What the image shows, in detail.")
    size: str | None = Field(
        default=None,
        description="Width x height in pixels, for instance 1024x1024. Leave out if in doubt.",
    )
    n: int | None = Field(default=None, ge=1, description="How many images; one by default.")


Result = tuple[list[ContentBlock], list[ImageContentBlock]]


class IONOSImageTool(BaseTool, Connection):
    """Lets a chat model generate images with the IONOS AI Model Hub.

    The tool message's `artifact` contains the images, as a list of image content blocks. Its
    content describes them to the chat model, and contains them if `show_to_model` is set. If the
    server rejects a request, the chat model receives the error and can correct the request. Other
    failures are raised.

    Raises:
        langchain_core.exceptions.ModelError: A call failed; see `langchain_ionos.errors`.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     tool = IONOSImageTool(api_key="any", base_url=hub.base_url, size="512x512")
        ...     call = {"name": tool.name, "args": {"prompt": "A lake"}, "id": "1"}
        ...     message = tool.invoke({**call, "type": "tool_call"})
        >>> message.artifact[0]["mime_type"]
        'image/png'
    """

    name: str = Field(default="generate_image", description="Name of the tool.")
    description: str = Field(
        default="Make an image from a description. Returns when the user can see the image.",
        description="Description of the tool for the chat model.",
    )
    args_schema: ArgsSchema | None = Field(
        default=ImageRequest, description="Arguments of the tool."
    )
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
    n: int = Field(default=1, ge=1, description="Number of images per prompt.")
    show_to_model: bool = Field(
        default=False,
        description="Whether the chat model sees the images. It must support vision, and each "
        "image adds up to several MB to this and all later requests.",
    )

    def _run(self, prompt: str, size: str | None = None, n: int | None = None) -> Result:
        with _tool_errors():
            images = self.clients.sync.generate_images(
                prompt, model=self.model, **self._image_options(size, n)
            )
        return self._to_result(images)

    async def _arun(self, prompt: str, size: str | None = None, n: int | None = None) -> Result:
        with _tool_errors():
            images = await self.clients.aio.generate_images(
                prompt, model=self.model, **self._image_options(size, n)
            )
        return self._to_result(images)

    def _image_options(self, size: str | None, n: int | None) -> ImageOptions:
        options = ImageOptions(n=n or self.n)
        if chosen := size or self.size:
            options["size"] = chosen
        return options

    def _to_result(self, images: Sequence[GeneratedImage]) -> Result:
        blocks = [_to_block(image) for image in images]
        content: list[ContentBlock] = [create_text_block(_describe(images))]
        return content + (list(blocks) if self.show_to_model else []), blocks


@contextmanager
def _tool_errors() -> Iterator[None]:
    """Convert rejected requests to ToolException, other failures to LangChain errors."""
    try:
        with langchain_errors():
            yield
    except (BadRequestError, InvalidRequestError) as error:
        raise ToolException(str(error)) from error


def _describe(images: Sequence[GeneratedImage]) -> str:
    """Return the text for the chat model."""
    text = (
        "1 image was made, and the user can see it."
        if len(images) == 1
        else f"{len(images)} images were made, and the user can see them."
    )
    prompts = [image.revised_prompt for image in images if image.revised_prompt]
    return " ".join([text, *(f"The prompt was revised to: {prompt}" for prompt in prompts)])


def _to_block(image: GeneratedImage) -> ImageContentBlock:
    extras: dict[str, Any] = {}
    if image.revised_prompt:
        extras["revised_prompt"] = image.revised_prompt
    return create_image_block(
        base64=b64encode(image.data).decode(), mime_type=_mime_type(image.data), **extras
    )


def _mime_type(data: bytes) -> str:
    return next((kind for start, kind in _SIGNATURES if data.startswith(start)), "image/png")
