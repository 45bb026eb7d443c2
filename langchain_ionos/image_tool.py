"""A tool that draws."""

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
    """What the chat model fills in."""

    prompt: str = Field(min_length=1, description="What the image shows, in detail.")
    size: str | None = Field(
        default=None,
        description="Width x height in pixels, for instance 1024x1024. Leave out if in doubt.",
    )
    n: int | None = Field(default=None, ge=1, description="How many images; one by default.")


Result = tuple[list[ContentBlock], list[ImageContentBlock]]


class IONOSImageTool(BaseTool, Connection):
    """Lets a model make images on the IONOS AI Model Hub.

    The images are in the `artifact` of the tool message, as a list of image content blocks. The
    content tells the chat model in words that they were made, and holds them as well if
    `show_to_model` is set. A request that the hub refuses is told to the model, which can
    improve on it; any other failure is raised.

    Attributes:
        model: Id of the image model.
        size: Width x height in pixels, `1024x1024` or `1024*1024`; unset, the hub decides.
        n: Images for each prompt.
        show_to_model: Whether the chat model gets to see the images: it must be one with vision,
            and an image may be some MB large, in this and in all later requests.

    All connection fields are described at `langchain_ionos.connection.Connection`.

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

    name: str = "generate_image"
    description: str = "Make an image from a description. Returns when the user can see the image."
    args_schema: ArgsSchema | None = ImageRequest
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: bool | str | Callable[[ToolException], str] | None = True

    model: ModelId = DEFAULT_IMAGE_MODEL
    size: str | None = None
    n: int = Field(default=1, ge=1)
    show_to_model: bool = False

    def _run(self, prompt: str, size: str | None = None, n: int | None = None) -> Result:
        with _refusals_told():
            images = self.clients.sync.generate_images(
                prompt, model=self.model, **self._image_options(size, n)
            )
        return self._result(images)

    async def _arun(self, prompt: str, size: str | None = None, n: int | None = None) -> Result:
        with _refusals_told():
            images = await self.clients.aio.generate_images(
                prompt, model=self.model, **self._image_options(size, n)
            )
        return self._result(images)

    def _image_options(self, size: str | None, n: int | None) -> ImageOptions:
        options = ImageOptions(n=n or self.n)
        if wanted := size or self.size:
            options["size"] = wanted
        return options

    def _result(self, images: Sequence[GeneratedImage]) -> Result:
        blocks = [_block(image) for image in images]
        content: list[ContentBlock] = [create_text_block(_told(images))]
        return content + (list(blocks) if self.show_to_model else []), blocks


@contextmanager
def _refusals_told() -> Iterator[None]:
    try:
        with langchain_errors():
            yield
    except (BadRequestError, InvalidRequestError) as error:
        raise ToolException(str(error)) from error


def _told(images: Sequence[GeneratedImage]) -> str:
    made = (
        "1 image was made, and the user can see it."
        if len(images) == 1
        else f"{len(images)} images were made, and the user can see them."
    )
    prompts = [image.revised_prompt for image in images if image.revised_prompt]
    return " ".join([made, *(f"The prompt was revised to: {prompt}" for prompt in prompts)])


def _block(image: GeneratedImage) -> ImageContentBlock:
    extras: dict[str, Any] = {}
    if image.revised_prompt:
        extras["revised_prompt"] = image.revised_prompt
    return create_image_block(
        base64=b64encode(image.data).decode(), mime_type=_mime_type(image.data), **extras
    )


def _mime_type(data: bytes) -> str:
    return next((kind for start, kind in _SIGNATURES if data.startswith(start)), "image/png")
