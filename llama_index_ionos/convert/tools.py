"""Convert LlamaIndex tools and tool choices to those of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.tools import BaseTool, ToolMetadata

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.request_types import FunctionObject, Tool, ToolChoice
from ionos_model_hub.wire.schema_walk import inline_root
from ionos_model_hub.wire.strict_schemas import strict_schema

_PARAMETER_KEYS = ("type", "properties", "required", "$defs")
"""The keywords that LlamaIndex sends."""


def to_wire_tools(
    tools: Sequence[BaseTool | Mapping[str, Any]], *, strict: bool | None, strict_by_default: bool
) -> list[Tool]:
    """Return tools for a request, under their own names.

    Args:
        tools: The tools that the model may call; dicts are already in the form of the API.
        strict: Whether the server enforces the schema of the arguments. None enforces those of
            tools whose schema allows it if `strict_by_default`.
        strict_by_default: See `needs_strict_tools`.

    Raises:
        InvalidRequestError: An item is not a tool, or `strict` is True, but the schema of a tool
            cannot be strict.
    """
    _require_tools(tools)
    return [
        cast("Tool", dict(tool))
        if isinstance(tool, Mapping)
        else to_wire_tool(tool, strict, strict_by_default)
        for tool in tools
    ]


def _require_tools(tools: Sequence[object]) -> None:
    for index, tool in enumerate(tools):
        if not isinstance(tool, BaseTool | Mapping):
            raise InvalidRequestError(
                f"tools[{index}] must be a BaseTool, got {type(tool).__name__}.",
                hint="Wrap functions with FunctionTool.from_defaults.",
                param=f"tools[{index}]",
            )


def to_wire_tool(
    tool: BaseTool, strict: bool | None = None, strict_by_default: bool = False
) -> Tool:
    """Return one tool for a request; arguments as for `to_wire_tools`."""
    metadata = tool.metadata
    function: FunctionObject = {"name": metadata.get_name(), "parameters": _parameters(metadata)}
    if metadata.description:
        function["description"] = metadata.description
    if strict or (strict is None and strict_by_default):
        _make_strict(function, required=strict is True)
    return {"type": "function", "function": function}


def _parameters(metadata: ToolMetadata) -> dict[str, Any]:
    """Return the JSON Schema of a tool; LlamaIndex omits the root of a recursive class."""
    parameters = metadata.get_parameters_dict()
    if metadata.fn_schema is None or "type" in parameters:
        return parameters
    root = inline_root(metadata.fn_schema.model_json_schema())
    return {name: root[name] for name in _PARAMETER_KEYS if name in root}


def _make_strict(function: FunctionObject, *, required: bool) -> None:
    """Make a function strict; one whose schema does not allow it is left unless `required`."""
    try:
        function["parameters"] = strict_schema(function["parameters"])
    except InvalidRequestError:
        if required:
            raise
    else:
        function["strict"] = True


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
    if choice == "any":
        return "required"
    if not isinstance(choice, str) or choice in ("auto", "none", "required"):
        return cast("ToolChoice", choice)
    return {"type": "function", "function": {"name": choice}}


def with_user_message(
    history: Sequence[ChatMessage] | None, user_msg: str | ChatMessage | None
) -> list[ChatMessage]:
    """Return a new list: the history and the user's message."""
    messages = list(history or ())
    if user_msg is not None:
        messages.append(ChatMessage(user_msg) if isinstance(user_msg, str) else user_msg)
    return messages
