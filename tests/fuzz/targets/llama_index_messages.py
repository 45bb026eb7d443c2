"""Any LlamaIndex conversation becomes a valid request or an error, and is not modified."""

from copy import deepcopy
from typing import Any

from fuzz.draw import Draw
from fuzz.vocabulary import ARGUMENTS, CONTENT, IDS, ROLES, TOOLS
from llama_index.core.base.llms.types import (
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import requests
from llama_index_ionos.convert.messages import to_wire_messages

MIME_TYPES = (None, "image/png", "text/plain", "application/pdf", "application/json")


def check(data: bytes) -> None:
    draw = Draw(data)
    messages = [message_of(draw) for _ in range(1 + draw.below(4))]
    before = deepcopy(messages)
    merge, replay = draw.yes(), draw.yes()
    try:
        wire = to_wire_messages(messages, merge_system_messages=merge, replay_reasoning=replay)
        sent = requests.chat("m", wire, {}).non_streamed().encode()
    except InvalidRequestError as error:
        assert error.message
    else:
        assert sent
        assert merge or len(wire) == len(messages)
    assert messages == before


def message_of(draw: Draw) -> ChatMessage:
    additional_kwargs: dict[str, Any] = {}
    if draw.below(3) == 2:
        additional_kwargs["tool_call_id"] = draw.one_of(IDS)
    if draw.below(4) == 3:
        additional_kwargs["tool_calls"] = [tool_call_of(draw) for _ in range(draw.below(3))]
    if draw.below(8) == 7:
        additional_kwargs["name"] = "ada"
    blocks = [block_of(draw) for _ in range(draw.below(4))]
    return ChatMessage(role=draw.one_of(ROLES), blocks=blocks, additional_kwargs=additional_kwargs)


def tool_call_of(draw: Draw) -> dict[str, Any]:
    """Draw a tool call for `additional_kwargs`."""
    function: dict[str, Any] = {"name": draw.one_of(TOOLS), "arguments": draw.one_of(ARGUMENTS)}
    if draw.below(4) == 3:
        function = {"name": "", "input": draw.object(CONTENT, 2)}
    call = {"id": draw.one_of((None, *IDS)), "type": "function"}
    return {**call, "function": function} if draw.yes() else {**call, **function}


def block_of(draw: Draw, depth: int = 0) -> Any:
    kind = draw.below(8 if depth < 2 else 6)
    if kind <= 1:
        return TextBlock(text=draw.text(CONTENT))
    if kind == 2:
        return ThinkingBlock(content=draw.one_of((None, draw.text(CONTENT))))
    if kind == 3:
        arguments: Any = draw.text(ARGUMENTS) if draw.yes() else draw.object(CONTENT, 3)
        return ToolCallBlock(
            tool_call_id=draw.one_of((None, *IDS)),
            tool_name=draw.one_of(TOOLS),
            tool_kwargs=arguments,
        )
    if kind == 4:
        return image_of(draw)
    if kind == 5:
        return document_of(draw)
    if kind == 6:
        return CachePoint(cache_control={"type": "ephemeral"})
    inner = block_of(draw, depth + 1)
    if not isinstance(inner, TextBlock | ImageBlock | DocumentBlock):
        return inner
    if draw.yes() and not isinstance(inner, DocumentBlock):
        return CitationBlock(
            cited_content=inner, source="s", title="t", additional_location_info={}
        )
    return CitableBlock(title="t", source="s", content=[inner])


def image_of(draw: Draw) -> ImageBlock:
    detail, kind = draw.one_of((None, "low", "other")), draw.one_of(MIME_TYPES)
    if draw.yes():
        return ImageBlock(url="https://example.org/a.png", detail=detail)
    return ImageBlock(image=draw.text().encode("utf-8", "replace"), image_mimetype=kind)


def document_of(draw: Draw) -> DocumentBlock:
    data = draw.text().encode("utf-16-le", "surrogatepass")
    title = draw.one_of((None, "t"))
    return DocumentBlock(data=data, title=title, document_mimetype=draw.one_of(MIME_TYPES))
