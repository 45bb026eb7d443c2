"""Images that the tools of an agent pass to each other by name."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.image_blocks import ImageSource
from ionos_model_hub.wire.image_formats import image_filename

MAX_IMAGES = 32
"""Number of images kept in memory; images of FLUX.2 have 3 to 5 MB."""


class ImageStore:
    """Images by name, in memory or in a directory.

    Chat models cannot pass images to tools. Tools that share a store return the names of their
    images to the chat model, which passes a name to the next tool. With a directory, the names are
    those of its files, including files that were there before.

    Args:
        directory: Directory for the images, created if necessary. Default: the latest images are
            kept in memory.
        max_images: Maximum number of images kept in memory.

    Example:
        >>> store = ImageStore()
        >>> store.get(store.add(b"GIF89a..."))
        b'GIF89a...'
    """

    def __init__(self, directory: str | Path | None = None, max_images: int = MAX_IMAGES) -> None:
        self.directory = None if directory is None else Path(directory)
        self._max_images = max_images
        self._images: OrderedDict[str, bytes] = OrderedDict()

    def add(self, image: ImageSource) -> str:
        """Store an image and return its name, for example to mention it in a message.

        Args:
            image: A path, bytes, a data URL, a content block or a PIL image.

        Raises:
            InvalidRequestError: The image cannot be read.
        """
        from ionos_model_hub.transport.image_inputs import image_bytes

        return self.add_file(image_bytes(image, "image"))

    def add_file(self, data: bytes) -> str:
        """Store an image file and return its name."""
        name = image_filename(data)
        if self.directory is not None:
            self.directory.mkdir(parents=True, exist_ok=True)
            (self.directory / name).write_bytes(data)
            return name
        self._images[name] = data
        self._images.move_to_end(name)  # if it was stored before
        while len(self._images) > self._max_images:
            self._images.popitem(last=False)
        return name

    def get(self, name: str) -> bytes:
        """Return an image by name.

        Raises:
            InvalidRequestError: No image has this name.
        """
        if self.directory is not None and name in self.names():
            return (self.directory / name).read_bytes()
        if (data := self._images.get(name)) is not None:
            return data
        raise InvalidRequestError(
            f"There is no image {name[:100]!r}.",
            hint=f"Use one of these names: {', '.join(self.names()[-MAX_IMAGES:]) or 'none yet'}.",
            param="image",
        )

    def path(self, name: str) -> Path | None:
        """Return the path of an image, or None if images are kept in memory.

        Names that lead out of the directory have no path.
        """
        if self.directory is None or Path(name).name != name:
            return None
        return self.directory / name

    def names(self) -> list[str]:
        """Return the names of all images."""
        if self.directory is None:
            return list(self._images)
        if not self.directory.is_dir():
            return []
        return sorted(path.name for path in self.directory.iterdir() if path.is_file())
