"""Conversion of tools and tool choices."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.tools import tool
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from ionos_model_hub.errors import InvalidRequestError
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
    ],
)
def test_tools_in_every_form_are_converted(source: Any, name: str) -> None:
    (wire,) = tools_to_wire([source])
    assert wire["type"] == "function"
    assert wire["function"]["name"] == name
    assert "a" in wire["function"]["parameters"]["properties"]
    assert wire["function"].keys() <= {"name", "description", "parameters"}
    assert tools_to_wire([wire]) == [wire]


@pytest.mark.parametrize("strict", [None, False])
def test_strict_is_sent_only_on_request(strict: bool | None) -> None:
    assert "strict" not in tools_to_wire([add], strict=strict)[0]["function"]
    assert tools_to_wire([add], strict=True)[0]["function"]["strict"] is True


@pytest.mark.parametrize("source", [Node, grow])
def test_recursive_schema_keeps_its_definitions(source: Any) -> None:
    parameters = tools_to_wire([source])[0]["function"]["parameters"]
    children = parameters["$defs"]["Node"]["properties"]["children"]
    assert children["items"] == {"$ref": "#/$defs/Node"}
    assert is_recursive(parameters)
    assert not is_recursive(Add.model_json_schema())


ADD = {"type": "function", "function": {"name": "add"}}


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


def test_unknown_tool_choice_is_rejected() -> None:
    with pytest.raises(InvalidRequestError, match="subtract") as caught:
        tool_choice_to_wire("subtract", ["add"])
    assert "add" in str(caught.value)
    assert caught.value.param == "tool_choice"
