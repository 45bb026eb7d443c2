"""Tool calls and results of a conversation, as converted by `to_wire_messages`."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from pydantic import BaseModel

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import requests
from llama_index_ionos.convert.call_history import to_arguments_json
from llama_index_ionos.convert.messages import to_wire_messages


def tool_call_message(*calls: tuple[str | None, str], **extra: Any) -> ChatMessage:
    blocks = [
        ToolCallBlock(tool_call_id=id_, tool_name=name, tool_kwargs={}) for id_, name in calls
    ]
    return ChatMessage(role="assistant", blocks=blocks, additional_kwargs=extra)


def tool_result(text: str, **extra: Any) -> ChatMessage:
    return ChatMessage(role="tool", content=text, additional_kwargs=extra)


def test_tool_calls_in_additional_kwargs_are_not_sent_twice() -> None:
    entries = [{"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}]

    both = to_wire_messages([tool_call_message(("c1", "add"), tool_calls=entries)])
    additional = to_wire_messages([tool_call_message(tool_calls=entries)])
    sdk = SimpleNamespace(model_dump=lambda: entries[0])

    assert both == additional == to_wire_messages([tool_call_message(tool_calls=[sdk])])
    assert len(both[0]["tool_calls"]) == 1


class GeminiCall(BaseModel):
    """A call in the form of Google's SDK."""

    id: str | None = None
    name: str
    args: dict[str, Any]


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "t1", "name": "add", "input": {"a": 1}, "type": "tool_use"},  # Anthropic
        {"toolUseId": "t1", "name": "add", "input": {"a": 1}},  # Bedrock
        {"id": "t1", "function": {"name": "add", "arguments": {"a": 1}}},  # Mistral
        {"id": "t1", "name": "add", "args": {"a": 1}, "thought_signature": b""},  # Gemini
        GeminiCall(id="t1", name="add", args={"a": 1}),
        {"id": "fc_1", "call_id": "t1", "name": "add", "arguments": '{"a":1}'},  # Responses API
        {"id": "t1", "function": GeminiCall(name="add", args={"a": 1})},
    ],
)
def test_tool_calls_of_other_providers(entry: object) -> None:
    (wire,) = to_wire_messages([tool_call_message(tool_calls=[entry])])

    (call,) = wire["tool_calls"]
    assert call["id"] == "t1"
    assert call["function"] == {"name": "add", "arguments": '{"a":1}'}


@pytest.mark.parametrize(
    "entry", [{"id": "t1"}, {"id": "t1", "function": None}, {"name": 5}, "add", None]
)
def test_tool_call_without_name_is_error(entry: object) -> None:
    with pytest.raises(InvalidRequestError, match="without a name"):
        to_wire_messages([tool_call_message(tool_calls=[entry])])


def test_ids_that_are_numbers_are_converted() -> None:
    calls = tool_call_message(tool_calls=[{"id": 5, "name": "add", "args": {}}])
    wire = to_wire_messages([calls, tool_result("3", tool_call_id=5)])
    assert wire[0]["tool_calls"][0]["id"] == wire[1]["tool_call_id"] == "5"


@pytest.mark.parametrize(
    "entry",
    [{"function": {"name": "add", "arguments": {}}}, GeminiCall(name="add", args={})],
)
def test_results_refer_to_calls_without_id_by_name(entry: object) -> None:
    calls = tool_call_message(tool_calls=[{"name": "sub", "input": {}}, entry])

    wire = to_wire_messages(
        [calls, tool_result("3", tool_call_id="add"), tool_result("4", tool_call_id="sub")]
    )

    sub, add = (call["id"] for call in wire[0]["tool_calls"])
    assert [message["tool_call_id"] for message in wire[1:]] == [add, sub]


def test_calls_with_the_same_id_get_different_ids() -> None:
    # Gemini's adapter uses the name of the tool as the id of its calls.
    wire = to_wire_messages(
        [
            tool_call_message(("add", "add"), ("add", "add")),
            tool_result("3", tool_call_id="add"),
            tool_result("4", tool_call_id="add"),
        ]
    )

    ids = [call["id"] for call in wire[0]["tool_calls"]]
    assert [message["tool_call_id"] for message in wire[1:]] == ids
    assert len(set(ids)) == 2


def test_missing_ids_are_generated_and_assigned_in_order() -> None:
    wire = to_wire_messages(
        [tool_call_message((None, "add"), (None, "sub")), tool_result("3"), tool_result("4")]
    )

    ids = [call["id"] for call in wire[0]["tool_calls"]]
    assert [message["tool_call_id"] for message in wire[1:]] == ids
    assert all(len(id_) == 9 and id_.isalnum() for id_ in ids)
    assert len(set(ids)) == 2


def test_tool_result_without_id_is_assigned_to_oldest_pending_call() -> None:
    wire = to_wire_messages(
        [
            tool_call_message(("a", "f"), ("b", "g")),
            tool_result("1", tool_call_id="a"),
            tool_result("2"),
        ]
    )
    assert wire[2]["tool_call_id"] == "b"


def test_tool_result_without_call_is_error() -> None:
    with pytest.raises(InvalidRequestError, match="without a preceding tool call") as caught:
        to_wire_messages([ChatMessage("Hi"), tool_result("3")])
    assert caught.value.param == "messages[1]"


def test_tool_call_in_user_message_is_error() -> None:
    message = ChatMessage(role="user", blocks=[ToolCallBlock(tool_name="add")])
    with pytest.raises(InvalidRequestError, match="only assistant messages"):
        to_wire_messages([message])


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        ({"a": "ü"}, {"a": "ü"}),
        ({"a": "half \ud83c"}, {"a": "half \ufffd"}),
        ('{"a": 1}', {"a": 1}),
        ("", {}),
        ("  ", {}),
        ("null", {}),
        ("true", {}),
        ("false", {}),
        ('{"a": 1', {"invalid_arguments": '{"a": 1'}),
        ("[1]", {"invalid_arguments": "[1]"}),
        ("not JSON", {"invalid_arguments": "not JSON"}),
        ('{"a\ud83c', {"invalid_arguments": '{"a\ufffd'}),
    ],
)
def test_arguments_of_a_history_are_sent_as_json_object(arguments: Any, sent: Any) -> None:
    block = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs=arguments)
    message = ChatMessage(role="assistant", blocks=[block])

    body = requests.chat("m", to_wire_messages([message]), {}).body

    (call,) = body["messages"][0]["tool_calls"]  # type: ignore[index]
    assert json.loads(call["function"]["arguments"]) == sent


def test_arguments_that_cannot_be_encoded_are_an_error() -> None:
    with pytest.raises(InvalidRequestError, match="cannot be encoded as JSON") as caught:
        to_arguments_json({"a": object()}, "messages[0]")
    assert caught.value.param == "messages[0]"
