"""Which tool calls may run, and how those of a history are sent."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schema_strategies import json_values

from ionos_model_hub.wire.response_types import ToolCall
from ionos_model_hub.wire.tool_calls import (
    CUT_OFF,
    NOT_AN_OBJECT,
    call_error,
    declares_parameters,
    history_arguments,
    parse_arguments,
)

NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}
CITY = {"type": "object", "properties": {"city": {}, "unit": {}}, "required": ["city"]}
OPTIONAL = {"type": "object", "properties": {"unit": {}}}
TOOLS = {"now": NO_PARAMETERS, "get": OPTIONAL, "get_weather": CITY}


@pytest.mark.parametrize(
    ("text", "unknown", "without_parameters", "with_parameters"),
    [
        ("{}", {}, {}, {}),
        (' {"city": "Bonn"}\n', *[{"city": "Bonn"}] * 3),
        ('{"city": "a\nb"}', *[{"city": "a\nb"}] * 3),
        ("", {}, {}, None),
        ("  ", {}, {}, None),
        ("null", {}, {}, None),
        ("true", None, {}, None),
        ("false", None, {}, None),
        ("[]", None, None, None),
        ('"x"', None, None, None),
        ("1", None, None, None),
        ('{"city": "Ber', None, None, None),
        ("{'city': 1}", None, None, None),
        ("{" * 100_000, None, None, None),
        ('{"a": "\ud83d"}', *[{"a": "\ud83d"}] * 3),
    ],
)
def test_arguments(text: str, unknown: Any, without_parameters: Any, with_parameters: Any) -> None:
    assert parse_arguments(text) == unknown
    assert parse_arguments(text, NO_PARAMETERS) == without_parameters
    assert parse_arguments(text, CITY) == with_parameters


@pytest.mark.parametrize(
    ("schema", "declares"),
    [
        ({}, False),
        (NO_PARAMETERS, False),
        ({"type": "object", "additionalProperties": False}, False),
        (OPTIONAL, True),
        ({"required": ["a"]}, True),
        ({"additionalProperties": {"type": "string"}}, True),
        ({"patternProperties": {"^a": {}}}, True),
        ({"$ref": "#/$defs/Args"}, True),
        ({"$ref": "#/$defs/Args", "$defs": {"Args": OPTIONAL}}, True),
        ({"$ref": "#/$defs/Args", "$defs": {"Args": NO_PARAMETERS}}, False),
        ({"anyOf": [OPTIONAL]}, True),
    ],
)
def test_declared_parameters(schema: dict[str, Any], declares: bool) -> None:
    assert declares_parameters(schema) is declares


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("get_weather", '{"city": "Bonn"}', None),
        ("get_weather", '{"city": "Bonn", "unit": "C"}', None),
        ("get_weather", '{"unit": "C"}', CUT_OFF),
        ("get_weather", '{"city": "Bo', CUT_OFF),
        ("get_weather", "{}", CUT_OFF),
        ("get_weather", "", CUT_OFF),
        ("get_weath", '{"city": "Bonn"}', CUT_OFF),
        ("", "", CUT_OFF),
        ("get", '{"unit": "C"}', None),
        ("get", "{}", CUT_OFF),
        ("get", "", CUT_OFF),
        ("now", "{}", None),
        ("now", "", None),
        ("now", "null", None),
        ("now", "[", CUT_OFF),
    ],
)
def test_last_call_of_a_response_cut_by_the_token_limit(
    name: str, arguments: str, error: str | None
) -> None:
    call = ToolCall("1", name, arguments)
    assert call_error(call, TOOLS, is_last=True, finish_reason="length") == error


def test_name_that_may_be_the_beginning_of_another_is_cut_off() -> None:
    tools = {"now": NO_PARAMETERS, "nowhere": NO_PARAMETERS}
    call = ToolCall("1", "now", "{}")
    assert call_error(call, tools, is_last=True, finish_reason="length") == CUT_OFF
    assert call_error(call, tools, is_last=True, finish_reason="tool_calls") is None


@pytest.mark.parametrize(
    ("is_last", "finish_reason"),
    [(False, "length"), (True, "stop"), (True, "tool_calls"), (True, None)],
)
@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("get_weather", '{"city": "Bonn"}', None),
        ("get_weather", "{}", None),
        ("get_weather", "", NOT_AN_OBJECT),
        ("get_weather", '{"city": "Bo', NOT_AN_OBJECT),
        ("get_weather", "false", NOT_AN_OBJECT),
        ("get", "", NOT_AN_OBJECT),
        ("now", "false", None),
        ("unknown", "{}", None),
        ("unknown", "", None),
        ("unknown", "x", NOT_AN_OBJECT),
    ],
)
def test_other_calls(
    name: str, arguments: str, error: str | None, is_last: bool, finish_reason: str | None
) -> None:
    call = ToolCall("1", name, arguments)
    assert call_error(call, TOOLS, is_last=is_last, finish_reason=finish_reason) == error


def test_required_keys_of_a_recursive_schema() -> None:
    tools = {"get_weather": {"$ref": "#/$defs/Args", "$defs": {"Args": CITY}}}
    call = ToolCall("1", "get_weather", '{"unit": "C"}')
    assert call_error(call, tools, is_last=True, finish_reason="length") == CUT_OFF
    call.arguments = '{"city": "Bonn"}'
    assert call_error(call, tools, is_last=True, finish_reason="length") is None


@given(json_values, st.text(alphabet='{}":,[]a1 '), st.booleans())
def test_any_schema_and_arguments_are_accepted(schema: Any, arguments: str, is_last: bool) -> None:
    tools = {"f": schema if isinstance(schema, dict) else {"required": schema}}
    call = ToolCall("1", "f", arguments)
    error = call_error(call, tools, is_last=is_last, finish_reason="length")
    assert error in (None, CUT_OFF, NOT_AN_OBJECT)


def test_without_known_tools_only_the_arguments_count() -> None:
    def error(arguments: str) -> str | None:
        call = ToolCall("1", "any", arguments)
        return call_error(call, {}, is_last=True, finish_reason="length")

    assert error("{}") is None
    assert error("{") == CUT_OFF


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        ('{"city": "Bonn"}', '{"city": "Bonn"}'),
        ('{ "a":1 }', '{ "a":1 }'),
        ("{}", "{}"),
        ("", "{}"),
        ("null", "{}"),
        ("true", "{}"),
        ("false", "{}"),
        ('{"city": "Ber', '{"invalid_arguments": "{\\"city\\": \\"Ber"}'),
        ("[1]", '{"invalid_arguments": "[1]"}'),
        ("oops", '{"invalid_arguments": "oops"}'),
        ('{"a": "x\ny"}', '{"a": "x\\ny"}'),
        ('{"a": "x\ud83d"}', '{"a": "x\ufffd"}'),
        ('{"a": "\\ud83d"}', '{"a": "\ufffd"}'),
        ("x\ud83d", '{"invalid_arguments": "x\ufffd"}'),
    ],
)
def test_arguments_of_a_history_are_an_object(raw: str, sent: str) -> None:
    assert history_arguments(raw) == sent


@given(st.text() | json_values.map(json.dumps) | st.text(alphabet='{}":,[]ab1 \\\n\ud800'))
def test_any_arguments_of_a_history_become_an_object(raw: str) -> None:
    sent = history_arguments(raw)
    assert isinstance(json.loads(sent), dict)
    sent.encode("utf-8")
    assert history_arguments(sent) == sent
    if (arguments := parse_arguments(raw)) and "\ud800" not in json.dumps(arguments):
        assert json.loads(sent) == json.loads(json.dumps(arguments))
