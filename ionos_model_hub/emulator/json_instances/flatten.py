"""JSON Schemas without references and combinators: one flat schema for each way to satisfy them."""

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
_LARGEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_SMALLEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_BY_NAME = ("properties", "patternProperties", "dependentRequired", "dependentSchemas", "$defs")


class Flattener:
    """Expands `$ref`, `allOf`, `anyOf`, `oneOf` and `if` of schemas of one document.

    Args:
        resolver: A `referencing` resolver at the root of the document.
    """

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver

    def flatten(self, schema: Schema, roomy: bool, hops: int = 0) -> Iterator[Schema]:
        """Yield flat schemas, each at least as strict; where not `roomy`, finite ones first."""
        if hops > 32:
            return
        rest = dict(schema)
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in rest:
                target = self._resolver.lookup(rest.pop(keyword)).contents
                yield from self._merged(rest, target, roomy, hops)
                return
        for keyword in ("anyOf", "oneOf"):
            if keyword in rest:
                for branch in _ordered(rest.pop(keyword), roomy):
                    yield from self._merged(rest, branch, roomy, hops)
                return
        if "allOf" in rest:
            first, *others = rest.pop("allOf")
            rest |= {"allOf": others} if others else {}
            yield from self._merged(rest, first, roomy, hops)
            return
        yield from self._conditional(rest, roomy, hops)

    def _conditional(self, rest: Schema, roomy: bool, hops: int) -> Iterator[Schema]:
        for name, schema in dict(rest.get("dependentSchemas", {})).items():
            if name in rest.get("required", ()):
                others = {k: v for k, v in rest["dependentSchemas"].items() if k != name}
                yield from self._merged({**rest, "dependentSchemas": others}, schema, roomy, hops)
                return
        if "if" not in rest:
            yield rest
            return
        condition, then = rest.pop("if"), rest.pop("then", True)
        otherwise = rest.pop("else", True)
        yield from self._merged(rest, {"allOf": [condition, then]}, roomy, hops)
        yield from self._merged(rest, otherwise, roomy, hops)

    def _merged(
        self, rest: Schema, other: Schema | bool, roomy: bool, hops: int
    ) -> Iterator[Schema]:
        if other is not False:
            yield from self.flatten(merge(rest, {} if other is True else other), roomy, hops + 1)


def merge(one: Schema, other: Schema) -> Schema:
    """Return a schema whose instances satisfy both; what cannot be united goes to `allOf`."""
    merged = dict(one)
    for key, value in other.items():
        if key not in one or one[key] == value:
            merged[key] = value
        else:
            merged = _united(merged, key, one[key], value)
    return merged


def types_of(flat: Schema, *, null_first: bool) -> list[str]:
    """Return the types an instance may have, or those its keywords speak of."""
    told = flat.get("type")
    if isinstance(told, str):
        return [told]
    if told is None:
        told = [kind for kind, keys in _KEYWORD_TYPES.items() if any(key in flat for key in keys)]
        return [*told, *(kind for kind in _ALL_TYPES if kind not in told)]
    return sorted(told, key=lambda kind: (kind == "null") != null_first)


def _united(merged: Schema, key: str, one: Any, other: Any) -> Schema:
    if key in _LARGEST:
        return {**merged, key: max(one, other)}
    if key in _SMALLEST:
        return {**merged, key: min(one, other)}
    if key == "required":
        return {**merged, key: [*one, *(name for name in other if name not in one)]}
    if key == "type":
        return {**merged, key: _common_types(one, other)}
    if key == "enum":
        return {**merged, key: [value for value in one if value in other]}
    if key in _BY_NAME:
        return {**merged, key: _union_by_name(one, other)}
    if key in ("items", "additionalProperties", "propertyNames"):
        return {**merged, key: {"allOf": [one, other]} if one and other else False}
    if key in ("allOf", "anyOf", "oneOf", "not", "if", "$ref"):
        return {
            **merged,
            "allOf": [*merged.get("allOf", ()), *(other if key == "allOf" else [{key: other}])],
        }
    return {**merged, key: other}


def _common_types(one: str | list[str], other: str | list[str]) -> list[str]:
    ones = [one] if isinstance(one, str) else one
    others = [other] if isinstance(other, str) else other
    common = [kind for kind in ones if kind in others]
    if "integer" in (set(ones) | set(others)) - set(common) and "number" in {*ones, *others}:
        common.append("integer")
    return common


def _union_by_name(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {**one, **other}
    for name in one.keys() & other.keys():
        if isinstance(one[name], list):
            both[name] = [*one[name], *other[name]]
        else:
            both[name] = {"allOf": [one[name], other[name]]}
    return both


def _ordered(branches: list[Any], roomy: bool) -> list[Any]:
    if roomy:
        return sorted(branches, key=lambda branch: branch == {"type": "null"})
    return sorted(branches, key=lambda branch: (branch != {"type": "null"}, "$ref" in str(branch)))
