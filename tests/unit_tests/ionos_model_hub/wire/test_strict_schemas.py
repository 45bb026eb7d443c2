"""Schemas become strict without rejecting what matched them before."""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, RootModel, TypeAdapter, create_model
from schema_strategies import (
    City,
    Described,
    Node,
    described,
    fields_of,
    models,
    names,
    object_of,
    schemas,
)

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.strict_schemas import StrictSchema, find_root_problem, strict_schema

SCHEMA = "response_format.json_schema.schema"
CITY = {"type": "object", "properties": {"name": {"type": "string"}}}
CLOSED_CITY = CITY | {"additionalProperties": False}


def closed_at(keyword: str, value: object) -> object:
    """Return the value of a keyword in a property of the root after closing."""
    closed: Any = strict_schema({"properties": {"field": {keyword: value}}})
    return closed["properties"]["field"][keyword]


def assert_matches(instance: object, schema: Mapping[str, object]) -> None:
    jsonschema.Draft202012Validator(schema).validate(instance)


def test_every_object_of_a_model_is_closed_and_recursion_kept() -> None:
    schema = Node.model_json_schema()
    closed: Any = strict_schema(schema)
    assert closed["type"] == "object"
    assert closed["additionalProperties"] is False
    assert closed["$defs"].keys() == {"Node", "City"}
    assert all(part["additionalProperties"] is False for part in closed["$defs"].values())
    assert closed["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert closed["properties"]["kind"]["default"] == "leaf"
    assert "$ref" not in closed
    tree = {"value": 1, "children": [{"value": 2, "children": [{"value": 3}]}]}
    assert_matches(tree, closed)
    with pytest.raises(jsonschema.ValidationError):
        assert_matches({"value": 1, "children": [{"value": 2, "extra": 3}]}, closed)


def test_the_input_is_not_modified() -> None:
    schema = Node.model_json_schema()
    before = deepcopy(schema)
    closed: Any = strict_schema(schema)
    closed["$defs"]["City"]["properties"]["name"]["type"] = "integer"
    closed["$defs"]["Node"]["properties"]["kind"]["enum"].append("twig")
    assert schema == before


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("items", CITY, CLOSED_CITY),
        ("items", [CITY], [CLOSED_CITY]),
        ("prefixItems", [CITY, {"type": "string"}], [CLOSED_CITY, {"type": "string"}]),
        ("prefixItems", (CITY,), [CLOSED_CITY]),
        ("contains", CITY, CLOSED_CITY),
        ("anyOf", [CITY, {"type": "null"}], [CLOSED_CITY, {"type": "null"}]),
        ("oneOf", [CITY, CITY], [CLOSED_CITY, CLOSED_CITY]),
        ("anyOf", [True, CITY], [True, CLOSED_CITY]),
        ("allOf", [CITY], [CLOSED_CITY]),
        ("additionalProperties", CITY, CLOSED_CITY),
        ("additionalProperties", True, True),
        ("patternProperties", {"^x": CITY}, {"^x": CLOSED_CITY}),
        ("properties", {"properties": CITY}, {"properties": CLOSED_CITY}),
        ("properties", {"items": CITY, "enum": CITY}, {"items": CLOSED_CITY, "enum": CLOSED_CITY}),
        ("$defs", {"City": CITY}, {"City": CLOSED_CITY}),
        ("definitions", {"City": CITY}, {"City": CLOSED_CITY}),
        ("enum", [CITY], [CITY]),
        ("const", CITY, CITY),
        ("default", CITY, CITY),
        ("examples", [CITY], [CITY]),
        ("x-custom", {"properties": {"a": CITY}}, {"properties": {"a": CITY}}),
        ("not", CITY, CITY),
        ("if", CITY, CITY),
        ("then", CITY, CITY),
        ("else", CITY, CITY),
        ("dependentSchemas", {"a": CITY}, {"a": CITY}),
        ("dependentSchemas", {"a": {"items": CITY}}, {"a": {"items": CLOSED_CITY}}),
    ],
)
def test_objects_are_closed_in_every_keyword_with_schemas(
    keyword: str, value: object, expected: object
) -> None:
    assert closed_at(keyword, value) == expected


@pytest.mark.parametrize("extra", [True, False, {"type": "integer"}, {}])
def test_additional_properties_of_nested_objects_are_kept(extra: object) -> None:
    nested = CITY | {"additionalProperties": extra}
    assert closed_at("items", nested) == nested


def test_objects_without_properties_stay_open() -> None:
    assert closed_at("items", {"type": "object"}) == {"type": "object"}


