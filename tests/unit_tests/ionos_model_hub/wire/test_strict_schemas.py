"""Schemas become strict without changing what fits them; answers are read, or refused clearly."""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Generic, Literal, TypeVar

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, RootModel, TypeAdapter, create_model

from ionos_model_hub.errors import InvalidRequestError, ResponseError
from ionos_model_hub.wire.model_json import read_json, read_partial_json
from ionos_model_hub.wire.strict_schemas import (
    normalise_response_format,
    response_format,
    strict_schema,
)

T = TypeVar("T")
SCHEMA = "response_format.json_schema.schema"


class City(BaseModel):
    name: str
    people: int | None = None


class Node(BaseModel):
    value: int
    children: list["Node"] = []
    city: City | None = None
    kind: Literal["leaf", "branch"] = "leaf"


class Box(BaseModel, Generic[T]):
    content: T


CITY = {"type": "object", "properties": {"name": {"type": "string"}}}
CLOSED_CITY = CITY | {"additionalProperties": False}


def closed_at(keyword: str, value: object) -> object:
    """Return what becomes of a keyword inside a field of the root."""
    closed: Any = strict_schema({"properties": {"field": {keyword: value}}})
    return closed["properties"]["field"][keyword]


def assert_fits(instance: object, schema: Mapping[str, object]) -> None:
    jsonschema.Draft202012Validator(schema).validate(instance)


# -- strict_schema


def test_a_model_is_closed_at_every_depth_and_stays_recursive() -> None:
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
    assert_fits(tree, closed)
    with pytest.raises(jsonschema.ValidationError):
        assert_fits({"value": 1, "children": [{"value": 2, "extra": 3}]}, closed)


def test_the_schema_given_is_not_touched() -> None:
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
def test_objects_are_closed_where_schemas_stand(
    keyword: str, value: object, expected: object
) -> None:
    assert closed_at(keyword, value) == expected


@pytest.mark.parametrize("extra", [True, False, {"type": "integer"}, {}])
def test_what_a_schema_says_about_other_properties_stays(extra: object) -> None:
    said = CITY | {"additionalProperties": extra}
    assert closed_at("items", said) == said


def test_objects_without_properties_stay_open() -> None:
    assert closed_at("items", {"type": "object"}) == {"type": "object"}


def test_a_property_called_properties_is_a_property() -> None:
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
    "reference beside properties": {"$ref": "#/$defs/City", "properties": {"age": {}}},
    "references in allOf": {"allOf": [{"$ref": "#/$defs/City"}, {"$ref": "#/$defs/Aged"}]},
    "reference to a reference": {"allOf": [{"$ref": "#/$defs/Alias"}, {"$ref": "#/$defs/Aged"}]},
}


@pytest.mark.parametrize("name", COMPOSED)
def test_objects_described_in_several_places_stay_satisfiable(name: str) -> None:
    schema = {
        "properties": {"person": COMPOSED[name]},
        "$defs": {
            "Alias": {"$ref": "#/$defs/City"},
            "City": CITY,
            "Aged": {"properties": {"age": {"type": "integer"}, "home": CITY}},
            "Other": CITY,
        },
    }
    instance = {"person": {"name": "Ann", "age": 7}}
    assert_fits(instance, schema)
    closed: Any = strict_schema(schema)
    assert_fits(instance, closed)
    assert closed["additionalProperties"] is False
    assert closed["$defs"]["Other"] == CLOSED_CITY
    assert closed["$defs"]["Aged"]["properties"]["home"] == CLOSED_CITY
    assert strict_schema(closed) == closed


def test_required_alternatives_do_not_keep_an_object_open() -> None:
    either = CITY | {"anyOf": [{"required": ["name"]}, {"required": []}, True]}
    assert closed_at("items", either) == either | {"additionalProperties": False}


def test_junk_inside_is_left_to_the_hub() -> None:
    junk = {"properties": {"a": {"allOf": 7, "items": "x", "properties": 3, "$ref": 5}}}
    closed: Any = strict_schema(junk)
    assert closed["properties"]["a"] == junk["properties"]["a"]


# -- the root


