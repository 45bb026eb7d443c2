import json
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock

from ionos_model_hub import ChatCompletion, Choice, Message, ToolCall
from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.tool_calls import CUT_OFF, NOT_AN_OBJECT
from llama_index_ionos.convert.responses import to_chat_response
from llama_index_ionos.convert.tool_calls import raise_for_invalid_tool_calls, tool_selections


def response(arguments: str | dict[str, Any], raw: Any = None) -> ChatResponse:
    """Return a response that this package has not parsed itself."""
    block = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs=arguments)
    return ChatResponse(message=ChatMessage(role="assistant", blocks=[block]), raw=raw)


def parsed_response(*calls: ToolCall, finish_reason: str = "tool_calls") -> ChatResponse:
    message = Message(tool_calls=list(calls))
    return to_chat_response(ChatCompletion(choices=[Choice(0, message, finish_reason)]))


def partial_arguments(arguments: str) -> dict[str, Any]:
    chunk = {"object": "chat.completion.chunk", "choices": []}
    return tool_selections(response(arguments, chunk))[0].tool_kwargs


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
        ('{"a": "\ud83c', {}),
    ],
)
def test_partial_arguments(text: str, arguments: Any) -> None:
    assert partial_arguments(text) == arguments


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('{"a": 1}', {"a": 1}),
        ('{"a": "one\ntwo"}', {"a": "one\ntwo"}),
        ("", {}),
        (" ", {}),
        ("null", {}),
    ],
)
def test_complete_arguments(text: str, arguments: Any) -> None:
    (selection,) = tool_selections(response(text))
    assert (selection.tool_id, selection.tool_name) == ("c1", "add")
    assert selection.tool_kwargs == arguments
    raise_for_invalid_tool_calls(response(text))


def test_dict_arguments_are_unchanged() -> None:
    assert tool_selections(response({"a": 1}))[0].tool_kwargs == {"a": 1}


@pytest.mark.parametrize("text", ["null", "true", "false", "", "{}"])
def test_valid_call_without_arguments_has_empty_object(text: str) -> None:
    called = parsed_response(ToolCall("c1", "now", text))

    (selection,) = tool_selections(called)
    (block,) = called.message.blocks
    (entry,) = called.message.additional_kwargs["tool_calls"]

    assert (selection.tool_name, selection.tool_kwargs) == ("now", {})
    assert isinstance(block, ToolCallBlock)
    assert block.tool_kwargs == entry["function"]["arguments"] == "{}"
    raise_for_invalid_tool_calls(called)


@pytest.mark.parametrize("text", ['{"a": 1', "[1]", "not JSON", '"text"', "true"])
@pytest.mark.parametrize(
    ("finish_reason", "reason"), [("tool_calls", NOT_AN_OBJECT), ("length", CUT_OFF)]
)
def test_invalid_arguments_of_unchecked_response(
    text: str, finish_reason: str, reason: str
) -> None:
    unchecked = response(text, {"choices": [{"finish_reason": finish_reason}]})

    (selection,) = tool_selections(unchecked)

    assert selection.tool_name == f"add (not called: {reason})"
    assert selection.tool_kwargs == {}
    with pytest.raises(ResponseError, match="The call to 'add' is invalid"):
        raise_for_invalid_tool_calls(unchecked)


def test_only_the_invalid_call_of_a_response_is_replaced() -> None:
    calls = parsed_response(
        ToolCall("c1", "add", '{"a": 1}'),
        ToolCall("c2", "add", '{"a": 1, "b"', CUT_OFF),
        finish_reason="length",
    )

    first, second = tool_selections(calls)

    assert (first.tool_name, first.tool_kwargs) == ("add", {"a": 1})
    assert (second.tool_id, second.tool_kwargs) == ("c2", {})
    assert second.tool_name == f"add (not called: {CUT_OFF})"
    assert calls.additional_kwargs == {
        "invalid_tool_calls": [{"id": "c2", "name": "add", "error": CUT_OFF}]
    }
    with pytest.raises(ResponseError, match="max_tokens"):
        raise_for_invalid_tool_calls(calls)


def test_truncated_call_that_the_server_closed_does_not_run() -> None:
    (selection,) = tool_selections(
        parsed_response(ToolCall("c1", "purge", "{}", CUT_OFF), finish_reason="length")
    )
    assert selection.tool_name != "purge"


def test_invalid_calls_stay_in_the_message_for_replay() -> None:
    raw = '{"a": 1, "b'
    called = parsed_response(ToolCall("c1", "add", raw, NOT_AN_OBJECT))
    (block,) = called.message.blocks
    assert isinstance(block, ToolCallBlock)
    assert block.tool_kwargs == raw
    assert json.dumps(called.additional_kwargs)


def test_response_without_tool_calls() -> None:
    text = ChatResponse(message=ChatMessage("Hallo"))
    assert tool_selections(text) == []
    raise_for_invalid_tool_calls(text)