def test_property_named_properties() -> None:
    closed = strict_schema({"properties": {"properties": {"type": "string"}}})
    assert closed == {
        "type": "object",
        "properties": {"properties": {"type": "string"}},
        "additionalProperties": False,
    }


PERSON = {"$ref": "#/$defs/Person"}
COMPOSED: dict[str, dict[str, Any]] = {
    "branches of allOf": {"allOf": [CITY, {"properties": {"age": {"type": "integer"}}}]},
    "properties beside allOf": {"properties": {"age": {}}, "allOf": [CITY]},
    "properties beside anyOf": {"properties": {"age": {}}, "anyOf": [CITY, {"type": "null"}]},
    "properties beside oneOf": {"properties": {"age": {}}, "oneOf": [CITY, {"type": "null"}]},
    "anyOf beside oneOf": {"anyOf": [CITY], "oneOf": [{"properties": {"age": {}}}]},
    "patterns beside allOf": {"patternProperties": {"^a": {}}, "allOf": [CITY]},
    "additional properties beside allOf": {"additionalProperties": {}, "allOf": [CITY]},
    "reference beside properties": {"$ref": "#/$defs/City", "properties": {"age": {}}},
    "references in allOf": {"allOf": [{"$ref": "#/$defs/City"}, {"$ref": "#/$defs/Aged"}]},
    "reference to a reference": {"allOf": [{"$ref": "#/$defs/Alias"}, {"$ref": "#/$defs/Aged"}]},
}


@pytest.mark.parametrize("name", COMPOSED)
def test_objects_described_in_several_places_stay_satisfiable(name: str) -> None:
    schema = {
        "properties": {"person": COMPOSED[name], "people": {"items": COMPOSED[name]}},
        "$defs": {
            "Alias": {"$ref": "#/$defs/City"},
            "City": CITY,
            "Aged": {"properties": {"age": {"type": "integer"}, "home": CITY}},
            "Other": CITY,
        },
    }
    person = {"name": "Ann", "age": 7}
    instance = {"person": person, "people": [person]}
    assert_matches(instance, schema)
    closed: Any = strict_schema(schema)
    assert_matches(instance, closed)
    assert closed["additionalProperties"] is False
    assert closed["$defs"]["Other"] == CLOSED_CITY
    assert closed["$defs"]["Aged"]["properties"]["home"] == CLOSED_CITY
    assert strict_schema(closed) == closed


def test_required_alternatives_do_not_keep_an_object_open() -> None:
    either = CITY | {"anyOf": [{"required": ["name"]}, {"required": []}, True]}
    assert closed_at("items", either) == either | {"additionalProperties": False}


def test_invalid_nested_keywords_are_kept() -> None:
    junk = {"properties": {"a": {"allOf": 7, "items": "x", "properties": 3, "$ref": 5}}}
    closed: Any = strict_schema(junk)
    assert closed["properties"]["a"] == junk["properties"]["a"]


@pytest.mark.parametrize(
    ("root", "extra"),
    [
        ({"$ref": "#/$defs/City"}, {}),
        ({"$ref": "#/$defs/Alias"}, {}),
        ({"$ref": "#/$defs/with~1slash%20and~0tilde"}, {}),
        ({"$ref": "#/definitions/City", "title": "Town"}, {"title": "Town"}),
    ],
)
def test_root_reference_is_resolved(root: dict[str, object], extra: dict[str, object]) -> None:
    parts = {"City": CITY, "Alias": {"$ref": "#/$defs/City"}, "with/slash and~tilde": CITY}
    closed: Any = strict_schema(root | {"$defs": parts, "definitions": parts})
    assert {key: value for key, value in closed.items() if "def" not in key} == CLOSED_CITY | extra
    assert closed["$defs"]["City"] == CLOSED_CITY
    assert closed["definitions"]["City"] == CLOSED_CITY


def test_recursive_root_reference_stays_recursive() -> None:
    schema = TypeAdapter(Node).json_schema()
    assert schema["$ref"] == "#/$defs/Node"
    closed: Any = strict_schema(schema)
    assert closed["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert closed["$defs"]["Node"]["additionalProperties"] is False
    assert_matches({"value": 1, "children": [{"value": 2}]}, closed)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/Gone"},
        {"$ref": "#/$defs/Gone", "$defs": {"City": CITY}},
        {"$ref": "#"},
        {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}},
        {"$ref": "https://example.org/schema.json"},
        {"$ref": "#/$defs/A/x", "$defs": {"A": [CITY]}},
        {"$ref": "#/$defs/A", "$defs": {"A": True}},
    ],
)
def test_unresolvable_root_reference_is_rejected(schema: dict[str, object]) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        strict_schema(schema)
    assert caught.value.param == SCHEMA
    assert re.fullmatch(
        r"The schema's root refers to '.*', which is not a schema in it\.", caught.value.message
    )
    assert caught.value.hint == "Point `$ref` to an entry of the schema's own `$defs`."


