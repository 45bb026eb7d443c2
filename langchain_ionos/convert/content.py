"""Convert LangChain content blocks to request content: text and images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, cast

from ionos_model_hub.wire.request_types import ImagePart, ImageUrl, TextPart
from ionos_model_hub.wire.surrogates import replace_lone_surrogates
from langchain_ionos.errors import IONOSInvalidRequestError

Block: TypeAlias = Mapping[str, Any]
Part: TypeAlias = TextPart | ImagePart

_DETAILS = ("low", "high", "auto")
_NESTED_KEYS = ("file", "resource", "source", "extras")
_NAMING_KEYS = ("name", "title", "filename", "url", "uri", "file_id", "mime_type", "mimeType")
# The first base64 characters of each image format.
_SIGNATURES = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
}


def iter_blocks(content: str | list[str | dict[str, Any]]) -> Iterator[Block]:
    """Yield the blocks of a message's content.

    Strings become text blocks; `non_standard` blocks are replaced by their value.
    """
    if isinstance(content, str):
        content = [content] if content else []
    for block in content:
        if isinstance(block, str):
            yield {"type": "text", "text": block}
        elif block.get("type") == "non_standard" and isinstance(block.get("value"), Mapping):
            yield block["value"]
        else:
            yield block


def to_tool_result_part(block: Block, location: str) -> Part:
    """Convert a block of a tool result; one that cannot be sent becomes a text that names it.

    Tools return files and links that the user did not write, for example those of MCP servers.
    An error would end the run, and the result would stay in the conversation. Lone surrogates,
    which cannot be encoded, are replaced.

    Example:
        >>> to_tool_result_part({"type": "file", "url": "https://e.org/a.pdf"}, "messages[0]")
        {'type': 'text', 'text': '[file that cannot be shown: https://e.org/a.pdf]'}
    """
    try:
        part = to_part(block, location)
    except IONOSInvalidRequestError:
        part = {"type": "text", "text": _describe(block)}
    if part["type"] == "text":
        part["text"] = replace_lone_surrogates(part["text"])
    return part


def to_part(block: Block, location: str) -> Part:
    """Convert a text or image block to a part of a request message.

    Accepts text blocks, v1 and v0 `image` blocks, `image_url` parts and Anthropic images. Fields
    that only LangChain uses are dropped.

    Args:
        block: The block to convert.
        location: Where the block stands in the request, for error messages.

    Raises:
        IONOSInvalidRequestError: The API has no equivalent; `param` names the block.
    """
    kind = block.get("type")
    if kind in ("text", "text-plain", None) and isinstance(block.get("text"), str):
        return {"type": "text", "text": block["text"]}
    if kind == "image_url":
        return _convert_openai_image(block, location)
    if kind == "image":
        return _image_part(_image_url(block, location), _image_detail(block))
    raise _invalid_block(block, location, "cannot be sent", "Send text or images only.")


def _describe(block: Block) -> str:
    """Return a text that names a block: its type, name, URI and MIME type, and its text."""
    kind = str(block.get("type"))
    nested = [block.get(key) for key in dict.fromkeys((*_NESTED_KEYS, kind))]
    sources = [block, *(value for value in nested if isinstance(value, Mapping))]
    values = [source.get(key) for key in _NAMING_KEYS for source in sources]
    names = [value for value in values if isinstance(value, str) and not value.startswith("data:")]
    description = ", ".join(dict.fromkeys(names))
    texts = [source["text"] for source in sources if isinstance(source.get("text"), str)]
    first_line = f"[{kind} that cannot be shown{': ' if description else ''}{description}]"
    return "\n".join([first_line, *texts])


def _convert_openai_image(block: Block, location: str) -> ImagePart:
    value = block.get("image_url")
    value = {"url": value} if isinstance(value, str) else value
    if not isinstance(value, Mapping) or not isinstance(value.get("url"), str):
        raise _invalid_block(block, location, "has no URL", 'Write {"image_url": {"url": …}}.')
    return _image_part(value["url"], value.get("detail", block.get("detail")))


def _image_url(block: Block, location: str) -> str:
    """Return an image's URL, or a `data:` URL for an embedded image."""
    source = block.get("source")
    if isinstance(source, Mapping):
        block = {**source, "mime_type": source.get("media_type")}
    if isinstance(url := block.get("url"), str):
        return url
    encoded = block.get("base64") or block.get("data")
    if not isinstance(encoded, str):
        problem = "refers to an uploaded file" if _has_file_id(block) else "contains no image"
        raise _invalid_block(
            block, location, problem, "Pass the image as `url`, or as `base64` with `mime_type`."
        )
    mime_type = block.get("mime_type") or _guess_mime_type(encoded)
    if not mime_type:
        raise _invalid_block(
            block, location, "has no `mime_type`", "Add it, for example 'image/png'."
        )
    return f"data:{mime_type};base64,{encoded}"


def _guess_mime_type(encoded: str) -> str | None:
    matches = (kind for start, kind in _SIGNATURES.items() if encoded.startswith(start))
    return next(matches, None)


def _has_file_id(block: Block) -> bool:
    return bool(block.get("file_id") or (block.get("id") and block.get("source_type") == "id"))


def _image_detail(block: Block) -> object:
    extras = block.get("extras")
    return block.get("detail") or (extras.get("detail") if isinstance(extras, Mapping) else None)


def _image_part(url: str, detail: object) -> ImagePart:
    image: ImageUrl = {"url": url}
    if detail in _DETAILS:
        image["detail"] = cast("Any", detail)
    return {"type": "image_url", "image_url": image}


def _invalid_block(
    block: Block, location: str, problem: str, hint: str
) -> IONOSInvalidRequestError:
    message = f"{location}: a content block of type {block.get('type')!r} {problem}."
    return IONOSInvalidRequestError(message, hint=hint, param=location)
