"""Convert tools and tool choices, in every form LangChain accepts, to the API's form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_core.utils.json_schema import dereference_refs
from pydantic import BaseModel
from typing_extensions import is_typeddict

from ionos_model_hub.wire import request_types as types
from ionos_model_hub.wire.schema_walk import JsonObject, inline_root, rewrite, subschemas
from ionos_model_hub.wire.shorten import shorten
from ionos_model_hub.wire.strict_schemas import find_root_problem, strict_schema
from langchain_ionos.convert.typed_dicts import typed_dict_to_model
from langchain_ionos.errors import IONOSInvalidRequestError

ToolSource: TypeAlias = Mapping[str, Any] | type | Callable[..., Any] | BaseTool

_CHOICES = {"any": "required", "required": "required", "auto": "auto", "none": "none"}
_HINT = "Pass a function, a LangChain tool, or a dict with name and parameters."
_NAMING_KEYS = frozenset({"name", "title", "function", "toolSpec"})


def tools_to_wire(tools: Sequence[ToolSource], *, strict: bool | None = None) -> list[types.Tool]:
    """Return tools in the form that the API accepts; converted tools are returned unchanged.

    Args:
        tools: LangChain tools, functions, classes, or dicts in the form of several providers.
        strict: Whether arguments must follow the schema exactly. The field is not part of the
            published API, so it is sent only if True. False in a tool's own dict takes precedence.

    Raises:
        IONOSInvalidRequestError: A tool is one that another provider runs, or not a tool.

    Example:
        >>> tools_to_wire([{"name": "now", "input_schema": {"type": "object"}}])
        [{'type': 'function', 'function': {'name': 'now', 'parameters': {'type': 'object'}}}]
    """
    wire = [
        cast("types.Tool", tool) if _is_converted(tool) else _convert(tool, f"tools[{index}]")
        for index, tool in enumerate(tools)
    ]
    return [_make_strict(tool) for tool in wire] if strict else wire


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
    if isinstance(choice, str) and choice in _CHOICES:
        return cast("types.ToolChoice", _CHOICES[choice])
    raise IONOSInvalidRequestError(
        f"tool_choice is {shorten(repr(choice))}, which is neither a tool's name nor a known "
        "choice.",
        hint=f"Use one of {', '.join([*_CHOICES, *names])}.",
        param="tool_choice",
    )


def open_function(tool: Mapping[str, Any]) -> dict[str, Any]:
    """Return the dict of a tool in a form from which LangChain reads its parameters.

    Dumps of MCP tools contain null and `inputSchema`; LangChain would omit the parameters. With
    the type "function", it would return a tool unchanged.

    Example:
        >>> open_function({"name": "now", "description": None, "inputSchema": {}})
        {'name': 'now', 'input_schema': {}}
    """
    function = tool.get("function")
    return {
        "input_schema" if key == "inputSchema" else key: value
        for key, value in (function if isinstance(function, Mapping) else tool).items()
        if value is not None and (key, value) != ("type", "function")
    }


def is_recursive(schema: Mapping[str, Any]) -> bool:
    """Return whether a JSON Schema refers to itself.

    Example:
        >>> is_recursive({"properties": {"children": {"items": {"$ref": "#"}}}})
        True
    """
    references = {
        f"#/{key}/{name}": _references(definition)
        for key in ("$defs", "definitions")
        for name, definition in schema.get(key, {}).items()
    }
    others = {key: value for key, value in schema.items() if key not in ("$defs", "definitions")}
    references["#"] = _references(others)
    return any(name in _reachable(name, references) for name in references)


def _references(schema: Mapping[str, Any]) -> set[str]:
    references = (node.get("$ref") for node in subschemas(schema))
    return {reference for reference in references if isinstance(reference, str)}


def _reachable(start: str, references: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    pending = set(references[start])
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending |= references.get(name, set())
    return reached


def _is_converted(tool: ToolSource) -> bool:
    if not isinstance(tool, Mapping) or tool.get("type") != "function":
        return False
    function = tool.get("function")
    return isinstance(function, Mapping) and "name" in function and None not in function.values()


def _convert(tool: ToolSource, location: str) -> types.Tool:
    if isinstance(tool, Mapping):
        return _convert_dict(tool, location)
    if isinstance(tool, type) and is_typeddict(tool):
        tool = typed_dict_to_model(tool)
    if isinstance(tool, type) and issubclass(tool, BaseModel):
        return _convert_schema(tool.__name__, inline_root(tool.model_json_schema()))
    wire = _convert_with_langchain(tool, location)
    if isinstance(tool, BaseTool) and (schema := _recursive_schema(tool)):
        # LangChain replaces each recursive reference by `{}`.
        wire["function"]["parameters"] = _to_parameters(inline_root(schema))
    return wire


def _convert_with_langchain(tool: object, location: str) -> types.Tool:
    try:
        return cast("types.Tool", convert_to_openai_tool(cast("Any", tool)))
    except (AttributeError, TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
    raise IONOSInvalidRequestError(
        f"{location} ({type(tool).__name__}) cannot be converted to a function: {reason}.",
        hint=_HINT,
        param=location,
    )


def _convert_dict(tool: Mapping[str, Any], location: str) -> types.Tool:
    kind = tool.get("type")
    is_anthropic = kind == "custom" and "input_schema" in tool
    if isinstance(kind, str) and kind not in ("function", "object") and not is_anthropic:
        raise _unsupported(kind, location)
    if not _NAMING_KEYS & tool.keys():
        raise _unsupported(", ".join(map(str, tool)), location)
    return _convert_with_langchain(open_function(tool), location)


def _unsupported(kind: str, location: str) -> IONOSInvalidRequestError:
    return IONOSInvalidRequestError(
        f"{location} is {kind!r}, a tool that another provider runs. The Model Hub has none.",
        hint=_HINT,
        param=location,
    )


def _convert_schema(name: str, schema: dict[str, Any]) -> types.Tool:
    """Return a tool whose parameters are those of a class."""
    function: types.FunctionObject = {"name": name, "parameters": _to_parameters(schema)}
    if description := schema.get("description"):
        function["description"] = description
    return {"type": "function", "function": function}


def _to_parameters(schema: dict[str, Any]) -> JsonObject:
    """Return parameters without titles and, unless they are recursive, without references."""
    if not is_recursive(schema):
        schema = dereference_refs(schema)
        schema.pop("$defs", None)
    schema = {key: value for key, value in schema.items() if key != "description"}
    return rewrite(schema, _remove_title)


def _remove_title(schema: JsonObject) -> JsonObject:
    return {key: value for key, value in schema.items() if key != "title"}


def _recursive_schema(tool: BaseTool) -> dict[str, Any] | None:
    """Return the JSON Schema of a tool's arguments if it is recursive."""
    source = tool.tool_call_schema
    if isinstance(source, type):
        schema = source.model_json_schema() if issubclass(source, BaseModel) else {}
    else:
        schema = source
    return schema if is_recursive(schema) else None


def _make_strict(tool: types.Tool) -> types.Tool:
    """Return a tool whose arguments must follow its schema; optional keys stay optional.

    A tool that is explicitly not strict is returned unchanged.
    """
    if tool["function"].get("strict") is False:
        return tool
    function: types.FunctionObject = {**tool["function"], "strict": True}
    parameters = function.get("parameters")
    # Parameters of another type are left to the check of the request, which names the field.
    if isinstance(parameters, Mapping) and find_root_problem(parameters) is None:
        function["parameters"] = strict_schema(parameters)
    return {**tool, "function": function}
