"""Images of nodes."""

from __future__ import annotations

from pathlib import Path

from llama_index.core.schema import BaseNode, ImageNode, MediaResource

from ionos_model_hub.wire.image_blocks import ImageSource


def image_of_node(node: BaseNode) -> ImageSource | None:
    """Return the image of a node, or None if it has none; files are not read.

    Example:
        >>> image_of_node(ImageNode(image_path="a.png")).name
        'a.png'
    """
    if isinstance(node, ImageNode):
        return _source(node.image, node.image_path, node.image_url, node.image_mimetype)
    resource = getattr(node, "image_resource", None)
    if not isinstance(resource, MediaResource):
        return None
    encoded = resource.data.decode("ascii") if resource.data else None
    url = None if resource.url is None else str(resource.url)
    return _source(encoded, resource.path, url, resource.mimetype)


def _source(
    encoded: str | None, path: Path | str | None, url: str | None, mime_type: str | None
) -> ImageSource | None:
    if encoded:
        return {"type": "image", "base64": encoded, "mime_type": mime_type}
    if path:
        return Path(path)
    return {"type": "image", "url": url} if url else None
