"""LangChain messages to the messages of a request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias, cast

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from ionos_model_hub.wire import request_types as types
from langchain_ionos.convert.content import Block, Part, blocks_of, part_of
from langchain_ionos.errors import IONOSInvalidRequestError

ReasoningField: TypeAlias = Literal["reasoning", "reasoning_content"]
Role: TypeAlias = Literal["system", "user", "assistant", "tool"]

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "tool": "tool",
}
_CALL_BLOCKS = ("tool_call", "tool_use", "invalid_tool_call")
_LEFT_OUT = (*_CALL_BLOCKS, "tool_call_chunk", "input_json_delta", "redacted_thinking")


def to_wire(
    messages: Sequence[BaseMessage], *, replay: ReasoningField | None = None
) -> list[types.ChatMessage]:
    """Return messages as the hub takes them.

    Args:
        messages: The conversation. Assistants' messages may hold v0 or v1 content.
        replay: The field in which an assistant's earlier reasoning is sent; by default it is not.

    Raises:
        IONOSInvalidRequestError: A message or block has no counterpart in the API.

    Example:
        >>> to_wire([HumanMessage("Hallo", name="Ada")])
        [{'role': 'user', 'content': 'Hallo', 'name': 'Ada'}]
    """
    return [
        _message(message, f"messages[{place}]", replay) for place, message in enumerate(messages)
    ]


def _message(message: BaseMessage, place: str, replay: ReasoningField | None) -> types.ChatMessage:
    if isinstance(message, AIMessage):
        return _assistant(message, place, replay)
    role = _role(message, place)
    wire: types.ChatMessage = {"role": role, "content": _content(message, place)}
    if isinstance(message, ToolMessage):
        wire["tool_call_id"] = message.tool_call_id
    elif message.name and role != "tool":
        wire["name"] = message.name
    return wire


def _role(message: BaseMessage, place: str) -> Role:
    if isinstance(message, HumanMessage):
        return "user"
    if isinstance(message, SystemMessage):
        return "system"
    if isinstance(message, ToolMessage):
        return "tool"
    if isinstance(message, ChatMessage) and message.role in _ROLES:
        return _ROLES[message.role]
    told = getattr(message, "role", message.type)
    raise IONOSInvalidRequestError(
        f"{place}: a message of the role {told!r} cannot be sent to the hub.",
        hint="Its roles are system, user, assistant and tool.",
        param=f"{place}.role",
    )


def _content(message: BaseMessage, place: str) -> str | list[Part]:
    """Return a string for text alone, as the oldest chat templates want it, else parts."""
    if isinstance(message.content, str):
        return message.content
    return _joined(_parts(blocks_of(message.content), place), "\n")


def _parts(blocks: Iterable[Block], place: str) -> list[Part]:
    return [part_of(block, f"{place}.content[{at}]") for at, block in enumerate(blocks)]


def _joined(parts: list[Part], separator: str) -> str | list[Part]:
    texts = [part["text"] for part in parts if part["type"] == "text"]
    return separator.join(texts) if len(texts) == len(parts) else parts


def _assistant(message: AIMessage, place: str, replay: ReasoningField | None) -> types.ChatMessage:
    told = message.content
    called: list[Block] = []
    thought = ""
    content: str | list[Part]
    if isinstance(told, str):
        content = told
    else:
        said, called, thought = _sorted(blocks_of(told))
        content = _joined(_parts(said, place), "")
    wire: types.ChatMessage = {
        "role": "assistant",
        "content": content or message.additional_kwargs.get("refusal") or "",
    }
    if message.name:
        wire["name"] = message.name
    if calls := _tool_calls(message, called, place):
        wire["tool_calls"] = calls
    thought = thought or message.additional_kwargs.get("reasoning_content", "")
    if replay and thought:
        wire[replay] = thought
    return wire


def _sorted(blocks: Iterable[Block]) -> tuple[list[Block], list[Block], str]:
    """Return the blocks of an answer that are shown, those that call tools, and the reasoning."""
    said: list[Block] = []
    called: list[Block] = []
    thoughts: list[str] = []
    for block in blocks:
        kind = block.get("type")
        if kind in ("reasoning", "thinking"):
            thoughts.append(str(block.get("reasoning") or block.get("thinking") or ""))
        elif kind == "refusal":
            said.append({"type": "text", "text": str(block.get("refusal", ""))})
        elif kind in _CALL_BLOCKS:
            called.append(block)
        elif kind not in _LEFT_OUT:
            said.append(block)
    return said, called, "".join(thoughts)


def _tool_calls(
    message: AIMessage, blocks: Sequence[Block], place: str
) -> list[types.MessageToolCall]:
    """Return the calls of a message, also those that stand in its content alone."""
    calls: list[Block] = [*message.tool_calls, *message.invalid_tool_calls]
    if blocks:
        known = [call["id"] for call in calls]
        calls += [block for block in blocks if block.get("id") not in known]
    return [_tool_call(call, f"{place}.tool_calls[{at}]") for at, call in enumerate(calls)]


def _tool_call(call: Block, place: str) -> types.MessageToolCall:
    given: Any = call.get("input") if call.get("type") == "tool_use" else call.get("args")
    arguments = given if isinstance(given, str) else _json(given or {}, place)
    function: types.FunctionCall = {"name": call.get("name") or "", "arguments": arguments}
    return {"id": cast("str", call.get("id")), "type": "function", "function": function}


def _json(arguments: Any, place: str) -> str:
    try:
        return json.dumps(arguments, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        reason = str(error)
    raise IONOSInvalidRequestError(
        f"{place} has arguments that are no JSON: {reason}.",
        hint="Pass only strings, numbers, booleans, None, lists and dicts.",
        param=f"{place}.args",
    )
