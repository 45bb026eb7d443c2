"""Convert LangChain content blocks to request content: text and images."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from ionos_model_hub.wire.image_blocks import Block, invalid_block, is_image_block, to_image_part
from ionos_model_hub.wire.request_types import ImagePart, TextPart
from ionos_model_hub.wire.surrogates import replace_lone_surrogates
from langchain_ionos.errors import IONOSInvalidRequestError, langchain_errors

Part: TypeAlias = TextPart | ImagePart

# Blocks of files and media, of LangChain, OpenAI's APIs, Anthropic and MCP.
FILE_KINDS = (
    *("image", "image_url", "input_image", "computer_screenshot"),
    *("audio", "audio_url", "input_audio", "video", "video_url", "media"),
    *("file", "input_file", "document", "text-plain", "resource", "resource_link"),
)
_NESTED_KEYS = ("file", "resource", "source", "extras")
_NAMING_KEYS = (
    *("name", "title", "filename", "url", "uri", "file_url", "image_url", "file_id"),
    *("mime_type", "mimeType"),
)


def iter_blocks(content: str | list[str | dict[str, Any]]) -> Iterator[Block]:
    """Yield the blocks of a message's content.

    Strings become text blocks; `non_standard` blocks are replaced by their value. Cache points of
    Bedrock are left out, as other providers' fields for caches are.
    """
    if isinstance(content, str):
        content = [content] if content else []
    for block in content:
        if isinstance(block, str):
            yield {"type": "text", "text": block}
        elif block.get("type") == "non_standard" and isinstance(block.get("value"), Mapping):
            yield block["value"]
        elif block.keys() != {"cachePoint"}:
            yield block


def to_part_or_text(block: Block, location: str) -> Part:
    """Convert a block of a tool or of another model; one that cannot be sent becomes a text.

    A file is replaced by its name, other blocks by their JSON. The user did not write these
    blocks: an error would end the run, and the message would stay in the conversation. Lone
    surrogates, which cannot be encoded, are replaced.

    Example:
        >>> to_part_or_text({"type": "file", "url": "https://e.org/a.pdf"}, "messages[0]")
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
        location: Path of the block in the request, for error messages.

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
    """Return a file's type, name, URI, MIME type and text, or the JSON of another block."""
    kind = block.get("type")
    if kind not in FILE_KINDS:
        return json.dumps(block, ensure_ascii=False, default=str)
    nested = [block.get(key) for key in dict.fromkeys((*_NESTED_KEYS, kind))]
    sources = [block, *(value for value in nested if isinstance(value, Mapping))]
    values = [source.get(key) for key in _NAMING_KEYS for source in sources]
    names = [value for value in values if isinstance(value, str) and not value.startswith("data:")]
    description = ", ".join(dict.fromkeys(names))
    texts = [source.get("data" if source.get("type") == "text" else "text") for source in sources]
    first_line = f"[{kind} that cannot be shown{': ' if description else ''}{description}]"
    return "\n".join([first_line, *(text for text in texts if isinstance(text, str))])
