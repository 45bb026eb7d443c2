"""LangChain messages on their way to the hub."""

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
from langchain_ionos.convert.messages import to_wire

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB"
PNG_URL = f"data:image/png;base64,{PNG}"
CALL = {"name": "add", "args": {"a": 1, "b": "ü"}, "id": "call_1", "type": "tool_call"}
WIRE_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a": 1, "b": "ü"}'},
}


def one(message: BaseMessage, **options: Any) -> dict[str, Any]:
    (wire,) = to_wire([message], **options)
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
def test_roles_and_names(message: BaseMessage, expected: dict[str, Any]) -> None:
    assert one(message) == expected


def test_the_developer_role_of_dicts_becomes_system() -> None:
    (message,) = convert_to_messages([{"role": "developer", "content": "Be kind"}])
    assert one(message) == {"role": "system", "content": "Be kind"}


@pytest.mark.parametrize(
    "message", [ChatMessage("Hi", role="critic"), FunctionMessage("3", name="add")]
)
def test_a_role_the_hub_lacks_is_refused(message: BaseMessage) -> None:
    with pytest.raises(InvalidRequestError, match="role") as caught:
        to_wire([HumanMessage("Hi"), message])
    assert caught.value.param == "messages[1].role"


IMAGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "image", "url": "https://e.org/a.png"}, {"url": "https://e.org/a.png"}),
    ({"type": "image", "base64": PNG, "mime_type": "image/png"}, {"url": PNG_URL}),
    ({"type": "image", "base64": PNG}, {"url": PNG_URL}),
    (
        {"type": "image", "source_type": "base64", "data": PNG, "mime_type": "image/png"},
        {"url": PNG_URL},
    ),
    ({"type": "image", "source_type": "url", "url": PNG_URL}, {"url": PNG_URL}),
    (
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        {"url": PNG_URL},
    ),
    (
        {"type": "image", "source": {"type": "url", "url": "https://e.org/a.png"}},
        {"url": "https://e.org/a.png"},
    ),
    ({"type": "image_url", "image_url": PNG_URL}, {"url": PNG_URL}),
    (
        {"type": "image_url", "image_url": {"url": PNG_URL, "detail": "low"}},
        {"url": PNG_URL, "detail": "low"},
    ),
    (
        {"type": "image", "url": PNG_URL, "extras": {"detail": "high"}, "id": "lc_1", "index": 3},
        {"url": PNG_URL, "detail": "high"},
    ),
    (
        {"type": "non_standard", "value": {"type": "image_url", "image_url": {"url": PNG_URL}}},
        {"url": PNG_URL},
    ),
]


