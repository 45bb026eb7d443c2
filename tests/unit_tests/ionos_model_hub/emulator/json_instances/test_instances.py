"""Instances of generated and hand-written JSON Schemas."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from ionos_model_hub.emulator.json_instances.instances import UnsatisfiableError, make_instance

Schema = dict[str, Any]

NAMES = st.sampled_from(["name", "age", "city", "items", "next", "a_b", "x-1", "größe"])
PATTERNS = [
    r"^[A-Z]{2}-\d{4}$",
    r"^(foo|bar)+$",
    r"\d{3}",
    r"^[^aeiou\s]{3,}$",
    r"^(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,12}$",
    r"^\w+@\w+\.(com|org)$",
    r"^(a)(b)?\1$",
    r"^.{5}$",
]
FORMATS = ["date", "date-time", "time", "email", "ipv4", "ipv6", "uri", "uuid", "hostname"]
FORMATS += ["duration", "regex", "json-pointer", "idn-email", "iri", "relative-json-pointer"]


@st.composite
def integers(draw: st.DrawFn) -> Schema:
    low = draw(st.integers(-1000, 1000))
    step = draw(st.none() | st.integers(1, 50))
    schema: Schema = {
        "type": "integer",
        draw(st.sampled_from(["minimum", "exclusiveMinimum"])): low,
    }
    if draw(st.booleans()):
        high = draw(st.sampled_from(["maximum", "exclusiveMaximum"]))
        schema[high] = low + 2 * (step or 1) + draw(st.integers(0, 9))
    return schema | ({"multipleOf": step} if step else {})


@st.composite
def floats(draw: st.DrawFn) -> Schema:
    low = draw(st.integers(-10, 10))
    limits = {"exclusiveMinimum": low, "exclusiveMaximum": low + draw(st.sampled_from([1, 7]))}
    return {"type": "number"} | draw(
        st.sampled_from([limits, {"multipleOf": 0.25, "minimum": low}, {"maximum": low + 0.5}, {}])
    )


@st.composite
def strings(draw: st.DrawFn) -> Schema:
    kind = draw(st.sampled_from(["length", "pattern", "format", "long pattern"]))
    if kind == "format":
        return {"type": "string", "format": draw(st.sampled_from(FORMATS))}
    if kind == "pattern":
        return {"type": "string", "pattern": draw(st.sampled_from(PATTERNS))}
    low = draw(st.integers(0, 40))
    if kind == "long pattern":
        return {"type": "string", "pattern": r"^[a-z]+\d*$", "minLength": low, "maxLength": low + 5}
    return {"type": "string", "minLength": low, "maxLength": low + draw(st.integers(0, 5))}


def enums() -> st.SearchStrategy[Schema]:
    values = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    several = st.lists(values, min_size=1, max_size=4, unique_by=json.dumps)
    return several.map(lambda drawn: {"enum": drawn}) | values.map(lambda drawn: {"const": drawn})


@st.composite
def arrays(draw: st.DrawFn, children: st.SearchStrategy[Schema]) -> Schema:
    low = draw(st.integers(0, 3))
    schema: Schema = {"type": "array", "minItems": low, "maxItems": low + draw(st.integers(0, 2))}
    kind = draw(st.sampled_from(["items", "prefix", "unique", "contains"]))
    if kind == "items":
        return {**schema, "items": draw(children)}
    if kind == "prefix":
        tuple_of = draw(st.lists(children, min_size=1, max_size=3))
        return {"type": "array", "prefixItems": tuple_of, "items": False, "minItems": len(tuple_of)}
    if kind == "contains":
        return {"type": "array", "contains": draw(children), "minItems": low + 1}
    return {
        **schema,
        "uniqueItems": True,
        "items": {"type": draw(st.sampled_from(["integer", "string"]))},
    }


@st.composite
def objects(draw: st.DrawFn, children: st.SearchStrategy[Schema]) -> Schema:
    properties = draw(st.dictionaries(NAMES, children, max_size=4))
    required = (
        draw(st.lists(st.sampled_from(sorted(properties)), unique=True)) if properties else []
    )
    schema: Schema = {"type": "object", "properties": properties, "required": required}
    more = draw(st.sampled_from(["closed", "open", "typed", "pattern", "dependent", "many"]))
    if more == "closed":
        schema["additionalProperties"] = False
    elif more == "typed":
        schema["additionalProperties"] = draw(children)
    elif more == "pattern":
        schema["patternProperties"] = {r"^x_\d+": {"type": "integer"}}
        schema["minProperties"] = len(properties) + 2
    elif more == "dependent" and len(properties) > 1:
        first, second, *_ = properties
        schema["dependentRequired"] = {first: [second]}
    elif more == "many":
        schema["maxProperties"] = max(1, len(required))
    return schema


def combined(children: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    tagged = st.lists(children, min_size=1, max_size=3).map(
        lambda drawn: {
            "oneOf": [
                {
                    "type": "object",
                    "properties": {"kind": {"const": f"k{i}"}, "value": schema},
                    "required": ["kind", "value"],
                }
                for i, schema in enumerate(drawn)
            ]
        }
    )
    either = st.lists(children, min_size=1, max_size=3).map(lambda drawn: {"anyOf": drawn})
    both = children.map(lambda drawn: {"allOf": [drawn, {"title": "Same"}], "description": "Both."})
    nullable = children.map(lambda drawn: {"anyOf": [drawn, {"type": "null"}]})
    types = st.sampled_from([["string", "null"], ["integer", "string"], ["null", "boolean"]])
    return tagged | either | both | nullable | types.map(lambda drawn: {"type": drawn})


LEAVES = integers() | floats() | strings() | enums() | st.sampled_from([{"type": "boolean"}, {}])
SCHEMAS = st.recursive(
    LEAVES, lambda inner: arrays(inner) | objects(inner) | combined(inner), max_leaves=8
)
TEXTS = st.sampled_from(
    ["", "Ada Lovelace is 36 years old; she lives in London.", "a 1, b 22, c -3.5 and 'x y'"]
) | st.text(max_size=40)


def check(schema: Schema, instance: Any) -> None:
    validator = validator_for(schema, default=Draft202012Validator)
    validator(schema, format_checker=validator.FORMAT_CHECKER).validate(instance)
    json.dumps(instance, allow_nan=False)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(schema=SCHEMAS, text=TEXTS, fill_optional=st.booleans())
def test_instances_of_generated_schemas_are_valid(
    schema: Schema, text: str, fill_optional: bool
) -> None:
    check(schema, make_instance(schema, text, fill_optional=fill_optional))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)
@given(value=SCHEMAS, many=st.booleans(), nullable=st.booleans())
def test_recursive_schemas(value: Schema, many: bool, nullable: bool) -> None:
    node = {"$ref": "#/$defs/Node"}
    link: Schema = (
        {"anyOf": [node, {"type": "null"}]} if nullable else {"type": "array", "items": node}
    )
    properties = {"value": value, "next": link} | ({"other": link} if many else {})
    schema = {
        "$defs": {"Node": {"type": "object", "properties": properties, "required": [*properties]}},
        "type": "object",
        "properties": {"root": node},
        "required": ["root"],
        "additionalProperties": False,
    }
    check(schema, make_instance(schema, "a tree"))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)
@given(one=SCHEMAS, other=SCHEMAS)
def test_conjunctions_are_satisfied_or_rejected(one: Schema, other: Schema) -> None:
    schema = {"allOf": [one, other]}
    try:
        instance = make_instance(schema)
    except UnsatisfiableError:
        return
    check(schema, instance)


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"not": {}},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": True, "minItems": 3},
        {
            "$defs": {
                "N": {
                    "type": "object",
                    "properties": {"n": {"$ref": "#/$defs/N"}},
                    "required": ["n"],
                }
            },
            "$ref": "#/$defs/N",
        },
        {"$ref": "#/$defs/Missing"},
        {"$ref": "https://example.com/elsewhere"},
        {"type": "nonsense"},
        {"type": "string", "pattern": "("},
        {"$ref": "#"},
    ],
)
def test_unsatisfiable_schemas_are_rejected(schema: Schema) -> None:
    with pytest.raises(UnsatisfiableError):
        make_instance(schema)


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ({"not": {"type": "string"}, "type": ["string", "integer"]}, 0),
        (
            {
                "if": {"properties": {"k": {"const": 1}}},
                "then": {"required": ["v"]},
                "properties": {"k": {"const": 1}, "v": {"const": 2}},
                "required": ["k"],
            },
            {"k": 1, "v": 2},
        ),
        (
            {
                "properties": {"a": {"const": 1}},
                "required": ["a"],
                "dependentSchemas": {"a": {"properties": {"b": {"const": 2}}, "required": ["b"]}},
            },
            {"a": 1, "b": 2},
        ),
        ({"type": "number", "multipleOf": 0.01, "exclusiveMinimum": 0.1, "maximum": 0.2}, 0.11),
        (
            {
                "definitions": {"a": {"const": 7}},
                "$schema": "http://json-schema.org/draft-07/schema#",
                "type": "array",
                "items": [{"$ref": "#/definitions/a"}],
                "minItems": 1,
            },
            [7],
        ),
        (
            {
                "allOf": [
                    {"anyOf": [{"const": 1}, {"const": 2}]},
                    {"anyOf": [{"const": 2}, {"const": 3}]},
                ]
            },
            2,
        ),
        (
            {
                "type": "object",
                "propertyNames": {"pattern": "^k"},
                "minProperties": 1,
                "additionalProperties": {"const": 0},
            },
            {"k": 0},
        ),
    ],
)
def test_keywords(schema: Schema, instance: object) -> None:
    check(schema, instance)
    assert make_instance(schema) == instance


def test_values_are_taken_from_the_text() -> None:
    person = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer", "minimum": 0},
            "email": {"type": "string", "format": "email"},
            "city": {"type": "string"},
            "role": {"enum": ["guest", "admin"]},
            "scores": {"type": "array", "items": {"type": "number"}},
        },
        "required": ["name", "age", "email", "city", "role", "scores"],
    }
    text = "John Smith, age 30, john@acme.com, is an admin in Berlin. Scores: 1.5 and 2"
    assert make_instance(person, text) == {
        "name": "John Smith",
        "age": 30,
        "email": "john@acme.com",
        "city": "Berlin",
        "role": "admin",
        "scores": [1.5, 2],
    }


def test_optional_properties_are_filled_if_mentioned() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "unit": {"enum": ["celsius", "kelvin"]}, "b": {}},
        "required": ["a"],
    }
    assert make_instance(schema, "5 degrees kelvin", fill_optional=False) == {
        "a": 5,
        "unit": "kelvin",
    }
    assert make_instance(schema, "5 degrees", fill_optional=False) == {"a": 5}
    assert set(make_instance(schema, "5 degrees")) == {"a", "unit", "b"}
