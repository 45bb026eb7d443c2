"""A tool that edits images."""

from __future__ import annotations

from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field

from ionos_model_hub.wire.image_formats import REMOTE_SCHEMES
from langchain_ionos.image_tool_base import ImageToolBase, Result, tool_errors


class ImageEditRequest(BaseModel):
    """The arguments that the chat model fills in."""

    image: str = Field(
        min_length=1,
        description="Name of the image as given by an earlier tool result or by the user, or its "
        "http(s) URL.",
    )
    prompt: str = Field(min_length=1, description="How to change the image, in detail.")
    mask: str | None = Field(
        default=None,
        description="Name of an image that is white where the image may change. Leave out to "
        "change any part.",
    )
    size: str | None = Field(
        default=None,
        description="Width x height of the result in pixels. Leave out to keep the size.",
    )
    n: int | None = Field(default=None, ge=1, description="How many versions; one by default.")


class IONOSImageEditTool(ImageToolBase):
    """Lets a chat model edit images with the IONOS AI Model Hub.

    Images are passed by the name that they have in `image_store`. Share the store with an
    `IONOSImageTool` to edit generated images, and add images of the user with `image_store.add`.
    The chat model cannot read other files. http(s) URLs are downloaded by the server. Results are
    those of `IONOSImageTool`.

    IONOS documents image edits, but not the names of all form fields; see `Client.edit_image`.

    Raises:
        langchain_core.exceptions.ModelError: A call failed; it is a `ModelHubError` as well.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> from langchain_ionos import ImageStore, IONOSImageTool
        >>> store = ImageStore()
        >>> with Emulator() as hub:
        ...     options = {"api_key": "any", "base_url": hub.base_url, "image_store": store}
        ...     _ = IONOSImageTool(**options, size="512x512").invoke({"prompt": "A lake"})
        ...     tool = IONOSImageEditTool(**options)
        ...     result = tool.invoke({"image": store.names()[0], "prompt": "Make it blue"})
        >>> len(store.names())
        2
    """

    name: str = Field(default="edit_image", description="Name of the tool.")
    description: str = Field(
        default="Change an image as described. Returns when the user can see the result.",
        description="Description of the tool for the chat model.",
    )
    args_schema: ArgsSchema | None = Field(
        default=ImageEditRequest, description="Arguments of the tool."
    )

    def _run(
        self,
        image: str,
        prompt: str,
        mask: str | None = None,
        size: str | None = None,
        n: int | None = None,
    ) -> Result:
        with tool_errors():
            images = self.clients.sync.edit_image(
                self._find(image),
                prompt,
                model=self.model,
                mask=None if mask is None else self._find(mask),
                **self._image_options(size, n),
            )
        return self._to_result(images, "edited")

    async def _arun(
        self,
        image: str,
        prompt: str,
        mask: str | None = None,
        size: str | None = None,
        n: int | None = None,
    ) -> Result:
        with tool_errors():
            images = await self.clients.aio.edit_image(
                self._find(image),
                prompt,
                model=self.model,
                mask=None if mask is None else self._find(mask),
                **self._image_options(size, n),
            )
        return await self._to_result_in_thread(images, "edited")

    def _find(self, name: str) -> str | bytes:
        """Return a URL unchanged, or the image of this name."""
        return name if name.startswith(REMOTE_SCHEMES) else self.image_store.get(name)