@pytest.mark.parametrize("kind", ["human", "system", "tool"])
@pytest.mark.parametrize(("block", "image"), IMAGES)
def test_images_in_every_form(kind: str, block: dict[str, Any], image: dict[str, Any]) -> None:
    content = [{"type": "text", "text": "Look:", "cache_control": {"type": "ephemeral"}}, block]
    message: BaseMessage = {
        "human": HumanMessage(content),
        "system": SystemMessage(content),
        "tool": ToolMessage(content, tool_call_id="1"),
    }[kind]
    assert one(message)["content"] == [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": image},
    ]


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        ({"type": "file", "base64": "JVBE", "mime_type": "application/pdf"}, "'file' cannot"),
        ({"type": "audio", "base64": "UklG", "mime_type": "audio/wav"}, "'audio' cannot"),
        ({"type": "video", "url": "https://e.org/a.mp4"}, "'video' cannot"),
        ({"type": "input_audio", "input_audio": {}}, "'input_audio' cannot"),
        ({"type": "image", "file_id": "file-1"}, "uploaded file"),
        ({"type": "image"}, "holds no image"),
        ({"type": "image", "base64": "AAAA"}, "mime_type"),
        ({"type": "image_url", "image_url": {}}, "has no URL"),
        ({"type": "text"}, "'text' cannot"),
    ],
)
def test_what_cannot_be_sent_is_named(block: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as caught:
        to_wire([HumanMessage(["Look:", block])])
    assert isinstance(caught.value, InvalidRequestError)
    assert caught.value.param == "messages[0].content[1]"
    assert "AAAA" not in str(caught.value)


def test_text_alone_becomes_one_string() -> None:
    parts: list[str | dict[str, Any]] = ["a", {"type": "text", "text": "b", "id": "lc_1"}]
    assert one(HumanMessage(parts))["content"] == "a\nb"
    assert one(AIMessage(parts))["content"] == "ab"
    assert one(HumanMessage([]))["content"] == ""
    assert one(HumanMessage([{"type": "text-plain", "text": "b"}]))["content"] == "b"


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
    assert one(AIMessage(content, tool_calls=[CALL])) == expected


@pytest.mark.parametrize(
    "block",
    [{**CALL}, {"type": "tool_use", "id": "call_1", "name": "add", "input": CALL["args"]}],
)
def test_calls_that_stand_in_the_content_alone_are_not_lost(block: dict[str, Any]) -> None:
    assert one(AIMessage([block]))["tool_calls"] == [WIRE_CALL]


def test_what_only_another_provider_can_read_is_left_out() -> None:
    redacted = {"type": "redacted_thinking", "data": "x"}
    assert one(AIMessage([redacted, {"type": "text", "text": "Yes"}]))["content"] == "Yes"


def test_invalid_calls_are_replayed_as_they_were() -> None:
    invalid = {"type": "invalid_tool_call", "id": "x", "name": "add", "args": "{", "error": None}
    wire = one(AIMessage("", tool_calls=[CALL], invalid_tool_calls=[invalid]))
    function = {"name": "add", "arguments": "{"}
    assert wire["tool_calls"] == [WIRE_CALL, {"id": "x", "type": "function", "function": function}]
    assert wire["content"] == ""


@pytest.mark.parametrize(
    "message",
    [
        AIMessage("Yes", additional_kwargs={"reasoning_content": "Hm."}),
        AIMessage([{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "Yes"}]),
        AIMessage([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes"}]),
    ],
)
def test_reasoning_is_replayed_only_where_asked_for(message: AIMessage) -> None:
    assert one(message) == {"role": "assistant", "content": "Yes"}
    assert one(message, replay="reasoning")["reasoning"] == "Hm."
    assert one(message, replay="reasoning_content")["reasoning_content"] == "Hm."


@pytest.mark.parametrize(
    "message",
    [
        AIMessage("", additional_kwargs={"refusal": "No."}),
        AIMessage([{"type": "refusal", "refusal": "No."}]),
        AIMessage([{"type": "non_standard", "value": {"type": "refusal", "refusal": "No."}}]),
    ],
)
def test_a_refusal_is_replayed_as_text(message: AIMessage) -> None:
    assert one(message) == {"role": "assistant", "content": "No."}


def test_a_call_block_whose_id_is_no_text_is_refused() -> None:
    block = {"type": "tool_call", "id": ["a"], "name": "add", "args": {}}
    with pytest.raises(InvalidRequestError) as caught:
        requests.chat("m", to_wire([AIMessage([block])]), {})
    assert caught.value.param == "messages[0].tool_calls[0].id"


def test_arguments_that_are_no_json_are_refused() -> None:
    call = {"name": "add", "args": {"a": object()}, "id": "1", "type": "tool_call"}
    with pytest.raises(InvalidRequestError, match="no JSON: Object of type object") as caught:
        to_wire([HumanMessage("Hi"), AIMessage("", tool_calls=[call])])
    assert caught.value.param == "messages[1].tool_calls[0].args"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab"), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.text("abc", min_size=1), JSON, max_size=3), st.text("xyz"))
def test_arguments_survive_the_way_to_the_hub(arguments: dict[str, Any], said: str) -> None:
    call = {"name": "add", "args": arguments, "id": "1", "type": "tool_call"}
    messages = to_wire([HumanMessage("Hi"), AIMessage(said, tool_calls=[call])])
    body = json.loads(requests.chat("m", messages, {}).unstreamed().encoded() or b"")
    sent = body["messages"][1]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(sent) == arguments
