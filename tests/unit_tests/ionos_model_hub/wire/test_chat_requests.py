"""Messages, tools and response formats of a chat request."""

import json
from typing import Any

import pytest
from request_bodies import USER, chat, choice_of, rejected, sent, tool

from ionos_model_hub.wire import requests
from ionos_model_hub.wire.tool_calls import CUT_OFF


def test_content_is_always_sent() -> None:
    calls = [{"id": "a", "type": "function", "function": {"name": "add", "arguments": "{}"}}]
    history = [
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "content": "3", "tool_call_id": "a"},
    ]
    body = sent(requests.chat("m", history, {}))
    assert body["messages"] == [
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "content": "3", "tool_call_id": "a"},
    ]


def test_content_parts_are_sent_unchanged() -> None:
    parts = [
        {"type": "text", "text": "Was ist das?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk=", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]
    messages = [{"role": "user", "content": parts}]
    assert sent(requests.chat("m", messages, {}))["messages"] == messages


def test_fields_beyond_the_contract_are_sent() -> None:
    messages = [{"role": "assistant", "content": "x", "name": "a", "reasoning": "Hm."}]
    assert sent(requests.chat("m", messages, {}))["messages"] == messages


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ([], "messages"),
        ("Hallo", "messages"),
        ([{"role": "developer", "content": "x"}], "messages[0].role"),
        ([{"role": "user"}], "messages[0].content"),
        ([{"role": "user", "content": [{"type": "video"}]}], "messages[0].content[0]"),
    ],
)
def test_invalid_messages_are_rejected(messages: Any, param: str) -> None:
    rejected(param, requests.chat, "m", messages, {})


@pytest.mark.parametrize("model", ["", None, 5])
def test_invalid_models_are_rejected(model: Any) -> None:
    rejected("model", requests.chat, model, [USER], {})
    rejected("model", requests.embeddings, model, ["a"], {})


def test_content_of_none_is_sent_as_an_empty_text() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    body = sent(requests.chat("m", [USER, message], {}))
    assert [each["content"] for each in body["messages"]] == [USER["content"], ""]
    assert message["content"] is None


def test_at_most_128_tools() -> None:
    tools = [tool(f"t{n}") for n in range(129)]
    assert len(chat(tools=tools[:128])["tools"]) == 128
    assert "128" in rejected("tools", requests.chat, "m", [USER], {"tools": tools}).message


def test_at_most_four_stop_sequences() -> None:
    assert chat(stop="END")["stop"] == ["END"]
    assert chat(stop=list("abcd"))["stop"] == list("abcd")
    assert "4" in rejected("stop", requests.chat, "m", [USER], {"stop": list("abcde")}).message


@pytest.mark.parametrize(
    ("option", "param"),
    [
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"n": 0}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"temprature": 1}, "temprature"),
    ],
)
def test_invalid_options_are_rejected(option: dict[str, Any], param: str) -> None:
    rejected(param, requests.chat, "m", [USER], option)


def test_misspelt_option_gets_a_suggestion() -> None:
    error = rejected("temprature", requests.chat, "m", [USER], {"temprature": 1})
    assert error.hint == "Did you mean 'temperature'? Pass other fields in extra_body."


def test_tools_are_sent_unchanged() -> None:
    tools = [
        tool("add", description="Adds.", parameters={"type": "object"}, strict=True),
        tool("now"),
    ]
    body = chat(tools=tools, tool_choice="required", parallel_tool_calls=False)
    assert body["tools"] == tools
    assert (body["tool_choice"], body["parallel_tool_calls"]) == ("required", False)


@pytest.mark.parametrize("choice", ["none", "auto", None])
@pytest.mark.parametrize("tools", [[], None])
def test_tool_choice_without_effect_is_not_sent(choice: Any, tools: Any) -> None:
    body = chat(tools=tools, tool_choice=choice, parallel_tool_calls=True)
    assert body == {"model": "m", "messages": [USER]}


