"""Convert the blocks of a LlamaIndex message to the `content` of an API message."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from io import IOBase
from pathlib import Path

from llama_index.core.base.llms.types import (
    CachePoint,
    CitableBlock,
    CitationBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.request_types import ContentPart, ImagePart, ImageUrl, TextPart

_TEXTUAL = ("text/", "application/json", "application/xml", "application/yaml")
_DEFAULT_TITLE = "input_document"  # set by LlamaIndex if a document has no title
_NAMING_FIELDS = (
    *("title", "path", "url", "format"),
    *("document_mimetype", "image_mimetype", "video_mimetype"),
)


def to_wire_content(
    blocks: Sequence[ContentBlock], where: str, *, describe_unsupported: bool = False
) -> str | list[ContentPart]:
    r"""Return the content of a message.

    Text blocks are joined by line breaks, as in `ChatMessage.content`; a message with images
    becomes a list of parts. Text documents and citations are converted to text. A `CachePoint` is
    omitted because it only concerns servers with a client-controlled cache. `ThinkingBlock` and
    `ToolCallBlock` are omitted because the API has separate fields for them.

    Args:
        blocks: The blocks of one message.
        where: The position of the message in the request, for errors.
        describe_unsupported: Whether blocks that the API does not support are replaced by a
            description, for messages that the user did not write.

    Raises:
        InvalidRequestError: The API does not support the type of a block.

    Example:
        >>> to_wire_content([TextBlock(text="Hallo"), TextBlock(text="Welt")], "messages[0]")
        'Hallo\nWelt'
    """
    parts_of = _parts_or_description if describe_unsupported else _parts
    parts = [
        part
        for index, block in enumerate(blocks)
        for part in parts_of(block, f"{where}.blocks[{index}]")
    ]
    texts = [part["text"] for part in parts if part["type"] == "text"]
    return "\n".join(texts) if len(texts) == len(parts) else parts


def single_text(blocks: Sequence[ContentBlock]) -> str | None:
    """Return the text if the only block is a TextBlock, else None.

    Nearly all messages of a history have only one TextBlock, so this path is kept fast.
    """
    block = blocks[0] if len(blocks) == 1 else None
    return block.text if isinstance(block, TextBlock) else None


def _parts(block: ContentBlock, where: str) -> Iterator[ContentPart]:
    if isinstance(block, TextBlock):
        yield _text(block.text)
    elif isinstance(block, ImageBlock):
        yield to_image_part(block, where)
    elif isinstance(block, DocumentBlock):
        yield _text(_document(block, where))
    elif isinstance(block, CitableBlock):
        yield _text(f"{block.title} ({block.source}):")
        for inner in block.content:
            yield from _parts(inner, where)
    elif isinstance(block, CitationBlock):
        yield from _parts(block.cited_content, where)
    elif not isinstance(block, CachePoint | ThinkingBlock | ToolCallBlock):
        raise InvalidRequestError(
            f"{where} has the type {block.block_type!r}, which the API does not support.",
            hint="Pass text or images: a transcript, or frames as ImageBlocks.",
            param=where,
        )


def _parts_or_description(block: ContentBlock, where: str) -> list[ContentPart]:
    # An error would end the run of an agent, and the block would stay in its memory.
    try:
        return list(_parts(block, where))
    except InvalidRequestError:
        return [_text(_describe(block))]


def _describe(block: ContentBlock) -> str:
    """Return the type, title, path or URL, and MIME type of a block that is not sent."""
    names = [str(getattr(block, field, None) or "") for field in _NAMING_FIELDS]
    known = [name for name in names if name not in ("", _DEFAULT_TITLE)]
    description = ", ".join(name for name in known if not name.startswith("data:"))
    separator = ": " if description else ""
    return f"[{block.block_type} that cannot be shown{separator}{description}]"


def _text(text: str) -> TextPart:
    return {"type": "text", "text": text}


def to_image_part(block: ImageBlock, where: str) -> ImagePart:
    """Return an image as a content part; its file is read.

    Args:
        block: The image.
        where: Its position in the request, for errors.

    Raises:
        InvalidRequestError: The image is empty, unreadable or in an unknown format.

    Example:
        >>> to_image_part(ImageBlock(url="https://example.org/a.png"), "image")["image_url"]["url"]
        'https://example.org/a.png'
    """
    url: ImageUrl = {"url": str(block.url) if _is_remote(block) else _data_url(block, where)}
    if block.detail:
        url["detail"] = block.detail  # type: ignore[typeddict-item]  # checked with the request
    return {"type": "image_url", "image_url": url}


def _is_remote(block: ImageBlock) -> bool:
    return block.url is not None and not block.image


def _data_url(block: ImageBlock, where: str) -> str:
    """Return an image as a data URL; LlamaIndex stores image bytes as base64."""
    loaded = block
    if not isinstance(block.image, bytes):
        loaded = ImageBlock(image=_read_bytes(block.image, block.path, where))
    data, mimetype = loaded.image, block.image_mimetype or loaded.image_mimetype
    if not isinstance(data, bytes) or not data:
        raise InvalidRequestError(
            f"{where} is an empty image.", hint="Set image, path or url.", param=where
        )
    if not mimetype:
        raise InvalidRequestError(
            f"{where} is an image in an unknown format.",
            hint="Set image_mimetype, for example to 'image/png'.",
            param=where,
        )
    return f"data:{mimetype};base64,{data.decode('ascii')}"


def _document(block: DocumentBlock, where: str) -> str:
    """Return the text of a document, preceded by its title."""
    mimetype = block.document_mimetype
    if mimetype and not mimetype.startswith(_TEXTUAL):
        raise _unsupported_document(where, f"has the type {mimetype}")
    if isinstance(block.data, bytes):
        data = base64.b64decode(block.data)
    elif block.data is None and block.path is None:
        raise _unsupported_document(where, "is only referenced by URL")
    else:
        data = _read_bytes(block.data, block.path, where)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise _unsupported_document(where, "is not UTF-8 text")
    return text if block.title in (None, _DEFAULT_TITLE) else f"{block.title}:\n{text}"


def _unsupported_document(where: str, reason: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"{where} is a document that {reason}, which the API does not support.",
        hint="Load the document with a LlamaIndex reader and pass its text.",
        param=where,
    )


def _read_bytes(stream: object, path: Path | str | None, where: str) -> bytes:
    try:
        if isinstance(stream, IOBase):
            stream.seek(0)
            data: bytes = stream.read()
            return data
        return b"" if path is None else Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
    raise InvalidRequestError(f"{where} cannot be read: {reason}.", param=where)
