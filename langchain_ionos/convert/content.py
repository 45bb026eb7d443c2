"""Content blocks, in every form LangChain knows, to what the hub takes: text and images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, cast

from ionos_model_hub.wire.request_types import ImagePart, ImageUrl, TextPart
from langchain_ionos.errors import IONOSInvalidRequestError

Block: TypeAlias = Mapping[str, Any]
Part: TypeAlias = TextPart | ImagePart

_DETAILS = ("low", "high", "auto")
# The first characters of the base64 of an image file.
_SIGNATURES = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
}


def blocks_of(content: str | list[str | dict[str, Any]]) -> Iterator[Block]:
    """Yield the blocks of a message's content; strings count as text, `non_standard` is opened."""
    if isinstance(content, str):
        content = [content] if content else []
    for block in content:
        if isinstance(block, str):
            yield {"type": "text", "text": block}
        elif block.get("type") == "non_standard" and isinstance(block.get("value"), Mapping):
            yield block["value"]
        else:
            yield block


def part_of(block: Block, place: str) -> Part:
    """Return the part of a request for a block of text or an image.

    Text blocks, v1 and v0 `image` blocks, `image_url` parts and Anthropic's images are taken;
    fields that only LangChain knows are left behind.

    Args:
        block: The block.
        place: Where it stands, for messages of errors.

    Raises:
        IONOSInvalidRequestError: The hub has no such part; `param` names the block.
    """
    kind = block.get("type")
    if kind in ("text", "text-plain", None) and isinstance(block.get("text"), str):
        return {"type": "text", "text": block["text"]}
    if kind == "image_url":
        return _openai_image(block, place)
    if kind == "image":
        return _image(_url_of(block, place), _detail_of(block))
    raise _refusal(block, place, "cannot be sent to the hub", "It takes text and images only.")


def _openai_image(block: Block, place: str) -> ImagePart:
    given = block.get("image_url")
    given = {"url": given} if isinstance(given, str) else given
    if not isinstance(given, Mapping) or not isinstance(given.get("url"), str):
        raise _refusal(block, place, "has no URL", 'Write {"image_url": {"url": …}}.')
    return _image(given["url"], given.get("detail", block.get("detail")))


def _url_of(block: Block, place: str) -> str:
    """Return an image's URL, a `data:` URL where the image itself is in the block."""
    source = block.get("source")
    if isinstance(source, Mapping):
        block = {**source, "mime_type": source.get("media_type")}
    if isinstance(url := block.get("url"), str):
        return url
    encoded = block.get("base64") or block.get("data")
    if not isinstance(encoded, str):
        fault = "refers to an uploaded file" if _names_a_file(block) else "holds no image"
        raise _refusal(block, place, fault, "Give it as `url`, or as `base64` with `mime_type`.")
    mime_type = block.get("mime_type") or _sniffed(encoded)
    if not mime_type:
        raise _refusal(block, place, "has no `mime_type`", "Add it, for instance 'image/png'.")
    return f"data:{mime_type};base64,{encoded}"


def _sniffed(encoded: str) -> str | None:
    found = (kind for start, kind in _SIGNATURES.items() if encoded.startswith(start))
    return next(found, None)


def _names_a_file(block: Block) -> bool:
    return bool(block.get("file_id") or (block.get("id") and block.get("source_type") == "id"))


def _detail_of(block: Block) -> object:
    extras = block.get("extras")
    return block.get("detail") or (extras.get("detail") if isinstance(extras, Mapping) else None)


def _image(url: str, detail: object) -> ImagePart:
    image: ImageUrl = {"url": url}
    if detail in _DETAILS:
        image["detail"] = cast("Any", detail)
    return {"type": "image_url", "image_url": image}


def _refusal(block: Block, place: str, fault: str, hint: str) -> IONOSInvalidRequestError:
    message = f"{place}: a content block of type {block.get('type')!r} {fault}."
    return IONOSInvalidRequestError(message, hint=hint, param=place)