@pytest.mark.parametrize("choice", ["required", choice_of("add")])
def test_tool_choice_that_requires_a_tool_is_rejected_without_tools(choice: Any) -> None:
    rejected("tool_choice", requests.chat, "m", [USER], {"tool_choice": choice, "tools": []})
    error = rejected("tool_choice", requests.chat, "m", [USER], {"tool_choice": choice})
    assert error.message == "tool_choice requires a tool call, but there are no tools."
    assert error.hint == "Pass tools as well, or remove tool_choice."


def test_named_tool_choice_must_be_a_tool() -> None:
    options = {"tools": [tool("add")], "tool_choice": choice_of("sub")}
    error = rejected("tool_choice", requests.chat, "m", [USER], options)
    assert error.message == "tool_choice names 'sub', which is not among the tools."
    assert error.hint == "Name one of the tools."
    assert chat(tools=[tool("add")], tool_choice=choice_of("add"))["tool_choice"] == choice_of(
        "add"
    )


def test_duplicate_tool_names_are_rejected() -> None:
    rejected("tools", requests.chat, "m", [USER], {"tools": [tool("a"), tool("a")]})


def test_illegal_tool_names_are_replaced_everywhere() -> None:
    history = [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {"id": "1", "type": "function", "function": choice["function"] | {"arguments": ""}}
                for choice in (choice_of("wetter.heute"), choice_of("gone away"))
            ],
        }
    ]
    call = requests.chat(
        "m",
        history,
        {
            "tools": [tool("wetter.heute"), tool("add")],
            "tool_choice": choice_of("wetter.heute"),
        },
    )
    body = sent(call)
    assert [each["function"]["name"] for each in body["tools"]] == ["wetter_heute", "add"]
    assert body["tool_choice"] == choice_of("wetter_heute")
    names = [each["function"]["name"] for each in body["messages"][0]["tool_calls"]]
    assert names == ["wetter_heute", "gone_away"]


def test_replaced_tool_names_are_restored_in_responses() -> None:
    call = requests.chat("m", [USER], {"tools": [tool("wetter.heute")]})
    function = {"name": "wetter_heute", "arguments": "{}"}
    message = {"tool_calls": [{"id": "a", "function": function}]}
    response = call.non_streamed().read({"choices": [{"message": message}]})
    assert response.message.tool_calls[0].name == "wetter.heute"
    (delta,) = call.assembler().feed(json.dumps({"choices": [{"delta": message}]}))
    assert delta.tool_calls[0].name == "wetter.heute"


def test_replaced_tool_names_are_restored_if_tools_must_not_be_called() -> None:
    options = {"tools": [tool("wetter.heute")], "tool_choice": "none"}
    message = {"tool_calls": [{"function": {"name": "wetter_heute", "arguments": "{}"}}]}
    read = requests.chat("m", [USER], options).non_streamed().read
    assert read({"choices": [{"message": message}]}).message.tool_calls[0].name == "wetter.heute"


LEAKING = "mistralai/Mistral-Small-24B-Instruct"
LEAK = {"choices": [{"message": {"content": '[TOOL_CALLS] wetter_heute{"a": 1}'}}]}


def test_leaked_calls_of_renamed_tools_are_fixed() -> None:
    call = requests.chat(LEAKING, [USER], {"tools": [tool("wetter.heute")]})
    message = call.non_streamed().read(LEAK).message
    assert [each.name for each in message.tool_calls] == ["wetter.heute"]
    assert message.content == ""


def test_quirk_fixes_can_be_disabled() -> None:
    options = {"tools": [tool("wetter.heute")]}
    call = requests.chat(LEAKING, [USER], options, fix_model_quirks=False)
    message = call.non_streamed().read(LEAK).message
    assert (message.content[:12], message.tool_calls) == ("[TOOL_CALLS]", [])


def test_responses_are_parsed_independently() -> None:
    call = requests.chat("m", [USER], {})
    body = {"choices": [{"message": {"content": "Hallo"}}]}
    assert [call.non_streamed().read(body).text for _ in range(2)] == ["Hallo", "Hallo"]


