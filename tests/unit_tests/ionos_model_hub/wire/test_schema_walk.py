"""Schemas are found at every keyword that contains some; data that looks like one is not."""

from typing import Any

import pytest

from ionos_model_hub.wire.schema_walk import inline_root, resolve_pointer, rewrite, subschemas

SCHEMA: dict[str, Any] = {
    "$defs": {"Node": {"title": "node"}, "a/b": {"title": "slash"}, "c~d": {"title": "tilde"}},
    "properties": {"items": {"title": "property"}},
    "items": {"title": "item", "contains": {"title": "contained"}},
    "anyOf": [{"title": "first"}, True],
    "prefixItems": ({"title": "second"},),
    "enum": [{"title": "data"}],
    "default": {"title": "data"},
    "title": {"title": "data"},
}


@pytest.mark.parametrize(
    ("ref", "title"),
    [
        ("#/$defs/Node", "node"),
        ("#/$defs/a~1b", "slash"),
        ("#/$defs/c~0d", "tilde"),
        ("#/%24defs/Node", "node"),
        ("#/items/contains", "contained"),
        ("#/anyOf/0", "first"),
    ],
)
def test_pointers(ref: str, title: str) -> None:
    assert resolve_pointer(SCHEMA, ref) == {"title": title}


@pytest.mark.parametrize(
    "ref",
    [
        "#/$defs/Gone",
        "#/$defs/Node/title/x",
        "#/anyOf/2",
        "#/anyOf/x",
        "#Node",
        "Node",
        "other.json#/$defs/Node",
        "",
    ],
)
def test_pointers_without_a_target(ref: str) -> None:
    assert resolve_pointer(SCHEMA, ref) is None


def test_pointer_to_the_root() -> None:
    assert resolve_pointer(SCHEMA, "#") is SCHEMA


def test_reference_at_the_root_is_replaced_by_its_target() -> None:
    definitions = {"$defs": {"Node": {"type": "object", "title": "Node"}}}
    schema = {"$ref": "#/$defs/Node", "title": "Tree", **definitions}
    assert inline_root(schema) == {"type": "object", "title": "Tree", **definitions}
    for unchanged in ({"type": "string"}, {"$ref": "#/$defs/Gone"}, {"$ref": 5}):
        assert inline_root(unchanged) == unchanged


def test_subschemas_are_yielded_outermost_first() -> None:
    assert [node.get("title") for node in subschemas(SCHEMA)] == [
        SCHEMA["title"],
        "node",
        "slash",
        "tilde",
        "property",
        "item",
        "contained",
        "first",
        "second",
    ]


def test_every_schema_is_rewritten_and_data_is_kept() -> None:
    assert rewrite(SCHEMA, lambda node: node | {"new": 1}) == {
        "$defs": {
            "Node": {"title": "node", "new": 1},
            "a/b": {"title": "slash", "new": 1},
            "c~d": {"title": "tilde", "new": 1},
        },
        "properties": {"items": {"title": "property", "new": 1}},
        "items": {"title": "item", "contains": {"title": "contained", "new": 1}, "new": 1},
        "anyOf": [{"title": "first", "new": 1}, True],
        "prefixItems": [{"title": "second", "new": 1}],
        "enum": [{"title": "data"}],
        "default": {"title": "data"},
        "title": {"title": "data"},
        "new": 1,
    }