@pytest.mark.parametrize(
    ("root", "extra"),
    [
        ({"$ref": "#/$defs/City"}, {}),
        ({"$ref": "#/$defs/Alias"}, {}),
        ({"$ref": "#/$defs/with~1slash%20and~0tilde"}, {}),
        ({"$ref": "#/definitions/City", "title": "Town"}, {"title": "Town"}),
    ],
)
def test_a_reference_at_the_root_is_resolved(
    root: dict[str, object], extra: dict[str, object]
) -> None:
    parts = {"City": CITY, "Alias": {"$ref": "#/$defs/City"}, "with/slash and~tilde": CITY}
    closed: Any = strict_schema(root | {"$defs": parts, "definitions": parts})
    assert {key: value for key, value in closed.items() if "def" not in key} == CLOSED_CITY | extra
    assert closed["$defs"]["City"] == CLOSED_CITY
    assert closed["definitions"]["City"] == CLOSED_CITY


def test_a_recursive_reference_at_the_root_stays_recursive() -> None:
    schema = TypeAdapter(Node).json_schema()
    assert schema["$ref"] == "#/$defs/Node"
    closed: Any = strict_schema(schema)
    assert closed["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert closed["$defs"]["Node"]["additionalProperties"] is False
    assert_fits({"value": 1, "children": [{"value": 2}]}, closed)


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
def test_a_root_that_refers_to_nothing_is_refused(schema: dict[str, object]) -> None:
    with pytest.raises(InvalidRequestError, match="refers to") as caught:
        strict_schema(schema)
    assert caught.value.param == SCHEMA


@pytest.mark.parametrize(
    ("schema", "fault", "fix"),
    [
        ({}, "no object", "Wrap it"),
        ({"type": "array", "items": CITY}, "of type 'array'", "Wrap it"),
        ({"type": "string"}, "of type 'string'", "Wrap it"),
        ({"type": "integer", "properties": {}}, "of type 'integer'", "Wrap it"),
        ({"type": ["object", "null"], "properties": {}}, "of type", "Wrap it"),
        ({"anyOf": [CITY, CITY]}, "no object", "Wrap it"),
        (TypeAdapter(City | Node).json_schema(), "no object", "Wrap it"),
        (TypeAdapter(list[City]).json_schema(), "of type 'array'", "Wrap it"),
        (TypeAdapter(dict[str, int]).json_schema(), "without declared properties", "Wrap it"),
        (RootModel[dict[str, int]].model_json_schema(), "without declared", "Wrap it"),
        ({"type": "object"}, "without declared properties", "Wrap it"),
        (CITY | {"additionalProperties": True}, "`additionalProperties`", "forbid"),
        (CITY | {"additionalProperties": {}}, "`additionalProperties`", "forbid"),
        (CITY | {"allOf": [CITY]}, "several places", "Merge"),
    ],
)
def test_a_root_the_hub_would_refuse(schema: dict[str, object], fault: str, fix: str) -> None:
    with pytest.raises(InvalidRequestError, match=fault) as caught:
        strict_schema(schema)
    assert caught.value.param == SCHEMA
    assert fix in (caught.value.hint or "")


def test_a_root_with_patterns_or_without_fields_is_taken() -> None:
    patterns = {"type": "object", "patternProperties": {"^x": CITY}}
    closed: Any = strict_schema(patterns)
    assert closed["patternProperties"] == {"^x": CLOSED_CITY}
    assert closed["additionalProperties"] is False
    assert strict_schema(create_model("Empty").model_json_schema())["properties"] == {}


def test_a_forbidding_model_is_taken() -> None:
    model = create_model("Strict", __config__=ConfigDict(extra="forbid"), a=(int, ...))
    assert strict_schema(model.model_json_schema()) == model.model_json_schema()


# -- response_format


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
def test_the_name_is_legal(name: str | None, title: object, expected: str) -> None:
    schema = CITY if title is None else CITY | {"title": title}
    built: Any = response_format(schema, name)
    assert built["json_schema"]["name"] == expected
    assert re.fullmatch("[A-Za-z0-9_-]{1,64}", expected)


def test_strict_is_the_default() -> None:
    assert response_format(CITY, "city") == response_format(CITY, "city", strict=True)


@pytest.mark.parametrize("strict", [True, False])
def test_the_wrapper_has_the_three_fields_of_the_contract(strict: bool) -> None:
    assert response_format(CITY, "city", strict=strict) == {
        "type": "json_schema",
        "json_schema": {"name": "city", "schema": CLOSED_CITY, "strict": strict},
    }


def test_a_generic_models_title_becomes_a_legal_name() -> None:
    built: Any = response_format(Box[int].model_json_schema())
    assert built["json_schema"]["name"] == "Box_int_"


@pytest.mark.parametrize("kind", ["text", "json_object"])
def test_simple_formats_stay(kind: str) -> None:
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
def test_a_wrapper_is_brought_into_the_contracts_form(
    wrapper: dict[str, object], expected: dict[str, object]
) -> None:
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
def test_a_format_out_of_the_contract_is_refused(value: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        normalise_response_format(value)
    assert caught.value.param == f"response_format.{param}"
    assert caught.value.hint


# -- reading

READABLE: dict[str, tuple[str, object]] = {
    "exact": ('{"a": 1}', {"a": 1}),
    "white space": (' \n{"a": 1}\n ', {"a": 1}),
    "number": ("42", 42),
    "text": ('"x"', "x"),
    "null": ("null", None),
    "list": ("[1, [2]]", [1, [2]]),
    "byte order mark": ('\ufeff{"a": 1}', {"a": 1}),
    "byte order mark, then a fence": ("\ufeff\n```json\n42\n```", 42),
    "fence": ('```json\n{"a": 1}\n```', {"a": 1}),
    "bare fence": ('```\n{"a": 1}\n```\n', {"a": 1}),
    "fence on one line": ('```{"a": 1}```', {"a": 1}),
    "fence never closed": ('```json\n{"a": 1}', {"a": 1}),
    "fence of another name": ('```JSON\n{"a": 1}\n```', {"a": 1}),
    "fence around a number": ("```json\n42\n```", 42),
    "fence in prose": ('Here:\n```json\n{"a": 1}\n```\nDone.', {"a": 1}),
    "fence in a string": ('Here: {"a": "```json\\n{}\\n```"}', {"a": "```json\n{}\n```"}),
    "think": ('<think>{"no": 1} Hm.</think>\n{"a": 1}', {"a": 1}),
    "think and fence": ('\n<think></think>\n```json\n{"a": 1}\n```', {"a": 1}),
    "prose before": ('Sure: {"a": 1}', {"a": 1}),
    "prose after": ('{"a": 1}\nThat is all.', {"a": 1}),
    "list in prose": ("The list is [1, 2].", [1, 2]),
    "citation before": ('As [1] says: {"a": 1}', {"a": 1}),
    "citation after": ('{"a": 1} as in [1, 2, 3, 4, 5]', {"a": 1}),
    "brackets that are prose": ('[[The]] {answer} [is] {: {"a": 1} [', {"a": 1}),
    "placeholders": ('Put {0} [x], [ ] or {} into {"a": 1}', {"a": 1}),
    "the longest object": ('{} {"a": 1} {}', {"a": 1}),
    "line breaks in strings": ('{"a": "x\ny"}', {"a": "x\ny"}),
    "lone surrogate": ('{"a": "\ud800"}', {"a": "\ud800"}),
}


@pytest.mark.parametrize("name", READABLE)
def test_what_models_write_is_read(name: str) -> None:
    text, value = READABLE[name]
    assert read_json(text) == value
    assert read_json(text, finish_reason="length") == value
    assert read_partial_json(text) == value


BROKEN = [
    "I cannot tell.",
    '{"a": ',
    '{"a": 1',
    '{"a": tr',
    '{"a": [{"b": 1}, {"c": 2}',
    '{"code": "x = {}',
    '["x = {}',
    '{"re": "\\d[1]"}',
    '{bad: {"a": 1}}',
    "{'a': [1]}",
    '{"a": 1}}',
    '[1] says {"a": 1, ',
    "[" * 100_000,
    '{"a": ' * 100_000,
    "see [" + "9" * 5_000 + "]",
    "<think>So {} is",
    "```",
]


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:20])
def test_what_is_no_whole_json_is_refused(text: str) -> None:
    with pytest.raises(ResponseError, match="not JSON, or broken") as caught:
        read_json(text, finish_reason="stop")
    assert len(str(caught.value)) < 300
    with pytest.raises(ResponseError, match="cut off") as caught:
        read_json(text, finish_reason="length")
    assert "max_tokens" in str(caught.value)


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_an_empty_answer_is_told(text: str | None) -> None:
    with pytest.raises(ResponseError, match="empty"):
        read_json(text)
    with pytest.raises(ResponseError, match=r"cut off.*max_tokens"):
        read_json(text, finish_reason="length")