def test_response_format_is_normalised() -> None:
    schema = {"properties": {"n": {"type": "integer"}}}
    wrapper = {"name": "my answer", "schema": schema, "description": "dropped"}
    body = chat(response_format={"type": "json_schema", "json_schema": wrapper})
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {
            "name": "my_answer",
            "schema": {**schema, "type": "object", "additionalProperties": False},
            "strict": True,
        },
    }
    assert chat(response_format={"type": "json_object"})["response_format"] == {
        "type": "json_object"
    }


@pytest.mark.parametrize(
    ("given", "param"),
    [({"type": "xml"}, "response_format.type"), ("json", "response_format")],
)
def test_invalid_response_format_is_rejected(given: Any, param: str) -> None:
    rejected(param, requests.chat, "m", [USER], {"response_format": given})


@pytest.mark.parametrize(
    ("arguments", "sent_arguments"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ("", "{}"),
        ("null", "{}"),
        ('{"a": ', '{"invalid_arguments": "{\\"a\\": "}'),
    ],
)
def test_arguments_of_earlier_calls_are_sent_as_objects(
    arguments: str, sent_arguments: str
) -> None:
    call = {"id": "a", "type": "function", "function": {"name": "add", "arguments": arguments}}
    history = [USER, {"role": "assistant", "content": "", "tool_calls": [call]}]
    body = sent(requests.chat("m", history, {}))
    assert body["messages"][1]["tool_calls"][0]["function"]["arguments"] == sent_arguments
    assert call["function"]["arguments"] == arguments  # type: ignore[index]


def test_calls_are_checked_against_the_schemas_of_the_tools() -> None:
    schema = {"type": "object", "properties": {"city": {}}, "required": ["city"]}
    request = requests.chat("m", [USER], {"tools": [tool("wetter.heute", parameters=schema)]})
    function = {"name": "wetter_heute", "arguments": "{}"}
    choice = {"message": {"tool_calls": [{"function": function}]}, "finish_reason": "length"}
    (call,) = request.non_streamed().read({"choices": [choice]}).message.tool_calls
    assert (call.name, call.error) == ("wetter.heute", CUT_OFF)


def test_tools_without_parameters_accept_other_empty_arguments() -> None:
    function = {"name": "now", "arguments": "true"}
    choice = {"message": {"tool_calls": [{"function": function}]}, "finish_reason": "tool_calls"}
    request = requests.chat("m", [USER], {"tools": [tool("now")]})
    (call,) = request.non_streamed().read({"choices": [choice]}).message.tool_calls
    assert (call.arguments, call.error) == ("true", None)


@pytest.mark.parametrize(
    "built_in",
    [
        {"type": "web_search_preview"},
        {"type": "web_search_20250305", "name": "web_search"},
        {"type": "code_interpreter", "container": {"type": "auto"}},
    ],
)
def test_built_in_tools_of_other_providers_are_rejected(built_in: dict[str, Any]) -> None:
    options = {"tools": [tool("add"), built_in]}
    error = rejected("tools[1].type", requests.chat, "m", [USER], options)
    assert error.message == (
        f"{built_in['type']!r} is a built-in tool of another provider; the hub has no built-in "
        "tools."
    )
    assert error.hint == 'Pass a function: {"type": "function", "function": {"name": …}}.'


def test_tools_without_a_type_are_left_to_the_check() -> None:
    error = rejected("tools[0].type", requests.chat, "m", [USER], {"tools": [{"name": "a"}]})
    assert error.message == "tools[0].type is required."
    rejected("tools[0]", requests.chat, "m", [USER], {"tools": ["add"]})


@pytest.mark.parametrize(("tool_choice", "calls"), [("none", 0), ("auto", 1)])
def test_calls_in_the_text_are_text_if_tools_must_not_be_called(
    tool_choice: str, calls: int
) -> None:
    options = {"tools": [tool("add")], "tool_choice": tool_choice}
    content = '<tool_call>\n{"name": "add", "arguments": {}}\n</tool_call>'
    body = {"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}
    message = requests.chat("m", [USER], options).non_streamed().read(body).message
    assert message.content == content
    assert len(message.tool_calls) == calls
