"""Convert tools and tool choices, in every form LangChain accepts, to the API's form."""

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


def tools_to_wire(tools: Sequence[ToolSource], *, strict: bool | None = None) -> list[types.Tool]:
    """Return tools in the form that the API accepts; converted tools are returned unchanged.

    Args:
        tools: LangChain tools, functions, classes, or dicts in the form of several providers.
        strict: Whether arguments must follow the schema exactly. The field is not part of the
            published API, so it is sent only if True.

    Example:
        >>> tools_to_wire([{"name": "now", "input_schema": {"type": "object"}}])
        [{'type': 'function', 'function': {'name': 'now', 'parameters': {'type': 'object'}}}]
    """
    return [_convert(tool, strict is True) for tool in tools]


def tool_choice_to_wire(
    choice: str | bool | Mapping[str, Any] | None, names: Sequence[str]
) -> types.ToolChoice | None:
    """Return a tool choice in the form that the API accepts, or None for no choice.

    Args:
        choice: "any", "required" or True (some tool), "auto", "none", a tool's name, or a dict.
        names: The names of the tools.

    Raises:
        IONOSInvalidRequestError: The choice is none of these.

    Example:
        >>> tool_choice_to_wire("add", ["add"])
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
        f"tool_choice is {choice!r}, which is neither a tool's name nor a known choice.",
        hint=f"Use one of {', '.join([*_CHOICES, *names])}.",
        param="tool_choice",
    )


def is_recursive(schema: Mapping[str, Any]) -> bool:
    """Return whether a JSON Schema's definitions refer to themselves."""
    references = {
        name: set(_REFERENCE.findall(json.dumps(definition)))
        for name, definition in schema.get("$defs", {}).items()
    }
    return any(name in _reachable(name, references) for name in references)


def _reachable(start: str, references: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    pending = set(references[start])
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending |= references.get(name, set())
    return reached


def _convert(tool: ToolSource, strict: bool) -> types.Tool:
    if isinstance(tool, Mapping) and tool.get("type") == "function" and "function" in tool:
        wire = cast("dict[str, Any]", tool)
    else:
        wire = convert_to_openai_tool(cast("Any", tool), strict=strict or None)
        if (schema := _pydantic_schema(tool)) and is_recursive(schema):
            # LangChain would replace each recursive reference by `{}`.
            wire["function"]["parameters"] = _without_titles(schema)
    if strict and "function" in wire:
        wire = {**wire, "function": {**wire["function"], "strict": True}}
    return cast("types.Tool", wire)


def _pydantic_schema(tool: ToolSource) -> dict[str, Any] | None:
    """Return the JSON Schema of a tool's pydantic class, or None if it has no such class."""
    source = tool.tool_call_schema if isinstance(tool, BaseTool) else tool
    if isinstance(source, type) and issubclass(source, BaseModel):
        return source.model_json_schema()
    return None


def _without_titles(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("title", "description")}
