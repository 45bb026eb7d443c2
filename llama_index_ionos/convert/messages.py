"""Convert LlamaIndex chat messages to API messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from llama_index.core.base.llms.types import ChatMessage, MessageRole, ThinkingBlock

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import request_types as types
from ionos_model_hub.wire.surrogates import replace_lone_surrogates
from llama_index_ionos.convert.call_history import CallHistory
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


def to_wire_messages(
    messages: Sequence[ChatMessage],
    *,
    merge_system_messages: bool = False,
    replay_reasoning: bool = False,
) -> list[types.ChatMessage]:
    """Return messages for a request; the given messages are not modified.

    LlamaIndex's eight roles are mapped to the four of the API. For tool calls and their results,
    see `CallHistory`. Of `additional_kwargs`, only `name`, `tool_call_id` and `tool_calls` are
    sent; other entries belong to LlamaIndex or to other providers. In messages of models and
    tools, blocks that the API does not support are replaced by a description.

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
    calls = CallHistory()
    wire = [
        _message(message, f"messages[{index}]", calls, replay_reasoning)
        for index, message in enumerate(messages)
    ]
    return _merge_system_messages(wire) if merge_system_messages else wire


def _require_chat_messages(messages: Sequence[object]) -> None:
    for index, message in enumerate(messages):
        if not isinstance(message, ChatMessage):
            raise InvalidRequestError(
                f"messages[{index}] must be a ChatMessage, got {type(message).__name__}.",
                hint="Pass ChatMessage(role=…, content=…).",
                param=f"messages[{index}]",
            )


def _message(
    message: ChatMessage, where: str, calls: CallHistory, replay_reasoning: bool
) -> types.ChatMessage:
    role = _ROLES[message.role]
    text = single_text(message.blocks)
    is_generated = role in ("assistant", "tool")
    content = (
        to_wire_content(message.blocks, where, describe_unsupported=is_generated)
        if text is None
        else text
    )
    if is_generated:
        content = _replace_surrogates(content)
    wire: types.ChatMessage = {"role": role, "content": content}
    if text is not None and role != "tool" and not message.additional_kwargs:
        return wire
    if name := message.additional_kwargs.get("name"):
        wire["name"] = name
    if role == "tool":
        wire["tool_call_id"] = calls.take_id_of_result(message, where)
        return wire
    if tool_calls := calls.add(message, where):
        wire["tool_calls"] = tool_calls
    if replay_reasoning and (reasoning := _reasoning(message)):
        wire["reasoning"] = replace_lone_surrogates(reasoning)
    return wire


def _replace_surrogates(
    content: str | list[types.ContentPart],
) -> str | list[types.ContentPart]:
    """Replace lone surrogates of a model or a tool, which would otherwise end the conversation."""
    if isinstance(content, str):
        return replace_lone_surrogates(content)
    return [
        {**part, "text": replace_lone_surrogates(part["text"])} if part["type"] == "text" else part
        for part in content
    ]


def _reasoning(message: ChatMessage) -> str:
    blocks = (block for block in message.blocks if isinstance(block, ThinkingBlock))
    return "\n".join(block.content for block in blocks if block.content)


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
