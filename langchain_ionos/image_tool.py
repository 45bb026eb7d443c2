"""A tool that generates images."""

from __future__ import annotations

from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field

from langchain_ionos.image_tool_base import ImageToolBase, Result, tool_errors


class ImageRequest(BaseModel):
    """The arguments that the chat model fills in."""

    prompt: str = Field(min_length=1, description="What the image shows, in detail.")
    size: str | None = Field(
        default=None,
        description="Width x height in pixels, for instance 1024x1024. Leave out if in doubt.",
    )
    n: int | None = Field(default=None, ge=1, description="How many images; one by default.")


class IONOSImageTool(ImageToolBase):
    """Lets a chat model generate images with the IONOS AI Model Hub.

    The tool message's `artifact` contains the images, as a list of image content blocks. Its
    content describes and names them for the chat model, and contains them if `show_to_model` is
    set. Pass an `ImageStore` to save the images as files, or to let other tools use them by name,
    such as `IONOSImageEditTool`.

    If the server rejects a request, the chat model receives the error and can correct the request.
    Other failures are raised.

    Raises:
        langchain_core.exceptions.ModelError: A call failed; it is a `ModelHubError` as well.

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

    def _run(self, prompt: str, size: str | None = None, n: int | None = None) -> Result:
        with tool_errors():
            images = self.clients.sync.generate_images(
                prompt, model=self.model, **self._image_options(size, n)
            )
        return self._to_result(images, "made")

    async def _arun(self, prompt: str, size: str | None = None, n: int | None = None) -> Result:
        with tool_errors():
            images = await self.clients.aio.generate_images(
                prompt, model=self.model, **self._image_options(size, n)
            )
        return await self._to_result_in_thread(images, "made")
