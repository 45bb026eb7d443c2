"""Hypothesis strategies for JSON, pydantic models, and schemas with matching instances."""

from typing import Any, Generic, Literal, TypeVar

from hypothesis import strategies as st
from pydantic import BaseModel, create_model

T = TypeVar("T")


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


def pattern_beside_property(described: Described) -> Described:
    schema, value = described
    property_, _ = object_of({"a": described})
    return {"patternProperties": {"^b": schema}, "allOf": [property_]}, {"a": value, "b": value}


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
        inner.map(pattern_beside_property),
        inner.map(lambda d: ({"if": d[0], "then": d[0], "else": {"not": d[0]}}, d[1])),
        inner.map(lambda d: (d[0] | {"not": {"not": {}}}, d[1])),
    ),
    max_leaves=8,
)
