"""Conversion of LangChain messages to request messages."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    convert_to_messages,
)

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import requests
from langchain_ionos.convert.messages import messages_to_wire

CALL = {"name": "add", "args": {"a": 1, "b": "ü"}, "id": "call_1", "type": "tool_call"}
WIRE_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a": 1, "b": "ü"}'},
}


def convert(message: BaseMessage, **options: Any) -> dict[str, Any]:
    (wire,) = messages_to_wire([message], **options)
    return dict(wire)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (HumanMessage("Hi"), {"role": "user", "content": "Hi"}),
        (HumanMessage("Hi", name="Ada"), {"role": "user", "content": "Hi", "name": "Ada"}),
        (SystemMessage("Be kind"), {"role": "system", "content": "Be kind"}),
        (ChatMessage("Hi", role="developer"), {"role": "system", "content": "Hi"}),
        (ChatMessage("Hi", role="assistant"), {"role": "assistant", "content": "Hi"}),
        (AIMessage("Hi", name="bot"), {"role": "assistant", "content": "Hi", "name": "bot"}),
        (AIMessage(""), {"role": "assistant", "content": ""}),
        (
            ToolMessage("3", tool_call_id="call_1", name="add", status="error", artifact={"x": 1}),
            {"role": "tool", "content": "3", "tool_call_id": "call_1"},
        ),
    ],
)
def test_roles_and_names_are_converted(message: BaseMessage, expected: dict[str, Any]) -> None:
    assert convert(message) == expected


def test_developer_role_of_dicts_becomes_system() -> None:
    (message,) = convert_to_messages([{"role": "developer", "content": "Be kind"}])
    assert convert(message) == {"role": "system", "content": "Be kind"}


@pytest.mark.parametrize(
    "message", [ChatMessage("Hi", role="critic"), FunctionMessage("3", name="add")]
)
def test_unsupported_roles_are_rejected(message: BaseMessage) -> None:
    with pytest.raises(InvalidRequestError, match="role") as caught:
        messages_to_wire([HumanMessage("Hi"), message])
    assert caught.value.param == "messages[1].role"


def test_text_only_content_becomes_one_string() -> None:
    parts: list[str | dict[str, Any]] = ["a", {"type": "text", "text": "b", "id": "lc_1"}]
    assert convert(HumanMessage(parts))["content"] == "a\nb"
    assert convert(AIMessage(parts))["content"] == "ab"
    assert convert(HumanMessage([]))["content"] == ""
    assert convert(HumanMessage([{"type": "text-plain", "text": "b"}]))["content"] == "b"


@pytest.mark.parametrize(
    "content",
    [
        "Let me see.",
        [{"type": "text", "text": "Let me see."}, {**CALL, "type": "tool_call"}],
        [
            {"type": "text", "text": "Let me see.", "index": 0},
            {"type": "tool_use", "id": "call_1", "name": "add", "input": CALL["args"]},
        ],
    ],
)
def test_text_and_tool_calls_are_replayed(content: Any) -> None:
    expected = {"role": "assistant", "content": "Let me see.", "tool_calls": [WIRE_CALL]}
    assert convert(AIMessage(content, tool_calls=[CALL])) == expected


@pytest.mark.parametrize(
    "block",
    [{**CALL}, {"type": "tool_use", "id": "call_1", "name": "add", "input": CALL["args"]}],
)
def test_tool_calls_only_in_the_content_are_sent(block: dict[str, Any]) -> None:
    assert convert(AIMessage([block]))["tool_calls"] == [WIRE_CALL]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "redacted_thinking", "data": "x"},
        {"type": "server_tool_use", "id": "a", "name": "web_search", "input": {"query": "?"}},
        {"type": "web_search_tool_result", "tool_use_id": "a", "content": []},
        {"type": "server_tool_call", "id": "a", "name": "web_search", "args": {}},
        {"type": "server_tool_result", "tool_call_id": "a", "status": "success"},
        {"type": "web_search_call", "id": "a", "status": "completed"},
        {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": "{}"},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "executable_code", "executable_code": "1 + 1"},
        {"type": "non_standard", "value": {"type": "container_upload", "id": "a"}},
    ],
)
def test_records_of_other_providers_are_dropped_from_the_history(block: dict[str, Any]) -> None:
    message = AIMessage([block, {"type": "text", "text": "Yes"}])
    assert convert(message) == {"role": "assistant", "content": "Yes"}


def test_text_and_files_of_other_providers_are_kept_in_the_history() -> None:
    file = {"type": "file", "file_id": "file-1", "mime_type": "text/csv"}
    note = {"type": "text-plain", "text": " and a note", "title": "note"}
    message = AIMessage([{"type": "output_text", "text": "See "}, file, note])
    expected = "See [file that cannot be shown: file-1, text/csv] and a note"
    assert convert(message)["content"] == expected


@pytest.mark.parametrize("arguments", ["{", '{"city": "Ber', "", "null", "[1]", None, "not JSON"])
def test_arguments_of_replayed_calls_are_json_objects(arguments: str | None) -> None:
    invalid: Any = {"type": "invalid_tool_call", "id": "x", "name": "add", "args": arguments}
    message = AIMessage("", tool_calls=[CALL], invalid_tool_calls=[{**invalid, "error": None}])
    valid, replayed = sent_messages([message])[0]["tool_calls"]
    assert valid == WIRE_CALL
    assert (replayed["id"], replayed["function"]["name"]) == ("x", "add")
    assert isinstance(json.loads(replayed["function"]["arguments"]), dict)
    if arguments and arguments != "null":
        assert json.loads(replayed["function"]["arguments"]) == {"invalid_arguments": arguments}


def test_calls_without_an_id_are_sent_with_one() -> None:
    invalid: Any = {"type": "invalid_tool_call", "id": None, "name": None, "args": None}
    message = AIMessage("", invalid_tool_calls=[{**invalid, "error": None}] * 2)
    first, second = sent_messages([HumanMessage("Hi"), message])[1]["tool_calls"]
    assert first["id"]
    assert first["id"] != second["id"]
    assert first["function"]["arguments"] == "{}"


def sent_messages(messages: list[BaseMessage]) -> list[dict[str, Any]]:
    """Return the messages in the body of a request."""
    body = requests.chat("m", messages_to_wire(messages), {}).non_streamed().encode()
    return list(json.loads(body or b"")["messages"])


def test_lone_surrogates_are_located() -> None:
    with pytest.raises(InvalidRequestError, match=r"messages\[1\].content") as caught:
        sent_messages([SystemMessage("Hi"), HumanMessage("half \ud83d")])
    assert caught.value.param == "messages[1].content"


@pytest.mark.parametrize(
    "message",
    [
        AIMessage("Yes", additional_kwargs={"reasoning_content": "Hm."}),
        AIMessage([{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "Yes"}]),
        AIMessage([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes"}]),
    ],
)
def test_reasoning_is_replayed_only_on_request(message: AIMessage) -> None:
    assert convert(message) == {"role": "assistant", "content": "Yes"}
    assert convert(message, reasoning_field="reasoning")["reasoning"] == "Hm."
    assert convert(message, reasoning_field="reasoning_content")["reasoning_content"] == "Hm."


@pytest.mark.parametrize(
    "message",
    [
        AIMessage("", additional_kwargs={"refusal": "No."}),
        AIMessage([{"type": "refusal", "refusal": "No."}]),
        AIMessage([{"type": "non_standard", "value": {"type": "refusal", "refusal": "No."}}]),
    ],
)
def test_refusal_is_replayed_as_text(message: AIMessage) -> None:
    assert convert(message) == {"role": "assistant", "content": "No."}


def test_tool_call_id_that_is_not_a_string_is_rejected() -> None:
    block = {"type": "tool_call", "id": ["a"], "name": "add", "args": {}}
    with pytest.raises(InvalidRequestError) as caught:
        requests.chat("m", messages_to_wire([AIMessage([block])]), {})
    assert caught.value.param == "messages[0].tool_calls[0].id"


def test_arguments_that_cannot_be_encoded_are_rejected() -> None:
    call = {"name": "add", "args": {"a": object()}, "id": "1", "type": "tool_call"}
    with pytest.raises(
        InvalidRequestError, match="cannot be encoded as JSON: Object of type object"
    ) as caught:
        messages_to_wire([HumanMessage("Hi"), AIMessage("", tool_calls=[call])])
    assert caught.value.param == "messages[1].tool_calls[0].args"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab"), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.text("abc", min_size=1), JSON, max_size=3), st.text("xyz"))
def test_arguments_are_preserved_in_the_request(arguments: dict[str, Any], text: str) -> None:
    call = {"name": "add", "args": arguments, "id": "1", "type": "tool_call"}
    messages = messages_to_wire([HumanMessage("Hi"), AIMessage(text, tool_calls=[call])])
    body = json.loads(requests.chat("m", messages, {}).non_streamed().encode() or b"")
    sent = body["messages"][1]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(sent) == arguments
