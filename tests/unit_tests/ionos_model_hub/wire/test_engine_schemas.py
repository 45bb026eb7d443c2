"""Features that the engine rejects are removed, and nothing else becomes stricter."""

import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schema_strategies import Described, described, fields_of, object_of

from ionos_model_hub.wire.engine_schemas import (
    ACCEPTED_FORMATS,
    LLGUIDANCE_KEYWORDS,
    REJECTED_KEYWORDS,
    remove_look_around,
    remove_rejected,
)

DECIMAL = r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"
"""As pydantic 2.11 to 2.13 write it for `Decimal`."""


UNCHANGED: list[Any] = [
    {"type": "string", "format": "date"},
    {"pattern": 7},
    {"not": {"type": "string"}},
    {"oneOf": [{"type": "string"}, {}]},
    {"propertyNames": {"enum": ["a"]}},
    {"enum": [{"format": "path"}], "default": {"uniqueItems": 1}},
    True,
]
CHANGED: list[tuple[Any, Any]] = [
    ({"type": "array", "uniqueItems": True}, {"type": "array"}),
    ({"contains": {}, "minContains": 1, "maxContains": 2, "minItems": 1}, {"minItems": 1}),
    ({"type": "string", "format": "path"}, {"type": "string"}),
    ({"type": "string", "format": ["date"]}, {"type": "string"}),
    ({"pattern": DECIMAL}, {"pattern": r"^[+-]?0*\d*\.?\d*$"}),
]


@pytest.mark.parametrize(("schema", "sent"), [*CHANGED, *((same, same) for same in UNCHANGED)])
def test_rejected_features_are_removed_at_every_depth(schema: Any, sent: Any) -> None:
    assert remove_rejected({"items": schema}) == {"items": sent}
    assert remove_rejected({"properties": {"uniqueItems": schema}}) == {
        "properties": {"uniqueItems": sent}
    }
    assert remove_rejected({"$defs": {"A": schema}}) == {"$defs": {"A": sent}}
    assert remove_rejected({"anyOf": [schema, {}]}) == {"anyOf": [sent, {}]}
    assert remove_rejected({"prefixItems": (schema,)}) == {"prefixItems": [sent]}


def test_the_input_is_not_modified() -> None:
    schema = {"properties": {"a": {"format": "path", "uniqueItems": True}}}
    remove_rejected(schema)
    assert schema == {"properties": {"a": {"format": "path", "uniqueItems": True}}}


@pytest.mark.parametrize(
    "needs_llguidance",
    [
        {"type": "integer", "multipleOf": 5},
        {"type": "string", "pattern": "^a", "minLength": 2},
        {"type": "string", "format": "date", "maxLength": 2},
        {"propertyNames": {}, "properties": {}},
        {"propertyNames": {}, "unevaluatedProperties": False},
        {"patternProperties": {"^a": {}}, "properties": {}},
        {"patternProperties": {"^a": {}, "^b": {}}},
        {"allOf": [{}, {}]},
    ],
)
def test_features_that_llguidance_rejects_are_removed_if_it_is_needed(
    needs_llguidance: dict[str, Any],
) -> None:
    rejected: dict[str, Any] = {
        "not": {"type": "null"},
        "if": {},
        "then": {},
        "dependentRequired": {"a": ["b"]},
        "oneOf": [{"type": "object"}],
        "format": "json-pointer",
        "pattern": r"\bword\b",
    }
    changed: Any = remove_rejected({"properties": {"a": needs_llguidance, "b": rejected}})
    assert changed["properties"]["b"] == {"anyOf": [{"type": "object"}]}
    assert LLGUIDANCE_KEYWORDS.isdisjoint(changed["properties"]["a"])
    alone: Any = remove_rejected({"properties": {"b": rejected}})
    assert alone["properties"]["b"] == rejected


