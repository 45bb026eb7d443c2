"""Descriptions of the image tools for an agent's model."""

from llama_index.core.tools.types import ToolMetadata
from pydantic import BaseModel, Field

DEFAULT_SIZE = "1024x1024"
GENERATE, EDIT = "generate_image", "edit_image"


class ImageRequest(BaseModel):
    """The arguments of `generate_image` as shown to the model."""

    prompt: str = Field(description="Detailed description of the image.")
    n: int = Field(default=1, ge=1, description="Number of images.")
    size: str = Field(default=DEFAULT_SIZE, description="Width x height in pixels.")


class ImageEditRequest(BaseModel):
    """The arguments of `edit_image` as shown to the model."""

    image: str = Field(description="Path of an image as returned by a tool, or its http(s) URL.")
    prompt: str = Field(description="Detailed description of the change.")
    mask: str | None = Field(
        default=None,
        description="Path of an image that is white where the image may change. Leave out to "
        "change any part.",
    )
    n: int = Field(default=1, ge=1, description="Number of versions.")
    size: str | None = Field(
        default=None, description="Width x height in pixels. Leave out to keep the size."
    )


_METADATA: dict[str, tuple[str, type[BaseModel]]] = {
    GENERATE: (
        "Generates images from a description and saves them. Returns the path of each file.",
        ImageRequest,
    ),
    EDIT: (
        "Changes an image as described and saves the result. Returns the path of the new file.",
        ImageEditRequest,
    ),
}


def image_tool_metadata(name: str) -> ToolMetadata | None:
    """Return the description and the arguments of a tool, or None if it is not one of these."""
    if name not in _METADATA:
        return None
    description, arguments = _METADATA[name]
    return ToolMetadata(description, name, arguments)
