"""Tools and tool choices, in every form LangChain knows, as the hub takes them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from ionos_model_hub.wire import request_types as types
from langchain_ionos.errors import IONOSInvalidRequestError

ToolSource: TypeAlias = Mapping[str, Any] | type | Callable[..., Any] | BaseTool

_CHOICES = {"any": "required", "required": "required", "auto": "auto", "none": "none"}
_REFERENCE = re.compile(r'"#/\$defs/([^"]+)"')


def to_wire(tools: Sequence[ToolSource], *, strict: bool | None = None) -> list[types.Tool]:
    """Return tools as the hub takes them.

    Args:
        tools: LangChain tools, functions, classes, or the dicts of several providers.
        strict: True asks for arguments that follow the schema exactly. It is a field beyond the
            contract, so it is sent only where it is True.

    Example:
        >>> to_wire([{"name": "now", "input_schema": {"type": "object"}}])
        [{'type': 'function', 'function': {'name': 'now', 'parameters': {'type': 'object'}}}]
    """
    return [_tool(tool, strict is True) for tool in tools]


def choice_to_wire(
    choice: str | bool | Mapping[str, Any] | None, names: Sequence[str]
) -> types.ToolChoice | None:
    """Return a tool choice as the hub takes it, or None where it says nothing.

    Args:
        choice: "any" or "required" or True (some tool), "auto", "none", a tool's name, or a dict.
        names: The names of the tools.

    Raises:
        IONOSInvalidRequestError: It is none of these.

    Example:
        >>> choice_to_wire("add", ["add"])
        {'type': 'function', 'function': {'name': 'add'}}
    """
    if choice is None or choice is False:
        return None
    if choice is True:
        return "required"
    if isinstance(choice, Mapping):
        return cast("types.ToolChoice", dict(choice))
    if choice in names:
        return {"type": "function", "function": {"name": choice}}
    if choice in _CHOICES:
        return cast("types.ToolChoice", _CHOICES[choice])
    raise IONOSInvalidRequestError(
        f"tool_choice is {choice!r}, which is neither a tool nor a known choice.",
        hint=f"Known are {', '.join([*_CHOICES, *names])}.",
        param="tool_choice",
    )


def is_recursive(schema: Mapping[str, Any]) -> bool:
    """Tell whether a JSON Schema's definitions refer to themselves."""
    refers = {
        name: set(_REFERENCE.findall(json.dumps(part)))
        for name, part in schema.get("$defs", {}).items()
    }
    return any(name in _reachable(name, refers) for name in refers)


def _reachable(start: str, refers: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = set(refers[start])
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead |= refers.get(name, set())
    return reached


def _tool(tool: ToolSource, strict: bool) -> types.Tool:
    if isinstance(tool, Mapping) and tool.get("type") == "function" and "function" in tool:
        wire = {**tool, "function": dict(tool["function"])}
    else:
        wire = convert_to_openai_tool(cast("Any", tool), strict=strict or None)
    if (schema := _own_schema(tool)) and is_recursive(schema):
        # LangChain would write `{}` where such a schema refers to itself.
        wire["function"]["parameters"] = _without_titles(schema)
    if strict and "function" in wire:
        wire["function"]["strict"] = True
    return cast("types.Tool", wire)


def _own_schema(tool: ToolSource) -> dict[str, Any] | None:
    """Return the JSON Schema of a tool's pydantic class, or None where it has none."""
    source = tool.tool_call_schema if isinstance(tool, BaseTool) else tool
    if isinstance(source, type) and issubclass(source, BaseModel):
        return source.model_json_schema()
    return None


def _without_titles(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("title", "description")}
