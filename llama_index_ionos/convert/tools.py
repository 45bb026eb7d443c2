"""Convert LlamaIndex tools to API tools, and tool calls of a response to tool selections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools import BaseTool
from pydantic_core import from_json

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.request_types import Tool, ToolChoice
from ionos_model_hub.wire.strict_schemas import strict_schema
from llama_index_ionos.convert.responses import is_partial

_MAX_SHOWN = 80


def to_wire_tools(tools: Sequence[BaseTool], *, strict: bool = False) -> list[Tool]:
    """Return tools for a request, under their own names.

    Args:
        tools: The tools that the model may call.
        strict: Whether the server enforces the schema of the arguments.
    """
    return [to_wire_tool(tool, strict=strict) for tool in tools]


def to_wire_tool(tool: BaseTool, *, strict: bool = False) -> Tool:
    """Return one tool for a request."""
    metadata = tool.metadata
    parameters = metadata.get_parameters_dict()
    wire: Tool = {
        "type": "function",
        "function": {
            "name": metadata.get_name(),
            "description": metadata.description,
            "parameters": strict_schema(parameters) if strict else parameters,
        },
    }
    if strict:
        wire["function"]["strict"] = True
    return wire


def to_wire_tool_choice(
    choice: str | Mapping[str, Any] | None, *, required: bool = False
) -> ToolChoice | None:
    """Return the `tool_choice` of a request, or None if it is not set.

    Args:
        choice: auto, none, required (or any), a tool's name, or the dict that the API accepts.
        required: Whether a tool must be called if `choice` is None.

    Example:
        >>> to_wire_tool_choice("search")
        {'type': 'function', 'function': {'name': 'search'}}
    """
    if choice is None:
        return "required" if required else None
    if not isinstance(choice, str):
        return cast("ToolChoice", dict(choice))
    if choice == "any":
        return "required"
    if choice in ("auto", "none", "required"):
        return choice  # type: ignore[return-value]  # one of the literals
    return {"type": "function", "function": {"name": choice}}


def with_user_message(
    history: Sequence[ChatMessage] | None, user_msg: str | ChatMessage | None
) -> list[ChatMessage]:
    """Return a new list: the history and the user's message."""
    messages = list(history or ())
    if user_msg is not None:
        messages.append(ChatMessage(user_msg) if isinstance(user_msg, str) else user_msg)
    return messages


def tool_selections(response: ChatResponse) -> list[ToolSelection]:
    """Return the tool calls of a response.

    The arguments in a partial response are parsed as far as they have been received. In a
    complete response they must be a JSON object, so that no tool runs with half its arguments.

    Raises:
        ResponseError: The arguments in a complete response are truncated or not a JSON object.
    """
    parse = _partial_arguments if is_partial(response) else _complete_arguments
    return [
        ToolSelection(
            tool_id=call.tool_call_id or "",
            tool_name=call.tool_name,
            tool_kwargs=call.tool_kwargs
            if isinstance(call.tool_kwargs, dict)
            else parse(call.tool_name, call.tool_kwargs, response),
        )
        for call in _tool_calls(response)
    ]


def _tool_calls(response: ChatResponse) -> Iterator[ToolCallBlock]:
    for block in response.message.blocks:
        if isinstance(block, ToolCallBlock):
            yield block


def _partial_arguments(name: str, text: str, response: ChatResponse) -> dict[str, Any]:
    try:
        value = from_json(text, allow_partial="trailing-strings")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _complete_arguments(name: str, text: str, response: ChatResponse) -> dict[str, Any]:
    if text.strip() in ("", "null"):
        return {}
    try:
        value = from_json(text)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
    if finish_reason(response) == "length":
        raise ResponseError(
            f"The arguments of the call to {name!r} were truncated: {shown!r}.",
            hint="Raise `max_tokens`; reasoning tokens count too.",
        )
    raise ResponseError(
        f"The arguments of the call to {name!r} are not a JSON object: {shown!r}.",
        hint="Try again, or set `strict=True`.",
    )


def finish_reason(response: ChatResponse) -> str | None:
    """Return why the model stopped, or None if unspecified."""
    choices = response.raw.get("choices") if isinstance(response.raw, Mapping) else None
    return choices[0].get("finish_reason") if choices else None
