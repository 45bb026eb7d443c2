"""Flat JSON Schemas: one without references and combinators for each way to satisfy a schema."""

from collections.abc import Iterator
from typing import Any

from ionos_model_hub.emulator.json_instances.scalars import Schema

_KEYWORD_TYPES = {
    "object": ("properties", "required", "minProperties", "patternProperties", "propertyNames"),
    "array": ("items", "prefixItems", "minItems", "uniqueItems", "contains"),
    "string": ("pattern", "minLength", "maxLength", "format"),
    "number": ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"),
}
_ALL_TYPES = ["string", "integer", "number", "boolean", "object", "array", "null"]
_LOWER_BOUNDS = (
    "minimum",
    "exclusiveMinimum",
    "minLength",
    "minItems",
    "minProperties",
    "minContains",
)
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_KEYED_BY_NAME = (
    "properties",
    "patternProperties",
    "dependentRequired",
    "dependentSchemas",
    "$defs",
)
_MAX_REFERENCES = 32


class SchemaFlattener:
    """Expand `$ref`, `allOf`, `anyOf`, `oneOf` and `if` in schemas of one document.

    Args:
        resolver: A `referencing` resolver at the root of the document.
    """

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver

    def flatten(self, schema: Schema, prefer_large: bool, hops: int = 0) -> Iterator[Schema]:
        """Yield flat schemas, each at least as strict as `schema`.

        Args:
            schema: A schema of the document.
            prefer_large: Order alternatives so that null comes last; otherwise null and
                alternatives without references come first, which ends recursion.
            hops: Number of references and combinators already followed.
        """
        if hops > _MAX_REFERENCES:
            return
        rest = dict(schema)
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in rest:
                target = self._resolver.lookup(rest.pop(keyword)).contents
                yield from self._merged(rest, target, prefer_large, hops)
                return
        for keyword in ("anyOf", "oneOf"):
            if keyword in rest:
                for branch in _ordered(rest.pop(keyword), prefer_large):
                    yield from self._merged(rest, branch, prefer_large, hops)
                return
        if "allOf" in rest:
            first, *others = rest.pop("allOf")
            rest |= {"allOf": others} if others else {}
            yield from self._merged(rest, first, prefer_large, hops)
            return
        yield from self._conditional(rest, prefer_large, hops)

    def _conditional(self, rest: Schema, prefer_large: bool, hops: int) -> Iterator[Schema]:
        for name, schema in dict(rest.get("dependentSchemas", {})).items():
            if name in rest.get("required", ()):
                others = {k: v for k, v in rest["dependentSchemas"].items() if k != name}
                rest = {**rest, "dependentSchemas": others}
                yield from self._merged(rest, schema, prefer_large, hops)
                return
        if "if" not in rest:
            yield rest
            return
        condition, then = rest.pop("if"), rest.pop("then", True)
        otherwise = rest.pop("else", True)
        yield from self._merged(rest, {"allOf": [condition, then]}, prefer_large, hops)
        yield from self._merged(rest, otherwise, prefer_large, hops)

    def _merged(
        self, rest: Schema, other: Schema | bool, prefer_large: bool, hops: int
    ) -> Iterator[Schema]:
        if other is not False:
            schema = merge_schemas(rest, {} if other is True else other)
            yield from self.flatten(schema, prefer_large, hops + 1)


def merge_schemas(one: Schema, other: Schema) -> Schema:
    """Return a schema for instances that satisfy both; unmergeable keywords go to `allOf`."""
    merged = dict(one)
    for key, value in other.items():
        if key not in one or one[key] == value:
            merged[key] = value
        else:
            merged = _merge_keyword(merged, key, one[key], value)
    return merged


def types_of(flat: Schema, *, null_first: bool) -> list[str]:
    """Return the types an instance may have; without `type`, those of the keywords come first."""
    declared = flat.get("type")
    if isinstance(declared, str):
        return [declared]
    if declared is None:
        implied = [
            kind for kind, keys in _KEYWORD_TYPES.items() if any(key in flat for key in keys)
        ]
        return [*implied, *(kind for kind in _ALL_TYPES if kind not in implied)]
    return sorted(declared, key=lambda kind: (kind == "null") != null_first)


def _merge_keyword(merged: Schema, key: str, one: Any, other: Any) -> Schema:
    if key in _LOWER_BOUNDS:
        return {**merged, key: max(one, other)}
    if key in _UPPER_BOUNDS:
        return {**merged, key: min(one, other)}
    if key == "required":
        return {**merged, key: [*one, *(name for name in other if name not in one)]}
    if key == "type":
        return {**merged, key: _common_types(one, other)}
    if key == "enum":
        return {**merged, key: [value for value in one if value in other]}
    if key in _KEYED_BY_NAME:
        return {**merged, key: _merge_by_name(one, other)}
    if key in ("items", "additionalProperties", "propertyNames"):
        return {**merged, key: {"allOf": [one, other]} if one and other else False}
    if key in ("allOf", "anyOf", "oneOf", "not", "if", "$ref"):
        branches = other if key == "allOf" else [{key: other}]
        return {**merged, "allOf": [*merged.get("allOf", ()), *branches]}
    return {**merged, key: other}


def _common_types(one: str | list[str], other: str | list[str]) -> list[str]:
    ones = [one] if isinstance(one, str) else one
    others = [other] if isinstance(other, str) else other
    common = [kind for kind in ones if kind in others]
    if "integer" in (set(ones) | set(others)) - set(common) and "number" in {*ones, *others}:
        common.append("integer")
    return common


def _merge_by_name(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {**one, **other}
    for name in one.keys() & other.keys():
        if isinstance(one[name], list):
            both[name] = [*one[name], *other[name]]
        else:
            both[name] = {"allOf": [one[name], other[name]]}
    return both


def _ordered(branches: list[Any], prefer_large: bool) -> list[Any]:
    if prefer_large:
        return sorted(branches, key=lambda branch: branch == {"type": "null"})
    return sorted(branches, key=lambda branch: (branch != {"type": "null"}, "$ref" in str(branch)))
