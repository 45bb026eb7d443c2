"""Structured output: a JSON Schema becomes a `response_format`, and the answer becomes JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import NoReturn, TypeAlias
from urllib.parse import unquote

from pydantic import JsonValue

from ionos_model_hub.errors import InvalidRequestError

JsonObject: TypeAlias = dict[str, JsonValue]

DEFAULT_NAME = "answer"

# Which keywords hold schemas, and of what: of other values than the one at hand (its items, its
# properties), of the same value, or of the same value but only as a condition or a fragment.
_OF_OTHERS = frozenset({"properties", "patternProperties", "items", "prefixItems", "contains"}) | {
    *("additionalProperties", "unevaluatedProperties", "propertyNames"),
    *("additionalItems", "unevaluatedItems", "contentSchema"),
}
_OF_SAME = frozenset({"allOf", "anyOf", "oneOf"})
_OF_PARTS = frozenset({"not", "if", "then", "else", "dependentSchemas"})
_DEFINITIONS = frozenset({"$defs", "definitions"})
_BY_NAME = _DEFINITIONS | {"properties", "patternProperties", "dependentSchemas"}

_PARAM = "response_format"
_SCHEMA_PARAM = "response_format.json_schema.schema"
_WRAP = 'Wrap it in an object with one field: {"type": "object", "properties": {"value": …}}.'


def strict_schema(schema: Mapping[str, object]) -> JsonObject:
    """Return a copy of a schema that the hub takes for strict output.

    The root must be an object with declared properties; a root that is a `$ref` is resolved,
    `$defs` and recursion stay. Every object that declares `properties` and says nothing about
    others is closed with `additionalProperties: false`. Left open are objects described in
    several places at once (two branches of an `allOf`, a condition of an `if`): closed, they
    would fit nothing. Everything else is kept as it is.

    Raises:
        InvalidRequestError: The root is something else, or open to undeclared properties.

    Example:
        >>> strict_schema({"properties": {"n": {"type": "integer"}}})["additionalProperties"]
        False
    """
    root = _resolved_root(schema)
    _check_root(root)
    parts: set[str] = set()
    while True:
        known = len(parts)
        closed = {key: _close_inside(key, value, parts, False) for key, value in root.items()}
        if len(parts) == known:
            return {**closed, "type": "object", "additionalProperties": False}


def response_format(
    schema: Mapping[str, object], name: str | None = None, strict: bool = True
) -> JsonObject:
    """Build the `response_format` that asks for JSON of a schema.

    Args:
        schema: The JSON Schema of the answer, an object.
        name: Its name; illegal characters become `_`. Default: the schema's title, or "answer".
        strict: Whether the hub holds the model to the schema.

    Raises:
        InvalidRequestError: The schema does not fit `strict_schema`.

    Example:
        >>> response_format({"title": "G[int]", "properties": {}})["json_schema"]["name"]
        'G_int_'
    """
    closed = strict_schema(schema)
    wrapper: JsonObject = {
        "name": _legal_name(name or closed.get("title")),
        "schema": closed,
        "strict": strict,
    }
    return {"type": "json_schema", "json_schema": wrapper}


def normalise_response_format(value: Mapping[str, object]) -> JsonObject:
    """Bring a `response_format` as users and frameworks write it into the contract's form.

    Raises:
        InvalidRequestError: It is none; `param` names the field at fault.

    Example:
        >>> normalise_response_format({"type": "json_object"})
        {'type': 'json_object'}
    """
    kind = value.get("type")
    if kind not in ("json_schema", "json_object", "text"):
        raise InvalidRequestError(
            f"The response format has the type {kind!r}.",
            param=f"{_PARAM}.type",
            hint="Use json_schema, json_object or text.",
        )
    if kind != "json_schema":
        _check_keys(value, {"type"}, _PARAM)
        return {"type": kind}
    _check_keys(value, {"type", "json_schema"}, _PARAM)
    return _normalised_wrapper(value.get("json_schema"))


def _resolved_root(schema: Mapping[str, object]) -> dict[str, object]:
    """Replace a `$ref` at the root by what it points to."""
    root = dict(schema)
    seen: set[str] = set()
    while isinstance(ref := root.pop("$ref", None), str):
        target = _target(schema, ref)
        if ref in seen or target is None:
            raise InvalidRequestError(
                f"The schema's root refers to {ref!r}, which is no schema in it.",
                param=_SCHEMA_PARAM,
                hint="Point `$ref` to an entry of the schema's own `$defs`.",
            )
        seen.add(ref)
        root = {**target, **root}
    return root


def _target(schema: Mapping[str, object], ref: str) -> Mapping[str, object] | None:
    """Follow a JSON pointer such as `#/$defs/Node`."""
    node: object = schema
    document, *steps = unquote(ref).split("/")
    for step in steps:
        name = step.replace("~1", "/").replace("~0", "~")
        node = node.get(name) if isinstance(node, Mapping) else None
    return node if document == "#" and isinstance(node, Mapping) else None


def _check_root(root: Mapping[str, object]) -> None:
    declares = "properties" in root or "patternProperties" in root
    kind = root.get("type", "object" if declares else None)
    if kind != "object":
        shape = f"of type {kind!r}" if kind else "no object"
        _refuse_root(f"is {shape}; the hub takes only an object", _WRAP)
    if not declares:
        _refuse_root("is an object without declared properties", _WRAP)
    if root.get("additionalProperties", False) is not False:
        _refuse_root(
            "allows `additionalProperties`; the hub does not",
            'Set it to false (pydantic: extra="forbid") and put free-form data into a field.',
        )
    if _voices(root) > 1:
        _refuse_root(
            "declares its properties in several places", "Merge them into one `properties`."
        )


def _refuse_root(fault: str, hint: str) -> NoReturn:
    raise InvalidRequestError(f"The schema's root {fault}.", param=_SCHEMA_PARAM, hint=hint)


def _voices(node: object) -> int:
    """Count the places of a schema that declare properties of one and the same object."""
    if not isinstance(node, Mapping):
        return 0
    own = ("properties" in node) + ("$ref" in node)
    together = sum(map(_voices, _branches(node, "allOf")))
    either = any(map(_voices, (*_branches(node, "anyOf"), *_branches(node, "oneOf"))))
    return own + together + either


def _branches(node: Mapping[str, object], key: str) -> list[object]:
    branches = node.get(key)
    return branches if isinstance(branches, list) else []


def _close(node: object, parts: set[str], shared: bool) -> JsonValue:
    """Copy a schema with its objects closed.

    Args:
        node: The schema.
        parts: The `$ref`s that describe only a part of an object; those found are added.
        shared: Whether the same value is described elsewhere too.
    """
    if not isinstance(node, Mapping):
        return deepcopy(node)  # type: ignore[return-value]  # True, False or the caller's slip
    shared = shared or _voices(node) > 1
    ref = node.get("$ref")
    if shared and isinstance(ref, str):
        parts.add(ref)
    closed = {key: _close_inside(key, value, parts, shared) for key, value in node.items()}
    if "properties" in node and not shared:
        closed.setdefault("additionalProperties", False)
    return closed


def _close_inside(key: str, value: object, parts: set[str], shared: bool) -> JsonValue:
    """Copy the value of one keyword, with the schemas in it closed."""
    if key in _DEFINITIONS and isinstance(value, Mapping):
        return {name: _close(of, parts, f"#/{key}/{name}" in parts) for name, of in value.items()}
    if key not in _OF_OTHERS | _OF_SAME | _OF_PARTS:
        return deepcopy(value)  # type: ignore[return-value]  # a schema is JSON
    shared = key in _OF_PARTS or (key in _OF_SAME and shared)
    if isinstance(value, list | tuple):
        return [_close(item, parts, shared) for item in value]
    if key in _BY_NAME and isinstance(value, Mapping):
        return {name: _close(item, parts, shared) for name, item in value.items()}
    return _close(value, parts, shared)


def _legal_name(name: object) -> str:
    legal = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64] if isinstance(name, str) else ""
    return legal or DEFAULT_NAME


def _check_keys(value: Mapping[str, object], known: set[str], param: str) -> None:
    for key in value:
        if key not in known:
            raise InvalidRequestError(
                f"`{param}` has no field {key!r}.",
                param=f"{param}.{key}",
                hint=f"Its fields are {', '.join(sorted(known))}.",
            )


def _normalised_wrapper(wrapper: object) -> JsonObject:
    if not isinstance(wrapper, Mapping):
        _refuse("json_schema", 'Give {"name": …, "schema": …}.')
    known = {"name", "schema", "strict", "description"}
    _check_keys(wrapper, known, f"{_PARAM}.json_schema")
    schema, name, strict = (wrapper.get(key) for key in ("schema", "name", "strict"))
    if not isinstance(schema, Mapping):
        _refuse("json_schema.schema", "Give a JSON Schema.")
    if not isinstance(name, str | None):
        _refuse("json_schema.name", "Give a string.")
    if not isinstance(strict, bool | None):
        _refuse("json_schema.strict", "Give true or false.")
    return response_format(schema, name, strict is not False)


def _refuse(field: str, hint: str) -> NoReturn:
    param = f"{_PARAM}.{field}"
    raise InvalidRequestError(f"`{param}` is missing or of the wrong type.", param=param, hint=hint)