def test_a_long_answer_is_shown_in_part() -> None:
    with pytest.raises(ResponseError, match=r"'x{80}'"):
        read_json("x" * 80)
    with pytest.raises(ResponseError) as caught:
        read_json("x" * 1000)
    assert "x" * 80 + "…" in str(caught.value)
    assert "x" * 81 not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("Sure", None),
        ("4 of", None),
        ("[the", None),
        ("{", {}),
        ('{"a', {}),
        ('{"a": "x', {"a": "x"}),
        ('{"a": [1, {"b": "y', {"a": [1, {"b": "y"}]}),
        ('"tex', "tex"),
        ("```json\n", None),
        ('```json\n{"a": "x', {"a": "x"}),
        ('```json\n{"a": "x"}\n``', {"a": "x"}),
        ('Sure [1]: {"a": "x', {"a": "x"}),
        ('<think>{"a": "x', None),
        ('<think>{}</think>{"a": "x', {"a": "x"}),
        ('{"a": 1} and', {"a": 1}),
        ("{'a': 1", None),
        ('{"a": "\x00"', None),
        ("[" * 100_000, None),
    ],
)
def test_what_has_arrived_is_read(text: str, value: object) -> None:
    assert read_partial_json(text) == value


@pytest.mark.parametrize("brackets", ["{", "[", "[ ", "{ [] ", "[{x", "{{}", "[]", "[x] "])
def test_many_brackets_are_passed(brackets: str) -> None:
    assert read_json(brackets * 100_000 + 'x {"a": 1}') == {"a": 1}


