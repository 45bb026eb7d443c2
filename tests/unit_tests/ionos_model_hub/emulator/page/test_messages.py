"""Messages, prompts and inputs of requests."""

import pytest

from ionos_model_hub.emulator.page.messages import parse_message, request_messages

PNG = "data:image/png;base64,iVBORw0KGgo="


def test_message_with_text_and_image() -> None:
    parts = [{"type": "text", "text": "Which flag?"}, {"type": "image_url", "image_url": PNG}]
    message = parse_message({"role": "user", "content": parts})
    assert (message.role, message.text, message.images) == ("user", "Which flag?", (PNG,))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/flag.png",
        "data:image/svg+xml;base64,PHN2Zz4=",
        "data:text/html,<script>alert(1)</script>",
        "javascript:alert(1)",
    ],
)
def test_other_image_urls_are_shown_as_text(url: str) -> None:
    part = {"type": "image_url", "image_url": {"url": url}}
    message = parse_message({"role": "user", "content": [part]})
    assert message.images == ()
    assert url in message.text


def test_tool_call_and_its_result() -> None:
    function = {"name": "get_weather", "arguments": '{"city":"Berlin"}'}
    call = {"id": "call-1", "type": "function", "function": function}
    message = parse_message({"role": "assistant", "content": "", "tool_calls": [call]})
    assert message.calls[0].arguments == '{\n  "city": "Berlin"\n}'
    assert message.preview == 'get_weather({ "city": "Berlin" })'

    result = parse_message({"role": "tool", "content": "18 degrees", "tool_call_id": "call-1"})
    assert (result.text, result.call_id) == ("18 degrees", "call-1")


def test_incomplete_arguments_are_shown_unchanged() -> None:
    function = {"name": "f", "arguments": '{"city": "Ber'}
    message = parse_message({"role": "assistant", "tool_calls": [{"function": function}]})
    assert message.calls[0].arguments == '{"city": "Ber'


def test_reasoning_and_refusal() -> None:
    message = parse_message(
        {"role": "assistant", "content": None, "reasoning_content": "Hm.", "refusal": "No."}
    )
    assert (message.reasoning, message.text) == ("Hm.", "No.")


def test_inputs_and_documents_are_numbered() -> None:
    body = {"query": "flags", "documents": ["red", {"text": "green"}]}
    shown = [(message.role, message.text) for message in request_messages(body)]
    assert shown == [("query", "flags"), ("document 1", "red"), ("document 2", "green")]


def test_token_ids_are_one_text() -> None:
    assert [message.role for message in request_messages({"prompt": [1, 2, 3]})] == ["prompt"]


@pytest.mark.parametrize("body", [None, [], "text", {}, {"messages": "x"}])
def test_bodies_without_messages_have_none(body: object) -> None:
    assert request_messages(body) == []


def test_messages_that_are_not_objects_are_shown_as_invalid() -> None:
    messages = request_messages({"messages": [None, 3]})
    assert [(message.role, message.text) for message in messages] == [
        ("invalid", "null"),
        ("invalid", "3"),
    ]


def test_image_to_edit_is_shown() -> None:
    messages = request_messages({"prompt": "Add a boat", "image": PNG, "mask": "https://a.test/"})
    assert [(message.role, message.text, message.images) for message in messages] == [
        ("prompt", "Add a boat", ()),
        ("image", "", (PNG,)),
        ("mask", "https://a.test/", ()),
    ]
