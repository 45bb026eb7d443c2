"""Image generation and editing on the IONOS AI Model Hub as tools for LlamaIndex agents."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.tools.function_tool import FunctionTool
from llama_index.core.tools.tool_spec.base import SPEC_FUNCTION_TYPE, BaseToolSpec
from llama_index.core.tools.types import ToolMetadata
from typing_extensions import Unpack

from ionos_model_hub.catalogue import DEFAULT_IMAGE_MODEL, find_model
from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.image_blocks import ImageSource
from ionos_model_hub.wire.image_formats import REMOTE_SCHEMES
from ionos_model_hub.wire.request_types import ImageEditOptions, ImageFormat
from ionos_model_hub.wire.response_types import GeneratedImage
from llama_index_ionos.connection import ConnectionArguments, clients_for
from llama_index_ionos.convert.content import to_image_part
from llama_index_ionos.image_tool_metadata import DEFAULT_SIZE, EDIT, image_tool_metadata

_ARGUMENTS = ("model", "model_name", "directory", "show_images", "output_format")

EditSource = ImageSource | ImageBlock


class IONOSImageToolSpec(BaseToolSpec):
    """Lets an agent generate and edit images, which are saved as files to keep contexts small.

    The tools return the paths of the files to the agent's model. The images are in
    `ToolOutput.raw_output`. A model that does not edit images according to the catalogue has no
    tool `edit_image`. IONOS documents image edits, but not the names of all form fields; see
    `ionos_model_hub.Client.edit_image`.

    Args:
        model: Id of an image model. Also `model_name`.
        show_images: Whether the images are also shown to the agent's model, which must support
            vision.
        directory: Directory for the images, created if necessary. Default: a new temporary
            directory, which is not removed. The agent's model can edit its files and no others;
            `add_image` adds one.
        output_format: `png`, `jpeg` or `webp`. Inferred from other clients, not documented.
        **arguments: See `llama_index_ionos.connection.Connection`.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid.

    Example:
        >>> spec = IONOSImageToolSpec(api_key="any", base_url="http://localhost:8400/v1")
        >>> [tool.metadata.name for tool in spec.to_tool_list()]
        ['generate_image', 'edit_image']
    """

    spec_functions = [  # noqa: RUF012  # declared so in the base class
        ("generate_image", "agenerate_image"),
        ("edit_image", "aedit_image"),
    ]

    def __init__(
        self,
        *,
        model: str = DEFAULT_IMAGE_MODEL,
        model_name: str | None = None,
        directory: str | Path | None = None,
        show_images: bool = False,
        output_format: ImageFormat | None = None,
        **arguments: Unpack[ConnectionArguments],
    ) -> None:
        self.model = model_name or model
        self.show_images = show_images
        self.output_format = output_format
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
            n: Number of images; each is a separate request.
            size: Width and height in pixels, for example 1024x1024.

        Returns:
            For each image, a text with the path of its file, and the image.

        Raises:
            ModelHubError: The images could not be generated.
        """
        images = self._clients.sync.generate_images(
            prompt, model=self.model, **self._options(n, size)
        )
        return _save_images(images, self.directory)

    async def agenerate_image(
        self, prompt: str, n: int = 1, size: str = DEFAULT_SIZE
    ) -> list[TextBlock | ImageBlock]:
        """Generate images without blocking the event loop; see `generate_image`."""
        images = await self._clients.aio.generate_images(
            prompt, model=self.model, **self._options(n, size)
        )
        return await asyncio.to_thread(_save_images, images, self.directory)

    def edit_image(
        self,
        image: EditSource,
        prompt: str,
        mask: EditSource | None = None,
        n: int = 1,
        size: str | None = None,
    ) -> list[TextBlock | ImageBlock]:
        """Edit an image and save the result to files.

        Args:
            image: A file in `directory`, an http(s) URL, bytes, a `pathlib.Path`, an `ImageBlock`
                or another content block, or a PIL image. Text is never read as the path of a file
                outside of `directory`, because it may come from the agent's model.
            prompt: Detailed description of the change.
            mask: Image that is white where the image may change, in the same forms.
            n: Number of versions; each is a separate request.
            size: Width and height in pixels. Default: the server decides.

        Returns:
            For each version, a text with the path of its file, and the image.

        Raises:
            ModelHubError: The image could not be read or edited.
        """
        images = self._clients.sync.edit_image(
            self._find(image, "image"),
            prompt,
            model=self.model,
            mask=None if mask is None else self._find(mask, "mask"),
            **self._options(n, size),
        )
        return _save_images(images, self.directory)

    async def aedit_image(
        self,
        image: EditSource,
        prompt: str,
        mask: EditSource | None = None,
        n: int = 1,
        size: str | None = None,
    ) -> list[TextBlock | ImageBlock]:
        """Edit an image without blocking the event loop; see `edit_image`."""
        images = await self._clients.aio.edit_image(
            self._find(image, "image"),
            prompt,
            model=self.model,
            mask=None if mask is None else self._find(mask, "mask"),
            **self._options(n, size),
        )
        return await asyncio.to_thread(_save_images, images, self.directory)

    def add_image(self, image: ImageSource) -> Path:
        """Save an image to `directory`, where the agent's model can edit it.

        Args:
            image: A path, bytes, a data URL, a content block or a PIL image.

        Returns:
            The path of the new file, for example to mention it in a message.

        Raises:
            InvalidRequestError: The image cannot be read.
        """
        from ionos_model_hub.transport.image_inputs import image_bytes

        return _save_file(GeneratedImage(image_bytes(image, "image")), self.directory)

    def get_metadata_from_fn_name(
        self, fn_name: str, spec_functions: list[SPEC_FUNCTION_TYPE] | None = None
    ) -> ToolMetadata | None:
        """Return the description of a tool for the model; subclasses may have further tools."""
        own = image_tool_metadata(fn_name)
        return own or super().get_metadata_from_fn_name(fn_name, spec_functions)

    def to_tool_list(
        self,
        spec_functions: list[SPEC_FUNCTION_TYPE] | None = None,
        func_to_metadata_mapping: dict[str, ToolMetadata] | None = None,
    ) -> list[FunctionTool]:
        """Return the tools for an agent; arguments as in `BaseToolSpec`."""
        known = find_model(self.model)
        functions = list(spec_functions or self.spec_functions)
        if known is not None and not known.image_edits:
            functions = [function for function in functions if EDIT not in function]
        tools = super().to_tool_list(functions, func_to_metadata_mapping)
        return tools if self.show_images else [_text_only(tool) for tool in tools]

    def _options(self, n: int, size: str | None) -> ImageEditOptions:
        options = ImageEditOptions(n=n)
        if size is not None:
            options["size"] = size
        if self.output_format is not None:
            options["output_format"] = self.output_format
        return options

    def _find(self, image: EditSource, name: str) -> ImageSource:
        """Return an image; text is the name of a file in the directory, or an http(s) URL."""
        if isinstance(image, ImageBlock):
            return to_image_part(image, name)
        if not isinstance(image, str) or image.startswith(REMOTE_SCHEMES):
            return image
        path = self.directory / Path(image).name
        if Path(image) in (path, Path(path.name)) and _is_file(path):
            return path
        raise InvalidRequestError(
            f"There is no image {image[:200]!r} in {self.directory}.",
            hint="Pass the path that a tool returned, or an http(s) URL.",
            param=name,
        )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # The name is too long.
        return False


def _text_only(tool: FunctionTool) -> FunctionTool:
    """Return a tool whose output contains only text for the model."""
    return FunctionTool(tool.fn, tool.metadata, tool.async_fn, callback=_texts)


def _texts(output: object) -> str | None:
    """Return the text of blocks with images, or None to leave the output of a tool unchanged."""
    if not isinstance(output, list) or not any(isinstance(each, ImageBlock) for each in output):
        return None  # of a tool that a subclass adds
    return "\n".join(block.text for block in output if isinstance(block, TextBlock))


def _save_images(images: Sequence[GeneratedImage], directory: Path) -> list[TextBlock | ImageBlock]:
    return [block for image in images for block in _save_image(image, directory)]


def _save_image(image: GeneratedImage, directory: Path) -> tuple[TextBlock, ImageBlock]:
    path = _save_file(image, directory)
    text = f"Image saved to {path}."
    if image.revised_prompt:
        text += f" Prompt used: {image.revised_prompt}"
    return TextBlock(text=text), ImageBlock(path=path, image_mimetype=image.mime_type)


def _save_file(image: GeneratedImage, directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / image.filename
    path.write_bytes(image.data)
    return path
