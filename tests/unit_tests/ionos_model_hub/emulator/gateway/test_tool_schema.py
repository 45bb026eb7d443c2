"""The schema of messages for engines without a tool parser."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ionos_model_hub.emulator.gateway.tool_schema import message_schema

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"$ref": "#/$defs/City"}},
            "required": ["city"],
            "$defs": {"City": {"enum": ["Berlin", "Paris"]}},
        },
    },
}
TIME = {"type": "function", "function": {"name": "get_time"}}


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


def accepts(schema: dict[str, Any], value: Any) -> bool:
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema).is_valid(value)


def test_free_choice_allows_a_text_or_calls() -> None:
    schema = message_schema([WEATHER, TIME], "auto")
    assert accepts(schema, {"message": "Hi"})
    assert accepts(schema, {"tool_calls": [call("get_weather", city="Berlin"), call("get_time")]})
    assert not accepts(schema, {"tool_calls": []})
    assert not accepts(schema, {"tool_calls": [call("get_weather", city="Rome")]})
    assert not accepts(schema, {"tool_calls": [call("unknown")]})


@pytest.mark.parametrize("choice", ["required", {"function": {"name": "get_time"}}])
def test_forced_choice_allows_calls_only(choice: Any) -> None:
    schema = message_schema([WEATHER, TIME], choice)
    assert not accepts(schema, {"message": "Hi"})
    assert accepts(schema, {"tool_calls": [call("get_time")]})
    is_named = not isinstance(choice, str)
    assert accepts(schema, {"tool_calls": [call("get_weather", city="Paris")]}) is not is_named


def test_single_call_allows_one_call() -> None:
    schema = message_schema([TIME], "auto", single_call=True)
    assert not accepts(schema, {"tool_calls": [call("get_time")] * 2})


def test_message_has_the_requested_schema() -> None:
    definition = {"City": {"type": "integer"}}
    answer = {"type": "object", "properties": {"a": {"$ref": "#/$defs/City"}}, "$defs": definition}
    schema = message_schema([WEATHER], None, answer=answer)
    assert accepts(schema, {"message": {"a": 1}})
    assert not accepts(schema, {"message": {"a": "Berlin"}})
    assert accepts(schema, {"tool_calls": [call("get_weather", city="Berlin")]})