WRAP = 'Wrap it in an object with one property: {"type": "object", "properties": {"value": …}}.'
UNDECLARED = "is an object without declared properties"
OPEN = (
    "allows `additionalProperties`; the hub does not",
    'Set it to false (pydantic: extra="forbid") and put free-form data into a property.',
)


def has_type(kind: object) -> str:
    return f"has the type {kind!r}; the hub accepts only objects"


@pytest.mark.parametrize(
    ("schema", "fault", "hint"),
    [
        ({}, "is not an object; the hub accepts only objects", WRAP),
        ({"type": "array", "items": CITY}, has_type("array"), WRAP),
        ({"type": "string"}, has_type("string"), WRAP),
        ({"type": "integer", "properties": {}}, has_type("integer"), WRAP),
        ({"type": ["object", "null"], "properties": {}}, has_type(["object", "null"]), WRAP),
        ({"anyOf": [CITY, CITY]}, "is not an object; the hub accepts only objects", WRAP),
        (
            TypeAdapter(City | Node).json_schema(),
            "is not an object; the hub accepts only objects",
            WRAP,
        ),
        (TypeAdapter(list[City]).json_schema(), has_type("array"), WRAP),
        (TypeAdapter(dict[str, int]).json_schema(), UNDECLARED, WRAP),
        (RootModel[dict[str, int]].model_json_schema(), UNDECLARED, WRAP),
        ({"type": "object"}, UNDECLARED, WRAP),
        (CITY | {"additionalProperties": True}, *OPEN),
        (CITY | {"additionalProperties": {}}, *OPEN),
        (
            CITY | {"allOf": [CITY]},
            "declares its properties in several places",
            "Merge them into one `properties`.",
        ),
        (
            {"patternProperties": {"^x": {}}, "allOf": [CITY]},
            "declares its properties in several places",
            "Merge them into one `properties`.",
        ),
    ],
)
def test_roots_that_the_hub_rejects(schema: dict[str, object], fault: str, hint: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        strict_schema(schema)
    assert (caught.value.param, caught.value.message) == (SCHEMA, f"The schema's root {fault}.")
    assert caught.value.hint == hint


def test_roots_with_patterns_or_without_properties_are_accepted() -> None:
    patterns = {"type": "object", "patternProperties": {"^x": CITY}}
    closed: Any = strict_schema(patterns)
    assert closed["patternProperties"] == {"^x": CLOSED_CITY}
    assert closed["additionalProperties"] is False
    assert strict_schema(create_model("Empty").model_json_schema())["properties"] == {}


def test_model_that_forbids_extras_is_unchanged() -> None:
    model = create_model("Strict", __config__=ConfigDict(extra="forbid"), a=(int, ...))
    assert strict_schema(model.model_json_schema()) == model.model_json_schema()


@settings(deadline=None)
@given(models)
def test_strict_schema_is_idempotent_for_models(model: type[BaseModel]) -> None:
    schema = model.model_json_schema()
    closed = strict_schema(schema)
    assert strict_schema(closed) == closed
    jsonschema.Draft202012Validator.check_schema(closed)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(names, schemas, min_size=1, max_size=3))
def test_strict_schema_is_idempotent(fields: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": fields}
    before = deepcopy(schema)
    closed = strict_schema(schema)
    assert strict_schema(closed) == closed
    assert schema == before


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(fields_of, described, min_size=1, max_size=3).map(object_of))
def test_instances_with_declared_properties_still_match(pair: Described) -> None:
    schema, instance = pair
    assert_matches(instance, schema)
    assert_matches(instance, strict_schema(schema))


@settings(deadline=None)
@given(models.flatmap(st.builds))
def test_instances_of_models_still_match(instance: BaseModel) -> None:
    dumped = instance.model_dump(mode="json", by_alias=True)
    assert_matches(dumped, strict_schema(type(instance).model_json_schema()))


def test_strict_schema_is_returned_unchanged() -> None:
    closed = strict_schema(Node.model_json_schema())
    assert isinstance(closed, StrictSchema)
    assert strict_schema(closed) is closed


def test_root_problems_are_reported_without_raising() -> None:
    assert find_root_problem(CITY) is None
    problem = find_root_problem({"type": "array"})
    assert problem is not None
    assert "array" in problem.fault
