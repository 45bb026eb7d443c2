"""Conversion of tools and tool choices."""

from __future__ import annotations

import json
import typing
from functools import partial
from typing import Any, NotRequired

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.tools import StructuredTool, tool
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.requests import chat
from langchain_ionos.convert.tools import is_recursive, tool_choice_to_wire, tools_to_wire


class Add(BaseModel):
    """Add two numbers."""

    a: int
    b: int = Field(description="the other")


class AddDict(TypedDict):
    """Add two numbers."""

    a: int
    b: int


class Node(BaseModel):
    """A tree."""

    value: int
    children: list[Node] = []


class NodeDict(typing.TypedDict):
    """A tree."""

    value: int
    children: list[NodeDict]


class OptionalDict(TypedDict):
    a: int
    b: NotRequired[str]


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool
def grow(tree: Node) -> str:
    """Grow a tree."""
    return str(tree)


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (Add, "Add"),
        (AddDict, "AddDict"),
        (add, "add"),
        ({"name": "add", "parameters": SCHEMA}, "add"),
        ({"name": "add", "input_schema": SCHEMA, "cache_control": {"type": "x"}}, "add"),
        ({"type": "function", "function": {"name": "add", "parameters": SCHEMA}}, "add"),
        ({"title": "Add", **SCHEMA}, "Add"),
        ({"type": "custom", "name": "add", "input_schema": SCHEMA}, "add"),
        ({"type": "function", "name": "add", "parameters": SCHEMA}, "add"),
        ({"name": "add", "title": None, "description": None, "inputSchema": SCHEMA}, "add"),
        ({"name": "add", "title": "Add numbers", "inputSchema": SCHEMA, "_meta": {}}, "add"),
    ],
)
def test_tools_in_every_form_are_converted(source: Any, name: str) -> None:
    (wire,) = tools_to_wire([source])
    assert wire["type"] == "function"
    assert wire["function"]["name"] == name
    assert "a" in wire["function"]["parameters"]["properties"]
    assert wire["function"].keys() <= {"name", "description", "parameters"}
    assert tools_to_wire([wire]) == [wire]


def test_null_is_not_sent() -> None:
    function = {"name": "now", "description": None, "parameters": None, "strict": None}
    (wire,) = tools_to_wire([{"type": "function", "function": function}])
    assert wire == {"type": "function", "function": {"name": "now"}}


@pytest.mark.parametrize("strict", [None, False])
def test_strict_is_sent_only_on_request(strict: bool | None) -> None:
    assert "strict" not in tools_to_wire([add], strict=strict)[0]["function"]
    assert tools_to_wire([add], strict=True)[0]["function"]["strict"] is True


def test_tool_that_is_explicitly_not_strict_is_unchanged() -> None:
    function = {"name": "add", "parameters": SCHEMA, "strict": False}
    tool = {"type": "function", "function": function}
    assert tools_to_wire([tool], strict=True) == [tool]


NODE_SCHEMA = Node.model_json_schema()
MCP_TOOL = StructuredTool(
    name="grow", description="Grow.", args_schema=NODE_SCHEMA, func=lambda **_: None
)


@pytest.mark.parametrize("source", [Node, NodeDict, grow, MCP_TOOL])
def test_recursive_schema_keeps_its_definitions(source: Any) -> None:
    parameters = tools_to_wire([source])[0]["function"]["parameters"]
    if source is NodeDict:
        parameters = json.loads(json.dumps(parameters).replace("NodeDict", "Node"))
    children = parameters["$defs"]["Node"]["properties"]["children"]
    assert children["items"] == {"$ref": "#/$defs/Node"}
    assert is_recursive(parameters)
    assert parameters["type"] == "object"


def test_recursion_is_detected() -> None:
    assert is_recursive({"properties": {"next": {"$ref": "#"}}})
    assert is_recursive({"definitions": {"A": {"items": {"$ref": "#/definitions/A"}}}})
    assert not is_recursive(Add.model_json_schema())
    assert not is_recursive({"$ref": "#/$defs/A", "$defs": {"A": {"type": "string"}}})


def test_optional_keys_of_a_typed_dict_stay_optional() -> None:
    for strict in (None, True):
        (wire,) = tools_to_wire([OptionalDict], strict=strict)
        parameters = wire["function"]["parameters"]
        assert parameters["required"] == ["a"]
        assert parameters["properties"] == {"a": {"type": "integer"}, "b": {"type": "string"}}


