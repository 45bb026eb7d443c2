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
DESCRIPTION = "Generates images from a description and saves them. Returns the path of each file."

_ARGUMENTS = ("model", "directory", "show_images")


class ImageRequest(BaseModel):
    """The arguments of the tool as shown to the model."""

    prompt: str = Field(description="Detailed description of the image.")
    n: int = Field(default=1, ge=1, description="Number of images.")
    size: str = Field(default=DEFAULT_SIZE, description="Width x height in pixels.")


class IONOSImageToolSpec(BaseToolSpec):
    """Lets an agent generate images, which are saved as files to keep contexts small.

    The tool returns the paths of the files to the agent's model. The images are in
    `ToolOutput.raw_output`.

    Args:
        model: Id of an image model.
        show_images: Whether the images are also shown to the agent's model, which must support
            vision.
        directory: Directory for the images, created if necessary. Default: a new temporary
            directory, which is not removed.
        **arguments: See `llama_index_ionos.connection.Connection`.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid.

    Example:
        >>> spec = IONOSImageToolSpec(api_key="any", base_url="http://localhost:8400/v1")
        >>> [tool.metadata.name for tool in spec.to_tool_list()]
        ['generate_image']
    """

    spec_functions = [("generate_image", "agenerate_image")]  # noqa: RUF012  # declared so in the base class

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
        """The directory where images are saved."""
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="ionos-images-"))
        return self._directory

    def generate_image(
        self, prompt: str, n: int = 1, size: str = DEFAULT_SIZE
    ) -> list[TextBlock | ImageBlock]:
        """Generate images from a description and save them to files.

        Args:
            prompt: Detailed description of the image.
            n: Number of images.
            size: Width and height in pixels, for example 1024x1024.

        Returns:
            For each image, a text with the path of its file, and the image.

        Raises:
            ModelHubError: The images could not be generated.
        """
        images = self._clients.sync.generate_images(prompt, model=self.model, n=n, size=size)
        return _save_images(images, self.directory)

    async def agenerate_image(
        self, prompt: str, n: int = 1, size: str = DEFAULT_SIZE
    ) -> list[TextBlock | ImageBlock]:
        """Generate images without blocking the event loop; see `generate_image`."""
        images = await self._clients.aio.generate_images(prompt, model=self.model, n=n, size=size)
        return await asyncio.to_thread(_save_images, images, self.directory)

    def get_metadata_from_fn_name(
        self, fn_name: str, spec_functions: object = None
    ) -> ToolMetadata:
        """Return the description of the tool for the model."""
        return ToolMetadata(DESCRIPTION, fn_name, ImageRequest)

    def to_tool_list(
        self,
        spec_functions: list[SPEC_FUNCTION_TYPE] | None = None,
        func_to_metadata_mapping: dict[str, ToolMetadata] | None = None,
    ) -> list[FunctionTool]:
        """Return the tools for an agent; arguments as in `BaseToolSpec`."""
        tools = super().to_tool_list(spec_functions, func_to_metadata_mapping)
        return tools if self.show_images else [_text_only(tool) for tool in tools]


def _text_only(tool: FunctionTool) -> FunctionTool:
    """Return a tool whose output contains only text for the model."""
    return FunctionTool(tool.fn, tool.metadata, tool.async_fn, callback=_texts)


def _texts(blocks: Sequence[TextBlock | ImageBlock]) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block, TextBlock))


def _save_images(images: Sequence[GeneratedImage], directory: Path) -> list[TextBlock | ImageBlock]:
    directory.mkdir(parents=True, exist_ok=True)
    return [block for image in images for block in _save_image(image, directory)]


def _save_image(image: GeneratedImage, directory: Path) -> tuple[TextBlock, ImageBlock]:
    mimetype = ImageBlock(image=image.data).image_mimetype
    suffix = (mimetypes.guess_extension(mimetype) if mimetype else None) or ".img"
    path = directory / f"{sha256(image.data).hexdigest()[:16]}{suffix}"
    path.write_bytes(image.data)
    text = f"Image saved to {path}."
    if image.revised_prompt:
        text += f" Prompt used: {image.revised_prompt}"
    return TextBlock(text=text), ImageBlock(path=path, image_mimetype=mimetype)
