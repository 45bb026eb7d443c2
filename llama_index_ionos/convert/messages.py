"""Convert LlamaIndex chat messages to API messages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal

from llama_index.core.base.llms.types import (
    ChatMessage,
    MessageRole,
    ThinkingBlock,
    ToolCallBlock,
)
from pydantic_core import to_json

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import request_types as types
from ionos_model_hub.wire.surrogates import replace_lone_surrogates
from llama_index_ionos.convert.content import single_text, to_wire_content

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
_PendingCalls = list[tuple[str, str]]
"""The calls without a result: how results refer to each of them, and its id in the request."""


def to_wire_messages(
    messages: Sequence[ChatMessage],
    *,
    merge_system_messages: bool = False,
    replay_reasoning: bool = False,
) -> list[types.ChatMessage]:
    """Return messages for a request; the given messages are not modified.

    LlamaIndex's eight roles are mapped to the four of the API. Tool calls whose id is missing or
    not unique, as in conversations with Gemini or Ollama, get one; their results refer to them by
    the name of the tool. A tool result without `tool_call_id` is assigned to the oldest call
    without a result. Of `additional_kwargs`, only `name`, `tool_call_id` and `tool_calls` are sent;
    other entries belong to LlamaIndex or to other providers. In messages of models and tools,
    blocks that the API does not support are replaced by a description.

    Args:
        messages: The conversation.
        merge_system_messages: Whether all system messages are merged into one at the beginning,
            as the chat templates of some models require.
        replay_reasoning: Whether the reasoning of earlier responses is sent.

    Raises:
        InvalidRequestError: The API does not support part of a message, or it is not a
            ChatMessage; `param` identifies it.

    Example:
        >>> to_wire_messages([ChatMessage(role="developer", content="Be brief.")])
        [{'role': 'system', 'content': 'Be brief.'}]
    """
    _require_chat_messages(messages)
    pending: _PendingCalls = []
    wire = [
        _message(message, f"messages[{index}]", pending, replay_reasoning)
        for index, message in enumerate(messages)
    ]
    return _merge_system_messages(wire) if merge_system_messages else wire


def to_arguments_json(arguments: Mapping[str, Any] | str, where: str) -> str:
    """Return the arguments of a tool call as JSON text.

    Text is returned unchanged: `wire.requests` sends text that is not a JSON object inside one,
    so that a malformed call of the model does not make every later request fail.

    Raises:
        InvalidRequestError: The arguments contain a value that JSON cannot represent.

    Example:
        >>> to_arguments_json({"city": "Köln"}, "messages[1]")
        '{"city":"Köln"}'
    """
    if isinstance(arguments, str):
        return arguments
    try:
        return to_json(arguments, inf_nan_mode="null").decode()
    except ValueError:  # PydanticSerializationError, for example because of a lone surrogate
        pass
    try:
        return json.dumps(arguments, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        reason = str(error)
    raise InvalidRequestError(
        f"{where} calls a tool with arguments that cannot be encoded as JSON: {reason}.",
        hint="Pass only strings, numbers, booleans, None, lists and dicts.",
        param=where,
    )


def _require_chat_messages(messages: Sequence[object]) -> None:
    for index, message in enumerate(messages):
        if not isinstance(message, ChatMessage):
            raise InvalidRequestError(
                f"messages[{index}] must be a ChatMessage, got {type(message).__name__}.",
                hint="Pass ChatMessage(role=…, content=…).",
                param=f"messages[{index}]",
            )


def _message(
    message: ChatMessage, where: str, pending: _PendingCalls, replay_reasoning: bool
) -> types.ChatMessage:
    role = _ROLES[message.role]
    text = single_text(message.blocks)
    is_generated = role in ("assistant", "tool")
    content = (
        to_wire_content(message.blocks, where, describe_unsupported=is_generated)
        if text is None
        else text
    )
    wire: types.ChatMessage = {"role": role, "content": content}
    if text is not None and role != "tool" and not message.additional_kwargs:
        return wire
    if name := message.additional_kwargs.get("name"):
        wire["name"] = name
    if role == "tool":
        wire["content"] = _replace_surrogates(content)
        wire["tool_call_id"] = _tool_call_id(message, where, pending)
        return wire
    if calls := _tool_call_blocks(message, where):
        _require_assistant(message, where)
        with_ids = list(zip(calls, _unique_ids(calls, where), strict=True))
        wire["tool_calls"] = [_tool_call(call, id_, where) for call, id_ in with_ids]
        pending[:] = [(call.tool_call_id or call.tool_name, id_) for call, id_ in with_ids]
    if replay_reasoning and (reasoning := _reasoning(message)):
        wire["reasoning"] = reasoning
    return wire


def _require_assistant(message: ChatMessage, where: str) -> None:
    """Check the role of a message that contains a tool call."""
    if _ROLES[message.role] != "assistant":
        raise InvalidRequestError(
            f"{where} has the role {message.role.value!r} but contains a tool call.",
            hint="Use the role 'assistant'; only assistant messages can call tools.",
            param=where,
        )


def _replace_surrogates(
    content: str | list[types.ContentPart],
) -> str | list[types.ContentPart]:
    """Replace lone surrogates in a tool result, which would otherwise end the run of an agent."""
    if isinstance(content, str):
        return replace_lone_surrogates(content)
    return [
        {**part, "text": replace_lone_surrogates(part["text"])} if part["type"] == "text" else part
        for part in content
    ]


def _reasoning(message: ChatMessage) -> str:
    blocks = (block for block in message.blocks if isinstance(block, ThinkingBlock))
    return "\n".join(block.content for block in blocks if block.content)


def _tool_call_blocks(message: ChatMessage, where: str) -> list[ToolCallBlock]:
    """Return the tool calls of a message, from its blocks or else from `additional_kwargs`."""
    blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    return blocks or list(_additional_tool_calls(message, where))


def _additional_tool_calls(message: ChatMessage, where: str) -> Iterator[ToolCallBlock]:
    """Yield the tool calls in `additional_kwargs`, as dicts or objects of a vendor's SDK.

    The names of their fields are those of OpenAI, Anthropic, Bedrock, Gemini or Ollama.
    """
    for entry in message.additional_kwargs.get("tool_calls") or ():
        call = entry if isinstance(entry, Mapping) else entry.model_dump()
        function = call.get("function", call)
        if not function.get("name"):
            raise InvalidRequestError(
                f"{where} has a tool call without a name in additional_kwargs['tool_calls'].",
                hint="Use a ToolCallBlock.",
                param=where,
            )
        arguments = function.get("arguments") or function.get("input") or function.get("args")
        yield ToolCallBlock(
            tool_call_id=call.get("id") or call.get("toolUseId"),
            tool_name=function["name"],
            tool_kwargs=arguments or {},
        )


def _unique_ids(calls: Sequence[ToolCallBlock], where: str) -> list[str]:
    """Return the ids of the calls; those that are missing or not unique are generated."""
    ids: list[str] = []
    for index, call in enumerate(calls):
        id_ = call.tool_call_id
        ids.append(id_ if id_ and id_ not in ids else _generate_id(where, index))
    return ids


def _generate_id(where: str, index: int) -> str:
    """Return an id of nine letters and digits, as the strictest chat templates require."""
    return sha256(f"{where}/{index}".encode()).hexdigest()[:9]


def _tool_call(call: ToolCallBlock, id_: str, where: str) -> types.MessageToolCall:
    arguments = to_arguments_json(call.tool_kwargs, where)
    return {
        "id": id_,
        "type": "function",
        "function": {"name": call.tool_name, "arguments": arguments},
    }


def _tool_call_id(message: ChatMessage, where: str, pending: _PendingCalls) -> str:
    """Return the id of the call that a tool message is the result of."""
    given = str(message.additional_kwargs.get("tool_call_id") or "")
    for index, (reference, id_) in enumerate(pending):
        if given in (reference, ""):
            del pending[index]
            return id_
    if given:
        return given
    raise InvalidRequestError(
        f"{where} is a tool result without a preceding tool call.",
        hint="Set additional_kwargs['tool_call_id'] to the id of the tool call.",
        param=where,
    )


def _merge_system_messages(wire: list[types.ChatMessage]) -> list[types.ChatMessage]:
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
