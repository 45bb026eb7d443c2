"""Any LangChain conversation is converted to a valid request or rejected, and is not modified."""

import json
from copy import deepcopy
from typing import Any

from fuzz.draw import Draw
from fuzz.vocabulary import ARGUMENTS, BLOCKS, CONTENT, IDS, TOOLS
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import requests
from langchain_ionos.convert.messages import messages_to_wire

WORDS = (*BLOCKS, *CONTENT)


def check(data: bytes) -> None:
    draw = Draw(data)
    messages = [message_of(draw) for _ in range(1 + draw.below(4))]
    before = deepcopy(messages)
    reasoning_field = draw.one_of((None, "reasoning", "reasoning_content"))
    try:
        wire = messages_to_wire(messages, reasoning_field=reasoning_field)
        sent = requests.chat("m", wire, {}).non_streamed().encode()
    except InvalidRequestError as error:
        assert error.message
    else:
        assert sent
        assert len(wire) == len(messages)
        calls = [call for message in json.loads(sent)["messages"] for call in calls_of(message)]
        assert all(isinstance(json.loads(call["function"]["arguments"]), dict) for call in calls)
    assert messages == before


def calls_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    return list(message.get("tool_calls", ()))


def message_of(draw: Draw) -> BaseMessage:
    content: Any = content_of(draw)
    kind = draw.below(6)
    if kind == 0:
        return HumanMessage(content, name=draw.one_of((None, "ada")))
    if kind == 1:
        return SystemMessage(content)
    if kind == 2:
        return ToolMessage(content, tool_call_id=draw.one_of(IDS))
    if kind == 3:
        return ChatMessage(content, role=draw.one_of(("user", "developer", "other", "tool")))
    return assistant_of(draw, content)


def assistant_of(draw: Draw, content: Any) -> AIMessage:
    calls: list[Any] = [
        {
            "type": "tool_call",
            "id": draw.one_of(IDS),
            "name": draw.one_of(TOOLS),
            "args": draw.object(WORDS, 3),
        }
        for _ in range(draw.below(3))
    ]
    invalid: list[Any] = [
        {
            "type": "invalid_tool_call",
            "id": draw.one_of((None, *IDS)),
            "name": draw.one_of((None, *TOOLS)),
            "args": draw.one_of((None, *ARGUMENTS)),
            "error": None,
        }
        for _ in range(draw.below(2))
    ]
    kwargs: dict[str, Any] = {"reasoning_content": draw.text(CONTENT)} if draw.yes() else {}
    if draw.yes():
        kwargs["refusal"] = draw.text(CONTENT)
    return AIMessage(
        content, tool_calls=calls, invalid_tool_calls=invalid, additional_kwargs=kwargs
    )


def content_of(draw: Draw) -> str | list[str | dict[str, Any]]:
    if draw.below(3) == 0:
        return draw.text(CONTENT)
    return [block_of(draw) for _ in range(draw.below(4))]


def block_of(draw: Draw) -> str | dict[str, Any]:
    """Draw a block; its fields often match its type."""
    if draw.below(4) == 0:
        return draw.text(CONTENT)
    block: dict[str, Any] = draw.object(WORDS)
    return {**block, "type": draw.one_of(BLOCKS)} if draw.yes() else block