def test_strict_tools_are_closed_and_converted_once() -> None:
    (wire,) = tools_to_wire([add], strict=True)
    assert wire["function"]["parameters"]["additionalProperties"] is False
    assert wire["function"]["parameters"]["required"] == ["a", "b"]
    (again,) = tools_to_wire([wire], strict=True)
    assert again["function"]["parameters"] is wire["function"]["parameters"]
    assert tools_to_wire([wire])[0] is wire


def test_strict_tools_with_open_or_missing_parameters_are_unchanged() -> None:
    anything = {"name": "any", "parameters": {"type": "object", "additionalProperties": True}}
    for source in (anything, {"name": "none", "description": "No parameters."}):
        (plain,) = tools_to_wire([source])
        (wire,) = tools_to_wire([source], strict=True)
        assert wire["function"] == {**plain["function"], "strict": True}


@pytest.mark.parametrize("strict", [None, True])
@pytest.mark.parametrize("parameters", ["abc", ["a"], 5])
def test_parameters_of_the_wrong_type_are_left_to_the_request(
    parameters: Any, strict: bool | None
) -> None:
    (wire,) = tools_to_wire([{"name": "add", "parameters": parameters}], strict=strict)
    assert wire["function"]["parameters"] == parameters
    with pytest.raises(InvalidRequestError, match="must be a mapping") as caught:
        chat("m", [], {"tools": [wire]})
    assert caught.value.param == "tools[0].function.parameters"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ({"type": "web_search_preview"}, "web_search_preview"),
        ({"type": "web_search_20250305", "name": "web_search"}, "web_search_20250305"),
        ({"type": "bash_20250124", "name": "bash"}, "bash_20250124"),
        ({"type": "code_interpreter", "container": {"type": "auto"}}, "code_interpreter"),
        ({"type": "mcp", "server_label": "x", "server_url": "https://e.org"}, "mcp"),
        ({"type": "custom", "name": "grammar"}, "custom"),
        ({"google_search": {}}, "google_search"),
        ({"function_declarations": []}, "function_declarations"),
    ],
)
def test_tools_of_other_providers_are_rejected_by_name(source: Any, name: str) -> None:
    with pytest.raises(InvalidRequestError, match=name) as caught:
        tools_to_wire([add, source])
    assert caught.value.param == "tools[1]"
    assert "another provider" in str(caught.value)
    assert isinstance(caught.value, ModelInvalidRequestError)


ADD = {"type": "function", "function": {"name": "add"}}


@pytest.mark.parametrize(
    "source",
    [
        5,
        partial(print, end=""),
        {"function": 5},
        {"type": "function", "function": 5},
        {"type": "function", "function": {"description": "Adds numbers."}},
    ],
)
def test_sources_that_are_not_tools_are_located_in_the_error(source: Any) -> None:
    message = rf"tools\[1\] \({type(source).__name__}\) cannot be converted .*\.$"
    with pytest.raises(InvalidRequestError, match=message) as caught:
        tools_to_wire([add, source])
    assert caught.value.param == "tools[1]"
    assert str(caught.value.hint).startswith("Pass a function")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        (False, None),
        (True, "required"),
        ("any", "required"),
        ("required", "required"),
        ("auto", "auto"),
        ("none", "none"),
        ("add", ADD),
        (ADD, ADD),
    ],
)
def test_tool_choices_in_every_form_are_converted(choice: Any, expected: Any) -> None:
    assert tool_choice_to_wire(choice, ["add"]) == expected


def test_a_tool_may_be_called_any() -> None:
    assert tool_choice_to_wire("any", ["any"]) == {"type": "function", "function": {"name": "any"}}


def test_tool_choice_of_another_type_is_rejected() -> None:
    for choice in (add, ["add"], 5):
        with pytest.raises(InvalidRequestError, match="neither a tool's name"):
            tool_choice_to_wire(choice, ["add"])  # type: ignore[arg-type]  # rejected


def test_unknown_tool_choice_is_rejected() -> None:
    with pytest.raises(InvalidRequestError, match="subtract") as caught:
        tool_choice_to_wire("subtract", ["add"])
    assert "add" in str(caught.value)
    assert caught.value.param == "tool_choice"
