from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.tools import FunctionTool, ToolMetadata
from pydantic import BaseModel

from ionos_model_hub.errors import ResponseError
from llama_index_ionos.convert.tools import (
    to_wire_tool,
    to_wire_tool_choice,
    tool_selections,
    with_user_message,
)


def add(a: int, b: int = 0) -> int:
    """Add numbers."""
    return a + b


TOOL = FunctionTool.from_defaults(add)


def response(arguments: str | dict[str, Any], raw: Any = None) -> ChatResponse:
    block = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs=arguments)
    return ChatResponse(message=ChatMessage(role="assistant", blocks=[block]), raw=raw)


def partial(arguments: str) -> dict[str, Any]:
    chunk = {"object": "chat.completion.chunk", "choices": []}
    return tool_selections(response(arguments, chunk))[0].tool_kwargs


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


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("", {}),
        ("{", {}),
        ('{"a": 1, "ci', {"a": 1}),
        ('{"city": "Ber', {"city": "Ber"}),
        ('{"a": [1, {"b": "x', {"a": [1, {"b": "x"}]}),
        ("[1", {}),
        ("not JSON", {}),
    ],
)
def test_partial_arguments(text: str, arguments: Any) -> None:
    assert partial(text) == arguments


@pytest.mark.parametrize(
    ("text", "arguments"), [('{"a": 1}', {"a": 1}), ("", {}), (" ", {}), ("null", {})]
)
def test_complete_arguments(text: str, arguments: Any) -> None:
    (selection,) = tool_selections(response(text))
    assert (selection.tool_id, selection.tool_name) == ("c1", "add")
    assert selection.tool_kwargs == arguments


def test_dict_arguments_are_unchanged() -> None:
    assert tool_selections(response({"a": 1}))[0].tool_kwargs == {"a": 1}


@pytest.mark.parametrize("text", ['{"a": 1', "[1]", "not JSON", '"text"'])
def test_invalid_arguments_in_complete_response_are_an_error(text: str) -> None:
    with pytest.raises(ResponseError, match="'add' are not a JSON object"):
        tool_selections(response(text, {"choices": [{"finish_reason": "tool_calls"}]}))


def test_truncated_arguments_error_mentions_max_tokens() -> None:
    truncated = response('{"a": "' + "x" * 200, {"choices": [{"finish_reason": "length"}]})
    with pytest.raises(ResponseError, match="max_tokens") as caught:
        tool_selections(truncated)
    assert len(str(caught.value)) < 300


def test_response_without_tool_calls() -> None:
    assert tool_selections(ChatResponse(message=ChatMessage("Hallo"))) == []