@pytest.mark.parametrize(
    "accepted",
    [
        {"patternProperties": {"^a": {}}},
        {"allOf": [{}]},
        {"type": "string", "minLength": 2},
        {"type": "string", "pattern": "^a"},
        {"propertyNames": {}},
    ],
)
def test_features_that_llguidance_rejects_are_kept_if_it_is_not_needed(
    accepted: dict[str, Any],
) -> None:
    schema = {"properties": {"a": accepted, "b": {"pattern": r"\bword\b"}}}
    assert remove_rejected(schema) == schema


@pytest.mark.parametrize("negation", ["not", "if"])
def test_negations_around_a_removed_feature_are_removed(negation: str) -> None:
    schema = {negation: {"uniqueItems": True}, "then": {}, "else": False}
    assert remove_rejected({"items": schema})["items"] == {}


def test_branches_of_one_of_may_overlap_after_a_removal() -> None:
    branches: list[Any] = [{"format": "path"}, {"format": "password"}]
    assert remove_rejected({"oneOf": branches}) == {"anyOf": [{}, {}]}
    both: Any = remove_rejected({"oneOf": branches, "anyOf": [{"type": "string"}]})
    assert both == {"anyOf": [{"type": "string"}]}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("^(?=a).*$", "^.*$"),
        (DECIMAL, r"^[+-]?0*\d*\.?\d*$"),
        (
            r"^(?!^[-+.]*$)[+-]?0*(?:\d{0,3}|(?=[\d.]{1,6}0*$)\d{0,3}\.\d{0,2}0*$)",
            r"^[+-]?0*(?:\d{0,3}|\d{0,3}\.\d{0,2}0*$)",
        ),
        ("a(?=(b|c))?d", "ad"),
        ("a(?!b){2,3}?d", "ad"),
        ("(?<!x)y(?<=y)", "y"),
        ("(?=a(?!b))c", "c"),
        ("(?=((a)b)c)d", "d"),
        (r"[(?=]a\)(?:b)", r"[(?=]a\)(?:b)"),
        (r"\(?=a", r"\(?=a"),
        ("[]()](?=a)", "[]()]"),
        ("(?=a", ""),
        (")(", ")("),
        ("", ""),
    ],
)
def test_look_around_is_removed(pattern: str, expected: str) -> None:
    assert remove_look_around(pattern) == expected


ATOMS = st.sampled_from(["a", "b", "[ab]", "(?=a)", "(?!b)", "(?<=a)", "(?:b)", "(a|b)", "a?", "$"])


@given(st.lists(ATOMS, max_size=6).map("".join), st.text("ab", max_size=4))
def test_patterns_without_look_around_match_more(pattern: str, text: str) -> None:
    if re.search(pattern, text):
        assert re.search(remove_look_around(pattern), text)


FEATURES: list[Described] = [
    ({"type": "array", "uniqueItems": True}, [1, 2]),
    ({"type": "array", "contains": {"const": 1}, "minContains": 1}, [1, 2]),
    ({"type": "string", "format": "path"}, "/tmp"),  # noqa: S108
    ({"type": "string", "pattern": "^(?=a)[a-z]+$", "minLength": 1}, "ab"),
    ({"type": "integer", "multipleOf": 5}, 10),
    ({"propertyNames": {"pattern": "^x$"}, "properties": {"x": {}}}, {"x": 1}),
]


@settings(deadline=None, max_examples=300)
@given(
    st.dictionaries(fields_of, described, min_size=1, max_size=3),
    st.dictionaries(st.sampled_from("uvw"), st.sampled_from(FEATURES), max_size=2),
)
def test_matching_instances_still_match(
    fields: dict[str, Described], features: dict[str, Described]
) -> None:
    schema, instance = object_of(fields | features)
    jsonschema.Draft202012Validator(schema).validate(instance)
    jsonschema.Draft202012Validator(remove_rejected(schema)).validate(instance)


def test_table_of_formats_and_keywords() -> None:
    assert {"date-time", "uuid", "ipv4"} <= ACCEPTED_FORMATS
    assert REJECTED_KEYWORDS.isdisjoint(LLGUIDANCE_KEYWORDS)
