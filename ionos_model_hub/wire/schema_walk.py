"""Traverse and rewrite the schemas in a JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import unquote

from pydantic import JsonValue

JsonObject: TypeAlias = dict[str, JsonValue]

DEFINITIONS = frozenset({"$defs", "definitions"})
BY_NAME = DEFINITIONS | {"properties", "patternProperties", "dependentSchemas"}
"""Keywords whose value maps names to schemas."""
IN_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
DIRECT = frozenset(
    {
        *("items", "contains", "additionalProperties", "unevaluatedProperties", "propertyNames"),
        *("additionalItems", "unevaluatedItems", "contentSchema", "not", "if", "then", "else"),
    }
)
"""Keywords whose value is a schema; before draft 2020-12, `items` may also be a list of them."""
_UNNAMED = IN_LISTS | DIRECT


def rewrite(schema: Mapping[str, object], change: Callable[[JsonObject], JsonObject]) -> JsonObject:
    """Return a copy of a schema in which `change` was applied to every schema, innermost first.

    Data such as `enum`, `default` and `examples` is copied unchanged.

    Example:
        >>> rewrite({"items": {"type": "string"}}, lambda node: node | {"title": "T"})
        {'items': {'type': 'string', 'title': 'T'}, 'title': 'T'}
    """
    return change({key: _rewrite_value(key, value, change) for key, value in schema.items()})


def subschemas(schema: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Yield a schema and all schemas in it, outermost first."""
    yield schema
    for key, value in schema.items():
        for child in _children(key, value):
            if isinstance(child, Mapping):
                yield from subschemas(child)


def resolve_pointer(schema: Mapping[str, object], ref: str) -> object:
    """Return the target of a JSON pointer such as `#/$defs/Node`, or None if there is none.

    Example:
        >>> resolve_pointer({"$defs": {"Node": {"type": "object"}}}, "#/$defs/Node")
        {'type': 'object'}
    """
    node: object = schema
    document, *steps = unquote(ref).split("/")
    for step in steps:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and name.isdecimal() and int(name) < len(node):
            node = node[int(name)]
        else:
            node = node.get(name) if isinstance(node, Mapping) else None
    return node if document == "#" else None


def inline_root(schema: Mapping[str, object]) -> dict[str, Any]:
    """Return a schema whose root is not a reference, as pydantic writes it for recursive classes.

    Example:
        >>> inline_root({"$ref": "#/$defs/Node", "$defs": {"Node": {"type": "object"}}})
        {'type': 'object', '$defs': {'Node': {'type': 'object'}}}
    """
    reference = schema.get("$ref")
    target = resolve_pointer(schema, reference) if isinstance(reference, str) else None
    if not isinstance(target, Mapping):
        return dict(schema)
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}


def _children(key: str, value: object) -> list[object]:
    if key in BY_NAME and isinstance(value, Mapping):
        return list(value.values())
    if key in _UNNAMED:
        return list(value) if isinstance(value, list | tuple) else [value]
    return []


def _rewrite_value(
    key: str, value: object, change: Callable[[JsonObject], JsonObject]
) -> JsonValue:
    if key in BY_NAME and isinstance(value, Mapping):
        return {name: _rewrite_node(node, change) for name, node in value.items()}
    if key in _UNNAMED:
        if isinstance(value, list | tuple):
            return [_rewrite_node(node, change) for node in value]
        return _rewrite_node(value, change)
    return value  # type: ignore[return-value]  # a schema is JSON


def _rewrite_node(node: object, change: Callable[[JsonObject], JsonObject]) -> JsonValue:
    return rewrite(node, change) if isinstance(node, Mapping) else node  # type: ignore[return-value]  # True, False, or invalid
