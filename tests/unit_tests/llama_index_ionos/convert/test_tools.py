from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.tools import FunctionTool, ToolMetadata
from pydantic import BaseModel

from ionos_model_hub.errors import ResponseError
from llama_index_ionos.convert.tools import (
    tool_selections,
    wire_choice,
    wire_tool,
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


def test_a_tool_is_described_in_full() -> None:
    function = wire_tool(TOOL)["function"]
    assert function["name"] == "add"
    assert "Add numbers." in function["description"]
    assert function["parameters"]["required"] == ["a"]
    assert "strict" not in function


def test_strict_tools_have_closed_schemas() -> None:
    function = wire_tool(TOOL, strict=True)["function"]
    assert function["strict"] is True
    assert function["parameters"]["additionalProperties"] is False


def test_names_and_descriptions_are_left_to_the_core() -> None:
    class Generic(BaseModel):
        value: int

    metadata = ToolMetadata(name="G[int]", description="d" * 5000, fn_schema=Generic)
    function = wire_tool(FunctionTool(lambda value: value, metadata))["function"]
    assert (function["name"], function["description"]) == ("G[int]", "d" * 5000)


def test_a_tool_without_a_schema_takes_an_input() -> None:
    tool = FunctionTool(print, ToolMetadata(name="say", description="Say.", fn_schema=None))
    assert wire_tool(tool)["function"]["parameters"]["required"] == ["input"]


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
    assert wire_choice(choice, required=required) == wire


def test_the_history_is_not_touched() -> None:
    history = [ChatMessage("one")]
    message = ChatMessage("two")
    assert with_user_message(history, "two") == [*history, message]
    assert with_user_message(history, message)[1] is message
    assert with_user_message(None, None) == []
    assert len(history) == 1


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", {}),
        ("{", {}),
        ('{"a": 1, "ci', {"a": 1}),
        ('{"city": "Ber', {"city": "Ber"}),
        ('{"a": [1, {"b": "x', {"a": [1, {"b": "x"}]}),
        ("[1", {}),
        ("rubbish", {}),
    ],
)
def test_arguments_in_a_stream_are_read_as_far_as_they_came(text: str, read: Any) -> None:
    assert partial(text) == read


@pytest.mark.parametrize(
    ("text", "read"), [('{"a": 1}', {"a": 1}), ("", {}), (" ", {}), ("null", {})]
)
def test_whole_arguments(text: str, read: Any) -> None:
    (selection,) = tool_selections(response(text))
    assert (selection.tool_id, selection.tool_name) == ("c1", "add")
    assert selection.tool_kwargs == read


def test_arguments_that_are_a_dict_already_stay_so() -> None:
    assert tool_selections(response({"a": 1}))[0].tool_kwargs == {"a": 1}


@pytest.mark.parametrize("text", ['{"a": 1', "[1]", "rubbish", '"text"'])
def test_broken_arguments_of_a_whole_answer_are_an_error(text: str) -> None:
    with pytest.raises(ResponseError, match="'add' are no JSON object"):
        tool_selections(response(text, {"choices": [{"finish_reason": "tool_calls"}]}))


def test_cut_off_arguments_name_the_limit() -> None:
    cut = response('{"a": "' + "x" * 200, {"choices": [{"finish_reason": "length"}]})
    with pytest.raises(ResponseError, match="max_tokens") as caught:
        tool_selections(cut)
    assert len(str(caught.value)) < 300


def test_an_answer_without_calls() -> None:
    assert tool_selections(ChatResponse(message=ChatMessage("Hallo"))) == []
