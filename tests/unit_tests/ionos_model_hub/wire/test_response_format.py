"""A `response_format` is sent in the form of the contract."""

import re
from copy import deepcopy
from typing import Any

import pytest
from schema_strategies import Box, City

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.requests import chat
from ionos_model_hub.wire.strict_schemas import normalise_response_format, response_format

CITY = {"type": "object", "properties": {"name": {"type": "string"}}}
CLOSED_CITY = CITY | {"additionalProperties": False}


@pytest.mark.parametrize(
    ("name", "title", "expected"),
    [
        (None, "City", "City"),
        ("town", "City", "town"),
        (None, "Box[int]", "Box_int_"),
        ("a b/ü", None, "a_b__"),
        (None, None, "answer"),
        ("", "", "answer"),
        (None, 7, "answer"),
        ("x" * 65, None, "x" * 64),
    ],
)
def test_name_is_made_legal(name: str | None, title: object, expected: str) -> None:
    schema = CITY if title is None else CITY | {"title": title}
    built: Any = response_format(schema, name)
    assert built["json_schema"]["name"] == expected
    assert re.fullmatch("[A-Za-z0-9_-]{1,64}", expected)


def test_strict_is_the_default() -> None:
    assert response_format(CITY, "city") == response_format(CITY, "city", strict=True)


@pytest.mark.parametrize("strict", [True, False])
def test_wrapper_has_only_the_fields_of_the_contract(strict: bool) -> None:
    assert response_format(CITY, "city", strict=strict) == {
        "type": "json_schema",
        "json_schema": {"name": "city", "schema": CLOSED_CITY, "strict": strict},
    }


def test_title_of_a_generic_model_is_made_legal() -> None:
    built: Any = response_format(Box[int].model_json_schema())
    assert built["json_schema"]["name"] == "Box_int_"


@pytest.mark.parametrize("kind", ["text", "json_object"])
def test_other_formats_are_copied(kind: str) -> None:
    given_format = {"type": kind}
    normal = normalise_response_format(given_format)
    assert normal == given_format
    assert normal is not given_format


@pytest.mark.parametrize(
    ("wrapper", "expected"),
    [
        ({"name": "n", "schema": CITY}, {"name": "n", "strict": True}),
        ({"name": "n", "schema": CITY, "strict": True}, {"name": "n", "strict": True}),
        ({"name": "n", "schema": CITY, "strict": False}, {"name": "n", "strict": False}),
        ({"name": "n", "schema": CITY, "strict": None}, {"name": "n", "strict": True}),
        ({"name": "n m", "schema": CITY, "description": "d"}, {"name": "n_m", "strict": True}),
        ({"schema": CITY | {"title": "T"}}, {"name": "T", "strict": True}),
        ({"name": None, "schema": CITY}, {"name": "answer", "strict": True}),
    ],
)
def test_wrapper_is_normalised(wrapper: dict[str, object], expected: dict[str, object]) -> None:
    before = deepcopy(wrapper)
    normal: Any = normalise_response_format({"type": "json_schema", "json_schema": wrapper})
    assert normal.keys() == {"type", "json_schema"}
    inner = normal["json_schema"]
    assert inner.keys() == {"name", "schema", "strict"}
    assert inner["schema"]["additionalProperties"] is False
    assert {key: inner[key] for key in expected} == expected
    assert wrapper == before
    assert normalise_response_format(normal) == normal


@pytest.mark.parametrize(
    ("value", "param"),
    [
        ({}, "type"),
        ({"type": "xml"}, "type"),
        ({"type": None}, "type"),
        ({"type": ["text"]}, "type"),
        ({"type": "json_object", "schema": {}}, "schema"),
        ({"type": "text", "x": 1}, "x"),
        ({"type": "json_schema"}, "json_schema"),
        ({"type": "json_schema", "json_schema": "x"}, "json_schema"),
        ({"type": "json_schema", "schema": {}, "json_schema": {}}, "schema"),
        ({"type": "json_schema", "json_schema": {"name": "n"}}, "json_schema.schema"),
        ({"type": "json_schema", "json_schema": {"schema": []}}, "json_schema.schema"),
        ({"type": "json_schema", "json_schema": {"schema": CITY, "name": 1}}, "json_schema.name"),
        (
            {"type": "json_schema", "json_schema": {"schema": CITY, "strict": 1}},
            "json_schema.strict",
        ),
        ({"type": "json_schema", "json_schema": {"schema": CITY, "foo": 1}}, "json_schema.foo"),
        ({"type": "json_schema", "json_schema": {"schema": {}}}, "json_schema.schema"),
    ],
)
def test_invalid_format_is_rejected(value: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        normalise_response_format(value)
    assert caught.value.param == f"response_format.{param}"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        (
            "json",
            "response_format must be a mapping, got 'json'.",
            'Pass {"type": "json_schema", "json_schema": {"name": …, "schema": …}}.',
        ),
        (
            {"type": "xml"},
            "response_format has the type 'xml'.",
            "Use json_schema, json_object or text.",
        ),
        (
            {"type": "json_object", "schema": {}},
            "`response_format` has no field 'schema'.",
            "Its fields are type.",
        ),
        (
            {"type": "json_schema", "schema": {}},
            "`response_format` has no field 'schema'.",
            "Its fields are json_schema, type.",
        ),
        (
            {"type": "json_schema"},
            "`response_format.json_schema` is missing or has the wrong type.",
            'Pass {"name": …, "schema": …}.',
        ),
        (
            {"type": "json_schema", "json_schema": {}},
            "`response_format.json_schema.schema` is missing or has the wrong type.",
            "Pass a JSON Schema.",
        ),
        (
            {"type": "json_schema", "json_schema": {"schema": CITY, "name": 1}},
            "`response_format.json_schema.name` is missing or has the wrong type.",
            "Pass a string.",
        ),
        (
            {"type": "json_schema", "json_schema": {"schema": CITY, "strict": 1}},
            "`response_format.json_schema.strict` is missing or has the wrong type.",
            "Pass true or false.",
        ),
        (
            {"type": "json_schema", "json_schema": {"schema": CITY, "foo": 1}},
            "`response_format.json_schema` has no field 'foo'.",
            "Its fields are description, name, schema, strict.",
        ),
    ],
)
def test_error_explains_how_to_correct_the_format(value: Any, message: str, hint: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        normalise_response_format(value)
    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize("value", ["json_object", ["json_object"], True, City])
def test_format_of_another_type_is_rejected(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match="must be a mapping, got") as caught:
        chat("m", [{"role": "user", "content": "Hi"}], {"response_format": value})
    assert caught.value.param == "response_format"
