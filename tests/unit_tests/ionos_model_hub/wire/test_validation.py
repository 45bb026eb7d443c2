"""Errors name the field by its path and explain the fault."""

from typing import Any, Literal

import pytest
from typing_extensions import TypedDict

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import request_types as types
from ionos_model_hub.wire.validation import check

USER = {"role": "user", "content": "Hallo"}
TOOL = {"type": "function", "function": {"name": "add"}}


def chat(**fields: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [USER], **fields}


def error_of(request: dict[str, Any]) -> InvalidRequestError:
    with pytest.raises(InvalidRequestError) as caught:
        check(types.ChatCompletionRequest, request)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(
    ("fields", "param", "message"),
    [
        ({"temperature": "hot"}, "temperature", "temperature must be a number, got 'hot'."),
        ({"temperature": [1]}, "temperature", "temperature must be a number, got [1]."),
        ({"n": 0}, "n", "n must be at least 1, got 0."),
        ({"n": 1.5}, "n", "n must be an integer, got 1.5."),
        ({"n": "two"}, "n", "n must be an integer, got 'two'."),
        ({"n": [1]}, "n", "n must be an integer, got [1]."),
        ({"top_logprobs": 21}, "top_logprobs", "top_logprobs must be at most 20, got 21."),
        ({"logprobs": "maybe"}, "logprobs", "logprobs must be true or false, got 'maybe'."),
        ({"logprobs": []}, "logprobs", "logprobs must be true or false, got []."),
        ({"stop": list("abcde")}, "stop", "stop accepts at most 4 items, got 5."),
        ({"stop": ["a", ""]}, "stop[1]", "stop[1] must not be empty."),
        ({"user": 5}, "user", "user must be a string, got 5."),
        ({"messages": "Hallo"}, "messages", "messages must be a list, got 'Hallo'."),
        ({"messages": []}, "messages", "messages must have at least 1 item."),
        ({"messages": ["Hallo"]}, "messages[0]", "messages[0] must be a mapping, got 'Hallo'."),
        ({"extra_body": [1]}, "extra_body", "extra_body must be a mapping, got [1]."),
        ({"model": ""}, "model", "model must not be empty."),
        (
            {"messages": [USER, {"role": "boss", "content": "x"}]},
            "messages[1].role",
            "messages[1].role must be 'system', 'user', 'assistant' or 'tool', got 'boss'.",
        ),
        ({"messages": [{"role": "user"}]}, "messages[0].content", "messages[0].content is req"),
        (
            {"tools": [TOOL, {"type": "function", "function": {"name": 7}}]},
            "tools[1].function.name",
            "tools[1].function.name must be a string, got 7.",
        ),
        ({"tools": [TOOL] * 129}, "tools", "tools accepts at most 128 items, got 129."),
        (
            {"tool_choice": "any"},
            "tool_choice",
            "tool_choice must be 'none', 'auto' or 'required', got 'any'.",
        ),
        (
            {"tool_choice": {"type": "function", "function": {}}},
            "tool_choice.function.name",
            "tool_choice.function.name is required.",
        ),
        (
            {"response_format": "json"},
            "response_format",
            "response_format must be a mapping, got 'json'.",
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a"}}},
            "response_format.json_schema.schema",
            "response_format.json_schema.schema is required.",
        ),
        ({"extra_body": {"a": {1}}}, "extra_body.a", "extra_body.a is not valid JSON, got {1}."),
    ],
)
def test_messages(fields: dict[str, Any], param: str, message: str) -> None:
    error = error_of(chat(**fields))
    assert error.param == param
    assert error.message.startswith(message)


@pytest.mark.parametrize(
    ("part", "param", "message"),
    [
        ({"type": "file"}, "[0]", "[0] has the type 'file'; expected 'text', 'image_url'"),
        ({"text": "x"}, "[0]", "[0] requires a field 'type'."),
        ({"type": "text", "text": 5}, "[0].text", "[0].text must be a string, got 5."),
        ({"type": "text"}, "[0].text", "[0].text is required."),
        (
            {"type": "image_url", "image_url": "http://x"},
            "[0].image_url",
            "[0].image_url must be a mapping",
        ),
        (
            {"type": "image_url", "image_url": {"url": "u", "detail": "medium"}},
            "[0].image_url.detail",
            "[0].image_url.detail must be 'low', 'high' or 'auto', got 'medium'.",
        ),
        ({"type": "text", "text": "x", "id": "1"}, "[0].id", "[0].id is not a field of the API."),
        (5, "[0]", "[0] must be a mapping, got 5."),
    ],
)
def test_messages_for_content_parts(part: object, param: str, message: str) -> None:
    error = error_of(chat(messages=[{"role": "user", "content": [part]}]))
    assert error.param == f"messages[0].content{param}"
    assert error.message.startswith(f"messages[0].content{message}")


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("temprature", "Did you mean 'temperature'? Pass other fields in extra_body."),
        ("top_k", "Did you mean 'top_p'? Pass other fields in extra_body."),
        ("zzz", "Pass it in extra_body if the server supports it."),
    ],
)
def test_unknown_field_gets_a_suggestion(field: str, hint: str) -> None:
    error = error_of(chat(**{field: 1}))
    assert (error.param, error.hint) == (field, hint)
    assert error.message == f"{field} is not a field of the API."


def test_nested_unknown_field_gets_no_suggestion_from_the_top_level() -> None:
    error = error_of(chat(tools=[{"type": "function", "function": {"name": "a", "stops": 1}}]))
    assert error.param == "tools[0].function.stops"
    assert error.hint == "Pass it in extra_body if the server supports it."
    choice = {"type": "function", "function": {"name": "a"}, "id": "1"}
    error = error_of(chat(tools=[TOOL], tool_choice=choice))
    assert error.param == "tool_choice.id"
    assert error.hint == "Pass it in extra_body if the server supports it."


def test_deepest_error_is_reported() -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": None}]}]
    assert error_of(chat(messages=messages, n=0)).param == "messages[0].content[0].text"


def test_long_values_are_shortened() -> None:
    error = error_of(chat(temperature="hot" * 100))
    assert len(error.message) < 130
    assert error.message.endswith("….")


def test_values_of_eighty_characters_are_shown_completely() -> None:
    assert "h" * 78 + "'." in error_of(chat(temperature="h" * 78)).message


def test_valid_request_is_copied() -> None:
    request = chat(temperature=1)
    checked = check(types.ChatCompletionRequest, request)
    assert checked == request
    assert checked["messages"] is not request["messages"]
    assert checked["messages"][0] is not request["messages"][0]


class Flag(TypedDict):
    on: Literal[True]
    moment: complex


def test_other_errors_use_the_message_of_pydantic() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        check(Flag, {"on": True, "moment": "{braces}"})
    assert caught.value.param == "moment"
    assert "complex" in caught.value.message
