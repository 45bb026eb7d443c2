"""Chat messages as LlamaIndex keeps them, turned into those of the wire."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal

from llama_index.core.base.llms.types import (
    ChatMessage,
    MessageRole,
    ThinkingBlock,
    ToolCallBlock,
)
from pydantic_core import from_json, to_json

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import request_types as types
from llama_index_ionos.convert.content import content_of, plain_text

_ROLES: Mapping[MessageRole, Literal["system", "user", "assistant", "tool"]] = {
    MessageRole.SYSTEM: "system",
    MessageRole.DEVELOPER: "system",
    MessageRole.USER: "user",
    MessageRole.ASSISTANT: "assistant",
    MessageRole.CHATBOT: "assistant",
    MessageRole.MODEL: "assistant",
    MessageRole.TOOL: "tool",
    MessageRole.FUNCTION: "tool",
}
_Unanswered = deque[str]


def to_wire(
    messages: Sequence[ChatMessage],
    *,
    merge_system_messages: bool = False,
    replay_reasoning: bool = False,
) -> list[types.ChatMessage]:
    """Return messages as the hub takes them; the given ones are left as they are.

    The hub's four roles stand in for LlamaIndex's eight. A tool call without an id gets one, and
    a tool's answer without `tool_call_id` answers the oldest call that is still open. Of
    `additional_kwargs`, `name`, `tool_call_id` and `tool_calls` are sent; the rest is
    LlamaIndex's own or another provider's.

    Args:
        messages: The conversation.
        merge_system_messages: Whether all system messages become one, at the beginning, as the
            chat templates of some models demand.
        replay_reasoning: Whether the reasoning of earlier answers is sent along.

    Raises:
        InvalidRequestError: A message holds what the hub cannot take; `param` names it.

    Example:
        >>> to_wire([ChatMessage(role="developer", content="Be brief.")])
        [{'role': 'system', 'content': 'Be brief.'}]
    """
    unanswered: _Unanswered = deque()
    wire = [
        _message(message, f"messages[{index}]", unanswered, replay_reasoning)
        for index, message in enumerate(messages)
    ]
    return _with_one_system_message(wire) if merge_system_messages else wire


def arguments_text(arguments: Mapping[str, Any] | str, where: str) -> str:
    """Return a tool call's arguments as JSON text.

    Raises:
        InvalidRequestError: They cannot be written as JSON, or are text, but no JSON object.

    Example:
        >>> arguments_text({"city": "Köln"}, "messages[1]")
        '{"city":"Köln"}'
    """
    try:
        if not isinstance(arguments, str):
            return to_json(arguments).decode()
        if not arguments.strip():
            return "{}"
        # Bytes, because for a str with a lone surrogate `from_json` raises a TypeError.
        if isinstance(from_json(arguments.encode("utf-8", "surrogatepass")), dict):
            return arguments
    except ValueError:
        pass
    raise InvalidRequestError(
        f"{where} calls a tool with arguments that are no JSON object.",
        hint="Leave that message out, or mend the arguments.",
        param=where,
    )


def _message(
    message: ChatMessage, where: str, unanswered: _Unanswered, replay_reasoning: bool
) -> types.ChatMessage:
    role = _ROLES[message.role]
    told = plain_text(message.blocks)
    content = content_of(message.blocks, where) if told is None else told
    wire: types.ChatMessage = {"role": role, "content": content}
    if told is not None and role != "tool" and not message.additional_kwargs:
        return wire
    if name := message.additional_kwargs.get("name"):
        wire["name"] = name
    if role == "tool":
        wire["tool_call_id"] = _answered(message, where, unanswered)
        return wire
    calls = list(_tool_calls(message, where))
    if calls and role != "assistant":
        raise InvalidRequestError(
            f"{where} has the role {message.role.value!r} and calls a tool.",
            hint="Only the assistant calls tools.",
            param=where,
        )
    if calls:
        wire["tool_calls"] = calls
        unanswered.clear()
        unanswered.extend(call["id"] for call in calls)
    if replay_reasoning and (reasoning := _reasoning(message)):
        wire["reasoning"] = reasoning
    return wire


def _reasoning(message: ChatMessage) -> str:
    blocks = (block for block in message.blocks if isinstance(block, ThinkingBlock))
    return "\n".join(block.content for block in blocks if block.content)


def _tool_calls(message: ChatMessage, where: str) -> Iterator[types.MessageToolCall]:
    """Yield the tool calls of a message: its blocks, or what older code keeps beside them."""
    blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    for place, block in enumerate(blocks or _kept_beside(message, where)):
        arguments = arguments_text(block.tool_kwargs, where)
        yield {
            "id": block.tool_call_id or _made_id(where, place),
            "type": "function",
            "function": {"name": block.tool_name, "arguments": arguments},
        }


def _kept_beside(message: ChatMessage, where: str) -> Iterator[ToolCallBlock]:
    for kept in message.additional_kwargs.get("tool_calls") or ():
        call = kept if isinstance(kept, Mapping) else kept.model_dump()
        function = call.get("function", call)
        if not function.get("name"):
            raise InvalidRequestError(
                f"{where} has a tool call without a name in additional_kwargs['tool_calls'].",
                hint="Use a ToolCallBlock.",
                param=where,
            )
        arguments = function.get("arguments") or function.get("input") or {}
        yield ToolCallBlock(
            tool_call_id=call.get("id"), tool_name=function["name"], tool_kwargs=arguments
        )


def _made_id(where: str, place: int) -> str:
    """Return an id of nine letters and digits, as the strictest chat templates want it."""
    return sha256(f"{where}/{place}".encode()).hexdigest()[:9]


def _answered(message: ChatMessage, where: str, unanswered: _Unanswered) -> str:
    """Return the id of the call that a tool's message answers."""
    given = str(message.additional_kwargs.get("tool_call_id") or "")
    if given in unanswered:
        unanswered.remove(given)
    if given:
        return given
    if not unanswered:
        raise InvalidRequestError(
            f"{where} is the answer of a tool that nobody called.",
            hint="Set additional_kwargs['tool_call_id'] to the id of the call it answers.",
            param=where,
        )
    return unanswered.popleft()


def _with_one_system_message(wire: list[types.ChatMessage]) -> list[types.ChatMessage]:
    contents = [message["content"] for message in wire if message["role"] == "system"]
    if not contents:
        return wire
    texts = [content for content in contents if isinstance(content, str)]
    merged: types.ChatMessage = {"role": "system", "content": "\n\n".join(texts)}
    if len(texts) < len(contents):
        merged["content"] = [part for content in contents for part in _as_parts(content or "")]
    return [merged, *(message for message in wire if message["role"] != "system")]


def _as_parts(content: str | list[types.ContentPart]) -> list[types.ContentPart]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
