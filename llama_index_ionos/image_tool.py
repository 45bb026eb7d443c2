"""Image generation on the IONOS AI Model Hub as a tool for LlamaIndex agents."""

import asyncio
import mimetypes
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.tools.function_tool import FunctionTool
from llama_index.core.tools.tool_spec.base import SPEC_FUNCTION_TYPE, BaseToolSpec
from llama_index.core.tools.types import ToolMetadata
from pydantic import BaseModel, Field
from typing_extensions import Unpack

from ionos_model_hub.catalogue import DEFAULT_IMAGE_MODEL
from ionos_model_hub.wire.response_types import GeneratedImage
from llama_index_ionos.connection import ConnectionArguments, clients_for

DEFAULT_SIZE = "1024x1024"
DESCRIPTION = "Makes images from a description and saves them. Returns the path of each file."


_ARGUMENTS = ("model", "directory", "show_images")


class ImageRequest(BaseModel):
    """The arguments of the tool, as the model gets to see them."""

    prompt: str = Field(description="What the image shows, in detail.")
    n: int = Field(default=1, ge=1, description="How many images to make.")
    size: str = Field(default=DEFAULT_SIZE, description="Width x height in pixels.")


class IONOSImageToolSpec(BaseToolSpec):
    """Lets an agent make images; they are saved as files, so that contexts stay small.

    What the tools return to the agent's model are the paths. The images themselves are in
    `ToolOutput.raw_output`.

    Args:
        model: An image model of the hub.
        show_images: Whether the agent's model gets to see the images as well. It needs vision.
        directory: Where images are saved; made if need be. Default: a new directory for temporary
            files, which is left to you to remove.
        **arguments: See `llama_index_ionos.connection.Connection`.

    Raises:
        ConfigurationError: An argument is unknown, missing or wrong.

    Example:
        >>> spec = IONOSImageToolSpec(api_key="any", base_url="http://localhost:8400/v1")
        >>> [tool.metadata.name for tool in spec.to_tool_list()]
        ['generate_image']
    """

    spec_functions = [("generate_image", "agenerate_image")]  # noqa: RUF012  # as the base class declares it

    def __init__(
        self,
        *,
        model: str = DEFAULT_IMAGE_MODEL,
        directory: str | Path | None = None,
        show_images: bool = False,
        **arguments: Unpack[ConnectionArguments],
    ) -> None:
        self.model = model
        self.show_images = show_images
        self._directory = None if directory is None else Path(directory)
        self._clients = clients_for(type(self).__name__, arguments, _ARGUMENTS)

    @property
    def directory(self) -> Path:
        """Where images are saved."""
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="ionos-images-"))
        return self._directory

    def generate_image(
        self, prompt: str, n: int = 1, size: str = DEFAULT_SIZE
    ) -> list[TextBlock | ImageBlock]:
        """Generate images from a description and save them to files.

        Args:
            prompt: What the image shows, in detail.
            n: How many images to make.
            size: Width and height in pixels, for instance 1024x1024.

        Returns:
            For each image, a text that tells where it was saved, and the image.

        Raises:
            ModelHubError: The images could not be made.
        """
        images = self._clients.sync.generate_images(prompt, model=self.model, n=n, size=size)
        return _saved(images, self.directory)

    async def agenerate_image(
        self, prompt: str, n: int = 1, size: str = DEFAULT_SIZE
    ) -> list[TextBlock | ImageBlock]:
        """Generate images as `generate_image` does, without blocking the event loop."""
        images = await self._clients.aio.generate_images(prompt, model=self.model, n=n, size=size)
        return await asyncio.to_thread(_saved, images, self.directory)

    def get_metadata_from_fn_name(
        self, fn_name: str, spec_functions: object = None
    ) -> ToolMetadata:
        """Return what the model gets to know about the tool; LlamaIndex asks by its name."""
        return ToolMetadata(DESCRIPTION, fn_name, ImageRequest)

    def to_tool_list(
        self,
        spec_functions: list[SPEC_FUNCTION_TYPE] | None = None,
        func_to_metadata_mapping: dict[str, ToolMetadata] | None = None,
    ) -> list[FunctionTool]:
        """Return the tools for an agent; arguments as in `BaseToolSpec`."""
        tools = super().to_tool_list(spec_functions, func_to_metadata_mapping)
        return tools if self.show_images else [_telling(tool) for tool in tools]


def _telling(tool: FunctionTool) -> FunctionTool:
    """Return a tool whose output shows only texts to the model."""
    return FunctionTool(tool.fn, tool.metadata, tool.async_fn, callback=_texts)


def _texts(blocks: Sequence[TextBlock | ImageBlock]) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block, TextBlock))


def _saved(images: Sequence[GeneratedImage], directory: Path) -> list[TextBlock | ImageBlock]:
    directory.mkdir(parents=True, exist_ok=True)
    return [block for image in images for block in _blocks(image, directory)]


def _blocks(image: GeneratedImage, directory: Path) -> tuple[TextBlock, ImageBlock]:
    kind = ImageBlock(image=image.data).image_mimetype
    suffix = (mimetypes.guess_extension(kind) if kind else None) or ".img"
    path = directory / f"{sha256(image.data).hexdigest()[:16]}{suffix}"
    path.write_bytes(image.data)
    told = f"Image saved to {path}."
    if image.revised_prompt:
        told += f" It shows: {image.revised_prompt}"
    return TextBlock(text=told), ImageBlock(path=path, image_mimetype=kind)