# -- properties

scalars = st.sampled_from([int, str, bool, float, City, Node, list[Node], dict[str, int]])
field_types = st.recursive(
    scalars,
    lambda inner: st.one_of(
        inner.map(lambda kind: list[kind]),
        inner.map(lambda kind: kind | None),
        inner.map(lambda kind: dict[str, kind]),
        inner.map(lambda kind: tuple[kind, str]),
        inner.map(lambda kind: Box[kind]),
    ),
    max_leaves=3,
)
field_names = st.sampled_from(["a", "properties", "items", "enum", "default", "type"])
models = st.dictionaries(field_names, field_types, min_size=1, max_size=4).map(
    lambda fields: create_model("Made", **{name: (kind, ...) for name, kind in fields.items()})
)

names = st.sampled_from(["a", "properties", "items", "$ref", "anyOf"])
schemas: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.sampled_from([{"type": "integer"}, {"type": "string"}, {"const": {"properties": {}}}, {}]),
    lambda inner: st.one_of(
        st.dictionaries(names, inner, max_size=3).map(
            lambda fields: {"type": "object", "properties": fields}
        ),
        st.tuples(
            st.sampled_from(["anyOf", "oneOf", "allOf"]), st.lists(inner, min_size=1, max_size=3)
        ).map(lambda pair: {pair[0]: pair[1]}),
        st.tuples(inner, inner).map(lambda pair: pair[0] | {"if": pair[1], "then": pair[0]}),
        st.tuples(inner, inner).map(lambda pair: {**pair[0], **pair[1]}),
        inner.map(lambda item: {"type": "array", "items": item}),
        inner.map(lambda item: {"not": item}),
    ),
    max_leaves=8,
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(models)
def test_models_become_strict_once(model: type[BaseModel]) -> None:
    schema = model.model_json_schema()
    closed = strict_schema(schema)
    assert strict_schema(closed) == closed
    jsonschema.Draft202012Validator.check_schema(closed)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(names, schemas, min_size=1, max_size=3))
