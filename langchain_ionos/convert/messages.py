"""Convert LangChain messages to request messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
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
from ionos_model_hub.wire.image_blocks import Block
from ionos_model_hub.wire.surrogates import replace_lone_surrogates
from langchain_ionos.convert.content import FILE_KINDS, Part, iter_blocks, to_part, to_part_or_text
from langchain_ionos.errors import IONOSInvalidRequestError

ReasoningField: TypeAlias = Literal["reasoning", "reasoning_content"]
Converter: TypeAlias = Callable[[Block, str], Part]
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


def messages_to_wire(
    messages: Sequence[BaseMessage], *, reasoning_field: ReasoningField | None = None
) -> list[types.ChatMessage]:
    """Return messages in the form that the API accepts.

    Args:
        messages: The conversation. Assistant messages may have v0 or v1 content.
        reasoning_field: The field for an assistant's earlier reasoning; by default, reasoning is
            not sent.

    Raises:
        IONOSInvalidRequestError: A message or block has no equivalent in the API.

    Example:
        >>> messages_to_wire([HumanMessage("Hallo", name="Ada")])
        [{'role': 'user', 'content': 'Hallo', 'name': 'Ada'}]
    """
    return [
        _convert(message, f"messages[{index}]", reasoning_field)
        for index, message in enumerate(messages)
    ]


def _convert(
    message: BaseMessage, location: str, reasoning_field: ReasoningField | None
) -> types.ChatMessage:
    if isinstance(message, AIMessage):
        return _convert_assistant(message, location, reasoning_field)
    if isinstance(message, ToolMessage):
        return _convert_tool_result(message, location)
    role = _role(message, location)
    wire: types.ChatMessage = {"role": role, "content": _content(message, location, to_part)}
    if message.name and role != "tool":
        wire["name"] = message.name
    return wire


def _convert_tool_result(message: ToolMessage, location: str) -> types.ChatMessage:
    """Return a tool result, without the blocks and characters that the API rejects."""
    if isinstance(message.content, str):
        content: str | list[Part] = replace_lone_surrogates(message.content)
    else:
        content = _content(message, location, to_part_or_text)
    return {"role": "tool", "content": content, "tool_call_id": message.tool_call_id}


def _role(message: BaseMessage, location: str) -> Role:
    if isinstance(message, HumanMessage):
        return "user"
    if isinstance(message, SystemMessage):
        return "system"
    if isinstance(message, ChatMessage) and message.role in _ROLES:
        return _ROLES[message.role]
    role = getattr(message, "role", message.type)
    raise IONOSInvalidRequestError(
        f"{location}: a message with role {role!r} cannot be sent.",
        hint="Use one of the roles system, user, assistant and tool.",
        param=f"{location}.role",
    )


def _content(message: BaseMessage, location: str, convert: Converter) -> str | list[Part]:
    """Return a string for text-only content, because the oldest chat templates require it."""
    if isinstance(message.content, str):
        return message.content
    return _join_text(_to_parts(iter_blocks(message.content), location, convert), "\n")


def _to_parts(blocks: Iterable[Block], location: str, convert: Converter) -> list[Part]:
    return [convert(block, f"{location}.content[{index}]") for index, block in enumerate(blocks)]


def _join_text(parts: list[Part], separator: str) -> str | list[Part]:
    """Return text-only parts as one string, others unchanged."""
    texts = [part["text"] for part in parts if part["type"] == "text"]
    return separator.join(texts) if len(texts) == len(parts) else parts


def _convert_assistant(
    message: AIMessage, location: str, reasoning_field: ReasoningField | None
) -> types.ChatMessage:
    call_blocks: list[Block] = []
    reasoning = ""
    content: str | list[Part]
    if isinstance(message.content, str):
        content = message.content
    else:
        visible, call_blocks, reasoning = _partition(iter_blocks(message.content))
        content = _join_text(_to_parts(visible, location, to_part_or_text), "")
    content = content or str(message.additional_kwargs.get("refusal") or "")
    # Those of a list have been replaced.
    content = replace_lone_surrogates(content) if isinstance(content, str) else content
    wire: types.ChatMessage = {"role": "assistant", "content": content}
    if message.name:
        wire["name"] = message.name
    if calls := _tool_calls(message, call_blocks, location):
        wire["tool_calls"] = calls
    reasoning = reasoning or message.additional_kwargs.get("reasoning_content", "")
    if reasoning_field and reasoning:
        wire[reasoning_field] = replace_lone_surrogates(str(reasoning))
    return wire


def _partition(blocks: Iterable[Block]) -> tuple[list[Block], list[Block], str]:
    """Return an assistant's visible blocks, its tool call blocks and its reasoning.

    Other blocks are dropped: they record actions of another provider, such as calls of tools that
    it runs itself.
    """
    visible: list[Block] = []
    calls: list[Block] = []
    reasoning: list[str] = []
    for block in blocks:
        kind = block.get("type")
        if kind in ("reasoning", "thinking"):
            reasoning.append(str(block.get("reasoning") or block.get("thinking") or ""))
        elif kind == "refusal":
            visible.append({"type": "text", "text": str(block.get("refusal", ""))})
        elif kind in _CALL_BLOCKS:
            calls.append(block)
        elif kind in FILE_KINDS:
            visible.append(block)
        elif isinstance(text := block.get("text"), str):
            visible.append({"type": "text", "text": text})
    return visible, calls, "".join(reasoning)


def _tool_calls(
    message: AIMessage, blocks: Sequence[Block], location: str
) -> list[types.MessageToolCall]:
    """Return a message's tool calls, including those that only its content contains."""
    calls: list[Block] = [*message.tool_calls, *message.invalid_tool_calls]
    if blocks:
        known_ids = [call["id"] for call in calls]
        calls += [block for block in blocks if block.get("id") not in known_ids]
    return [
        _convert_tool_call(call, f"{location}.tool_calls[{index}]")
        for index, call in enumerate(calls)
    ]


def _convert_tool_call(call: Block, location: str) -> types.MessageToolCall:
    """Return a call; the core replaces arguments that are not a JSON object."""
    value: Any = call.get("input") if call.get("type") == "tool_use" else call.get("args")
    arguments = value if isinstance(value, str) else _encode_arguments(value or {}, location)
    function: types.FunctionCall = {"name": call.get("name") or "", "arguments": arguments}
    # Invalid calls may have no id, which every server requires.
    id_ = cast("str", call.get("id") or sha256(location.encode()).hexdigest()[:9])
    return {"id": id_, "type": "function", "function": function}


def _encode_arguments(arguments: Any, location: str) -> str:
    try:
        return json.dumps(arguments, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        reason = str(error)
    raise IONOSInvalidRequestError(
        f"{location} has arguments that cannot be encoded as JSON: {reason}.",
        hint="Pass only strings, numbers, booleans, None, lists and dicts.",
        param=f"{location}.args",
    )
