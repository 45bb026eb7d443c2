"""The blocks of a message, turned into the content of one on the wire."""

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
_UNTITLED = "input_document"  # the title that LlamaIndex gives to a document without one


def content_of(blocks: Sequence[ContentBlock], where: str) -> str | list[ContentPart]:
    r"""Return the content of a message.

    Text stays text, its blocks joined by line ends as in `ChatMessage.content`; with images it
    becomes a list of parts. Text documents and citations are written out as text. A `CachePoint`
    only speaks to servers with a cache that is steered by the client, so it is left out;
    `ThinkingBlock` and `ToolCallBlock` have fields of their own on the wire.

    Args:
        blocks: The blocks of one message.
        where: The message's place in the request, for errors.

    Raises:
        InvalidRequestError: A block is of a kind that the hub does not read.

    Example:
        >>> content_of([TextBlock(text="Hallo"), TextBlock(text="Welt")], "messages[0]")
        'Hallo\nWelt'
    """
    parts = [
        part
        for index, block in enumerate(blocks)
        for part in _parts(block, f"{where}.blocks[{index}]")
    ]
    texts = [part["text"] for part in parts if part["type"] == "text"]
    return "\n".join(texts) if len(texts) == len(parts) else parts


def plain_text(blocks: Sequence[ContentBlock]) -> str | None:
    """Return the text of a message that is one text, as nearly all of a history are, else None."""
    only = blocks[0] if len(blocks) == 1 else None
    return only.text if isinstance(only, TextBlock) else None


def _parts(block: ContentBlock, where: str) -> Iterator[ContentPart]:
    if isinstance(block, TextBlock):
        yield _text(block.text)
    elif isinstance(block, ImageBlock):
        yield _image(block, where)
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
            f"{where} is of the type {block.block_type!r}, which the hub does not read.",
            hint="It reads text and images: transcribe it, or pass frames as ImageBlocks.",
            param=where,
        )


def _text(text: str) -> TextPart:
    return {"type": "text", "text": text}


def _image(block: ImageBlock, where: str) -> ImagePart:
    url: ImageUrl = {"url": str(block.url) if _is_remote(block) else _data_url(block, where)}
    if block.detail:
        url["detail"] = block.detail  # type: ignore[typeddict-item]  # checked with the request
    return {"type": "image_url", "image_url": url}


def _is_remote(block: ImageBlock) -> bool:
    return block.url is not None and not block.image


def _data_url(block: ImageBlock, where: str) -> str:
    """Return an image as a URL that holds it; LlamaIndex keeps bytes in base64."""
    held = block
    if not isinstance(block.image, bytes):
        held = ImageBlock(image=_bytes_of(block.image, block.path, where))
    data, kind = held.image, block.image_mimetype or held.image_mimetype
    if not isinstance(data, bytes) or not data:
        raise InvalidRequestError(
            f"{where} is an empty image.", hint="Give it image, path or url.", param=where
        )
    if not kind:
        raise InvalidRequestError(
            f"{where} is an image of an unknown format.",
            hint="Set image_mimetype, for instance to 'image/png'.",
            param=where,
        )
    return f"data:{kind};base64,{data.decode('ascii')}"


def _document(block: DocumentBlock, where: str) -> str:
    """Return the text of a document, under its title."""
    kind = block.document_mimetype
    if kind and not kind.startswith(_TEXTUAL):
        raise _unread_document(where, f"a document of the type {kind}")
    if isinstance(block.data, bytes):
        data = base64.b64decode(block.data)
    elif block.data is None and block.path is None:
        raise _unread_document(where, "a document that lies elsewhere")
    else:
        data = _bytes_of(block.data, block.path, where)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise _unread_document(where, "a document that is no UTF-8 text")
    return text if block.title in (None, _UNTITLED) else f"{block.title}:\n{text}"


def _unread_document(where: str, what: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"{where} is {what}, which the hub does not read.",
        hint="Load it with a LlamaIndex reader and pass its text.",
        param=where,
    )


def _bytes_of(stream: object, path: Path | str | None, where: str) -> bytes:
    try:
        if isinstance(stream, IOBase):
            stream.seek(0)
            read: bytes = stream.read()
            return read
        return b"" if path is None else Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
    raise InvalidRequestError(f"{where} cannot be read: {reason}.", param=where)
