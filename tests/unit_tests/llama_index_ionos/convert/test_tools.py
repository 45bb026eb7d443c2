from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.tools import FunctionTool, ToolMetadata
from pydantic import BaseModel

from ionos_model_hub.errors import InvalidRequestError
from llama_index_ionos.convert.tools import (
    to_wire_tool,
    to_wire_tool_choice,
    to_wire_tools,
    with_user_message,
)


def add(a: int, b: int = 0) -> int:
    """Add numbers."""
    return a + b


TOOL = FunctionTool.from_defaults(add)


def test_tool_has_name_description_and_parameters() -> None:
    function = to_wire_tool(TOOL)["function"]
    assert function["name"] == "add"
    assert "Add numbers." in function["description"]
    assert function["parameters"]["required"] == ["a"]
    assert "strict" not in function


def test_strict_tools_have_closed_schemas() -> None:
    function = to_wire_tool(TOOL, strict=True)["function"]
    assert function["strict"] is True
    assert function["parameters"]["additionalProperties"] is False


def test_names_and_descriptions_are_passed_unchanged() -> None:
    class Generic(BaseModel):
        value: int

    metadata = ToolMetadata(name="G[int]", description="d" * 5000, fn_schema=Generic)
    function = to_wire_tool(FunctionTool(lambda value: value, metadata))["function"]
    assert (function["name"], function["description"]) == ("G[int]", "d" * 5000)


class Node(BaseModel):
    value: int
    children: list["Node"] = []


@pytest.mark.parametrize("strict", [None, True])
def test_tool_with_a_recursive_class_has_its_parameters(strict: bool | None) -> None:
    tool = FunctionTool(print, ToolMetadata(name="grow", description="Grow.", fn_schema=Node))
    parameters: Any = to_wire_tool(tool, strict)["function"]["parameters"]
    assert (parameters["type"], parameters["required"]) == ("object", ["value"])
    assert parameters["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert parameters["$defs"]["Node"]["properties"].keys() == {"value", "children"}


def test_tool_without_schema_has_input_parameter() -> None:
    tool = FunctionTool(print, ToolMetadata(name="say", description="Say.", fn_schema=None))
    assert to_wire_tool(tool)["function"]["parameters"]["required"] == ["input"]


@pytest.mark.parametrize(
    ("choice", "required", "wire"),
    [
        (None, False, None),
        (None, True, "required"),
        ("auto", True, "auto"),
        ("none", False, "none"),
        ("required", False, "required"),
        ("any", False, "required"),
        ("add", False, {"type": "function", "function": {"name": "add"}}),
        ({"type": "function"}, False, {"type": "function"}),
    ],
)
def test_tool_choices(choice: Any, required: bool, wire: Any) -> None:
    assert to_wire_tool_choice(choice, required=required) == wire


def test_history_is_not_modified() -> None:
    history = [ChatMessage("one")]
    message = ChatMessage("two")
    assert with_user_message(history, "two") == [*history, message]
    assert with_user_message(history, message)[1] is message
    assert with_user_message(None, None) == []
    assert len(history) == 1


@pytest.mark.parametrize("description", [None, ""])
def test_missing_description_is_omitted(description: Any) -> None:
    tool = FunctionTool(print, ToolMetadata(name="now", description=description))
    assert "description" not in to_wire_tool(tool)["function"]


@pytest.mark.parametrize(
    ("strict", "by_default", "is_strict"),
    [
        (None, False, False),
        (None, True, True),
        (True, False, True),
        (True, True, True),
        (False, False, False),
        (False, True, False),
    ],
)
def test_strict_takes_precedence_over_the_default(
    strict: bool | None, by_default: bool, is_strict: bool
) -> None:
    (tool,) = to_wire_tools([TOOL], strict=strict, strict_by_default=by_default)
    assert tool["function"].get("strict", False) is is_strict


def test_schema_that_cannot_be_strict() -> None:
    class Anything(BaseModel, extra="allow"):
        name: str

    tool = FunctionTool(print, ToolMetadata(name="say", description="Say.", fn_schema=Anything))
    open_schema = Anything.model_json_schema()
    tool.metadata.get_parameters_dict = lambda: open_schema  # type: ignore[method-assign]

    (wire,) = to_wire_tools([tool], strict=None, strict_by_default=True)
    assert "strict" not in wire["function"]
    assert wire["function"]["parameters"] == open_schema
    with pytest.raises(InvalidRequestError, match="additionalProperties"):
        to_wire_tools([tool], strict=True, strict_by_default=False)


def test_dicts_are_passed_unchanged() -> None:
    tool = {"type": "function", "function": {"name": "now"}}
    assert to_wire_tools([tool], strict=None, strict_by_default=True) == [tool]
