"""Tool calls and tool results in a conversation, whichever provider it began with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, cast

from llama_index.core.base.llms.types import ChatMessage, MessageRole, ToolCallBlock
from pydantic_core import to_json

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.request_types import MessageToolCall

_ASSISTANT_ROLES = (MessageRole.ASSISTANT, MessageRole.CHATBOT, MessageRole.MODEL)


class CallHistory:
    """Assigns the tool results of a conversation to its tool calls.

    Calls whose id is missing or not unique in their message, as in conversations with Gemini or
    Ollama, get a new one; their results refer to them by the name of the tool. A result without
    `tool_call_id` is assigned to the oldest call without a result.

    Example:
        >>> calls, block = CallHistory(), ToolCallBlock(tool_name="now", tool_kwargs={})
        >>> (call,) = calls.add(ChatMessage(role="assistant", blocks=[block]), "messages[0]")
        >>> result = ChatMessage(role="tool", additional_kwargs={"tool_call_id": "now"})
        >>> calls.take_id_of_result(result, "messages[1]") == call["id"]
        True
    """

    def __init__(self) -> None:
        # How results refer to each call without a result, and the id of the call in the request.
        self._pending: list[tuple[str, str]] = []

    def add(self, message: ChatMessage, where: str) -> list[MessageToolCall]:
        """Return the tool calls of a message, and expect results of these calls only.

        Args:
            message: The message.
            where: Its position in the request, for errors.

        Raises:
            InvalidRequestError: A call has no name or invalid arguments, or the message is not
                the model's.
        """
        if not (blocks := _tool_call_blocks(message, where)):
            return []
        _require_assistant(message, where)
        self._pending = []
        calls: dict[str, MessageToolCall] = {}
        for index, block in enumerate(blocks):
            given = block.tool_call_id
            id_ = given if given and given not in calls else _generate_id(where, index)
            calls[id_] = _tool_call(block, id_, where)
            self._pending.append((given or block.tool_name, id_))
        return list(calls.values())

    def take_id_of_result(self, message: ChatMessage, where: str) -> str:
        """Return the id of the call that a tool message is the result of, and forget the call.

        Raises:
            InvalidRequestError: The message has no `tool_call_id`, and no call is left.
        """
        given = str(message.additional_kwargs.get("tool_call_id") or "")
        for index, (reference, id_) in enumerate(self._pending):
            if given in (reference, ""):
                del self._pending[index]
                return id_
        if given:
            return given
        raise InvalidRequestError(
            f"{where} is a tool result without a preceding tool call.",
            hint="Set additional_kwargs['tool_call_id'] to the id of the tool call.",
            param=where,
        )


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


def _tool_call_blocks(message: ChatMessage, where: str) -> list[ToolCallBlock]:
    """Return the tool calls of a message, from its blocks or else from `additional_kwargs`."""
    blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    return blocks or list(_additional_tool_calls(message, where))


def _additional_tool_calls(message: ChatMessage, where: str) -> Iterator[ToolCallBlock]:
    """Yield the tool calls in `additional_kwargs`, as dicts or objects of a vendor's SDK.

    The names of their fields are those of OpenAI, Anthropic, Bedrock, Gemini or Ollama.
    """
    for entry in message.additional_kwargs.get("tool_calls") or ():
        call = _as_mapping(entry)
        function = _as_mapping(call.get("function")) or call
        name = function.get("name")
        if not name or not isinstance(name, str):
            raise InvalidRequestError(
                f"{where} has a tool call without a name in additional_kwargs['tool_calls'].",
                hint="Use a ToolCallBlock.",
                param=where,
            )
        arguments = function.get("arguments") or function.get("input") or function.get("args")
        # In calls of OpenAI's Responses API, `id` is the id of the item, not that of the call.
        id_ = call.get("call_id") or call.get("id") or call.get("toolUseId")
        yield ToolCallBlock(
            tool_call_id=str(id_) if id_ else None, tool_name=name, tool_kwargs=arguments or {}
        )


def _as_mapping(value: object) -> Mapping[str, Any]:
    """Return a dict, or an object of an SDK as one; an empty one for anything else."""
    dump = getattr(value, "model_dump", dict)
    return value if isinstance(value, Mapping) else cast("Mapping[str, Any]", dump())


def _generate_id(where: str, index: int) -> str:
    """Return an id of nine letters and digits, as the strictest chat templates require."""
    return sha256(f"{where}/{index}".encode()).hexdigest()[:9]


def _tool_call(call: ToolCallBlock, id_: str, where: str) -> MessageToolCall:
    arguments = to_arguments_json(call.tool_kwargs, where)
    return {
        "id": id_,
        "type": "function",
        "function": {"name": call.tool_name, "arguments": arguments},
    }


def _require_assistant(message: ChatMessage, where: str) -> None:
    """Check the role of a message that contains a tool call."""
    if message.role not in _ASSISTANT_ROLES:
        raise InvalidRequestError(
            f"{where} has the role {message.role.value!r} but contains a tool call.",
            hint="Use the role 'assistant'; only assistant messages can call tools.",
            param=where,
        )