def test_strict_is_strict(fields: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": fields}
    before = deepcopy(schema)
    closed = strict_schema(schema)
    assert strict_schema(closed) == closed
    assert schema == before


Described = tuple[dict[str, Any], Any]
"""A schema, and an instance that fits it without undeclared properties."""


def object_of(fields: dict[str, Described]) -> Described:
    properties = {name: schema for name, (schema, _) in fields.items()}
    instance = {name: value for name, (_, value) in fields.items()}
    return {"type": "object", "properties": properties}, instance


def any_of(described: Described, other: Described, key: str) -> Described:
    return {key: [other[0], described[0]] if key == "anyOf" else [described[0]]}, described[1]


def all_of(fields: dict[str, Described], cut: int, beside: bool) -> Described:
    """Describe one object in two places."""
    names_ = sorted(fields)
    one, _ = object_of({name: fields[name] for name in names_[:cut]})
    two, _ = object_of({name: fields[name] for name in names_[cut:]})
    schema = one | {"allOf": [two]} if beside else {"allOf": [one, two]}
    return schema, object_of(fields)[1]


fields_of = st.sampled_from(["a", "b", "properties", "items", "$ref"])
described: st.SearchStrategy[Described] = st.recursive(
    st.sampled_from(
        [
            ({"type": "integer"}, 1),
            ({}, {"x": 1}),
            ({"const": {"properties": {}}}, {"properties": {}}),
        ]
    ),
    lambda inner: st.one_of(
        st.dictionaries(fields_of, inner, max_size=3).map(object_of),
        st.builds(any_of, inner, inner, st.sampled_from(["anyOf", "oneOf", "allOf"])),
        st.builds(
            all_of,
            st.dictionaries(fields_of, inner, min_size=1, max_size=4),
            st.integers(0, 3),
            st.booleans(),
        ),
        inner.map(lambda d: ({"type": "array", "items": d[0]}, [d[1], d[1]])),
        inner.map(lambda d: ({"prefixItems": [{}, d[0]]}, [None, d[1]])),
        inner.map(lambda d: ({"type": "object", "additionalProperties": d[0]}, {"any": d[1]})),
        inner.map(lambda d: ({"if": d[0], "then": d[0], "else": {"not": d[0]}}, d[1])),
        inner.map(lambda d: (d[0] | {"not": {"not": {}}}, d[1])),
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(fields_of, described, min_size=1, max_size=3).map(object_of))
def test_what_fitted_with_declared_properties_still_fits(pair: Described) -> None:
    schema, instance = pair
    assert_fits(instance, schema)
    assert_fits(instance, strict_schema(schema))


@settings(deadline=None)
@given(models.flatmap(st.builds))
def test_instances_of_models_still_fit(instance: BaseModel) -> None:
    dumped = instance.model_dump(mode="json", by_alias=True)
    assert_fits(dumped, strict_schema(type(instance).model_json_schema()))


WRAPPINGS = [
    "{}",
    "\n {} \n",
    "\ufeff{}",
    "```json\n{}\n```",
    "```\n{}\n```\n",
    "<think>Let [me] see, {{}}.</think>{}",
    "<think>\n</think>\n\n```json\n{}\n```",
]
PROSE = ["Here it is: {}", "{} That is all.", "Look [here]:\n```json\n{}\n```\nDone {{ }}."]


def wrapped(wrapping: str, text: str) -> str:
    return wrapping.replace("{}", text, 1) if "{{" not in wrapping else wrapping.format(text)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(WRAPPINGS), json_values, st.sampled_from([None, 2]), st.booleans())
def test_any_json_is_read_through_any_wrapping(
    wrapping: str, value: object, indent: int | None, ascii_only: bool
) -> None:
    text = wrapped(wrapping, json.dumps(value, indent=indent, ensure_ascii=ascii_only))
    assert read_json(text) == value


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(PROSE), st.dictionaries(st.text(max_size=5), json_values, min_size=1))
def test_any_object_is_read_in_prose(prose: str, value: object) -> None:
    assert read_json(wrapped(prose, json.dumps(value))) == value


@settings(deadline=None)
@given(st.sampled_from(WRAPPINGS + PROSE), st.dictionaries(st.text(max_size=5), json_values))
def test_every_prefix_is_read_and_the_whole_at_the_end(
    wrapping: str, value: dict[str, object]
) -> None:
    text = wrapped(wrapping, json.dumps({"": 1, **value}))
    for end in range(len(text)):
        partial = read_partial_json(text[:end])
        assert partial is None or isinstance(partial, dict | list)
    assert read_partial_json(text) == {"": 1, **value}


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(), st.text(alphabet='{}[]",:\\ a1`\n<>')))
def test_reading_anything_gives_json_or_a_response_error(text: str) -> None:
    partial = read_partial_json(text)
    try:
        value = read_json(text)
    except ResponseError:
        return
    assert json.dumps(value) == json.dumps(partial)
