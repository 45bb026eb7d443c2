"""Convert LangChain content blocks to request content: text and images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from ionos_model_hub.wire.image_blocks import Block, invalid_block, is_image_block, to_image_part
from ionos_model_hub.wire.request_types import ImagePart, TextPart
from ionos_model_hub.wire.surrogates import replace_lone_surrogates
from langchain_ionos.errors import IONOSInvalidRequestError, langchain_errors

Part: TypeAlias = TextPart | ImagePart

_NESTED_KEYS = ("file", "resource", "source", "extras")
_NAMING_KEYS = ("name", "title", "filename", "url", "uri", "file_id", "mime_type", "mimeType")


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

    Accepts text blocks and the image blocks of `to_image_part`. Fields that only LangChain uses
    are dropped.

    Args:
        block: The block to convert.
        location: Where the block stands in the request, for error messages.

    Raises:
        IONOSInvalidRequestError: The API has no equivalent; `param` names the block.
    """
    kind = block.get("type")
    if kind in ("text", "text-plain", None) and isinstance(block.get("text"), str):
        return {"type": "text", "text": block["text"]}
    with langchain_errors():
        if is_image_block(block):
            return to_image_part(block, location)
        raise invalid_block(block, location, "cannot be sent", "Send text or images only.")


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
