"""Strict JSON Schemas, and the `response_format` of a request."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import NamedTuple, NoReturn

from pydantic import JsonValue

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.schema_walk import (
    BY_NAME,
    DEFINITIONS,
    DIRECT,
    IN_LISTS,
    JsonObject,
    resolve_pointer,
)
from ionos_model_hub.wire.shorten import shorten

DEFAULT_NAME = "answer"

WRAPPER_FIELDS = frozenset({"name", "schema", "strict", "description"})
"""Fields of `json_schema` in OpenAI's form of a `response_format`."""

_SCHEMAS = DIRECT | IN_LISTS | BY_NAME
# Keywords whose schemas describe the same value as the schema around them: in full, or only as
# a condition or a fragment.
_COMBINED = frozenset({"allOf", "anyOf", "oneOf"})
_PARTIAL = frozenset({"not", "if", "then", "else", "dependentSchemas"})
# Keywords that allow properties, unless they are false.
_DECLARING = ("properties", "patternProperties", "additionalProperties")

_PARAM = "response_format"
_SCHEMA_PARAM = "response_format.json_schema.schema"
_WRAP = 'Wrap it in an object with one property: {"type": "object", "properties": {"value": …}}.'


class StrictSchema(dict[str, JsonValue]):
    """A schema that `strict_schema` returned. Treat it as immutable, since it is sent unchanged.

    Example:
        >>> schema = strict_schema({"properties": {}})
        >>> strict_schema(schema) is schema
        True
    """


class RootProblem(NamedTuple):
    """Why the root of a schema cannot be sent, and how to correct it."""

    fault: str
    hint: str


def strict_schema(schema: Mapping[str, object]) -> StrictSchema:
    """Return a copy of a schema in the form that the hub requires for strict output.

    The root must be an object with declared properties; a `$ref` at the root is resolved, `$defs`
    and recursion are kept. Every object that declares `properties` without restricting others is
    closed with `additionalProperties: false`. Objects described in several places (two branches
    of an `allOf`, a condition of an `if`) stay open: closed, they would match nothing. Everything
    else is unchanged. A schema that this function returned is returned unchanged.

    Raises:
        InvalidRequestError: The root is not an object, or it is open to undeclared properties.

    Example:
        >>> strict_schema({"properties": {"n": {"type": "integer"}}})["additionalProperties"]
        False
    """
    if isinstance(schema, StrictSchema):
        return schema
    root = _resolve_root(schema)
    if problem := _root_problem(root):
        raise InvalidRequestError(
            f"The schema's root {problem.fault}.", param=_SCHEMA_PARAM, hint=problem.hint
        )
    # `$ref`s found to describe only a part of an object; their targets must stay open as well.
    open_refs: set[str] = set()
    while True:
        known = len(open_refs)
        closed = {key: _close_value(key, value, open_refs, False) for key, value in root.items()}
        if len(open_refs) == known:
            return StrictSchema({**closed, "type": "object", "additionalProperties": False})


def find_root_problem(schema: Mapping[str, object]) -> RootProblem | None:
    """Return why `strict_schema` rejects the root of a schema, or None if it does not.

    Raises:
        InvalidRequestError: The root is a `$ref` that cannot be resolved.
    """
    return _root_problem(_resolve_root(schema))


def response_format(
    schema: Mapping[str, object], name: str | None = None, strict: bool = True
) -> JsonObject:
    """Return the `response_format` for JSON that matches a schema.

    Args:
        schema: The JSON Schema of the response, an object.
        name: Its name; invalid characters become `_`. Default: the schema's title, or "answer".
        strict: Whether the hub enforces the schema.

    Raises:
        InvalidRequestError: `strict_schema` rejects the schema.

    Example:
        >>> response_format({"title": "G[int]", "properties": {}})["json_schema"]["name"]
        'G_int_'
    """
    closed = strict_schema(schema)
    wrapper: JsonObject = {
        "name": legal_name(name or closed.get("title")),
        "schema": closed,
        "strict": strict,
    }
    return {"type": "json_schema", "json_schema": wrapper}


def legal_name(name: object) -> str:
    """Return a name for a schema with the characters and length that the API accepts."""
    legal = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64] if isinstance(name, str) else ""
    return legal or DEFAULT_NAME


def normalise_response_format(value: object) -> JsonObject:
    """Return a `response_format`, as users and frameworks write it, in the contract's form.

    Raises:
        InvalidRequestError: It is not valid; `param` names the field at fault.

    Example:
        >>> normalise_response_format({"type": "json_object"})
        {'type': 'json_object'}
    """
    if not isinstance(value, Mapping):
        raise InvalidRequestError(
            f"response_format must be a mapping, got {shorten(repr(value))}.",
            param=_PARAM,
            hint='Pass {"type": "json_schema", "json_schema": {"name": …, "schema": …}}.',
        )
    kind = value.get("type")
    if kind not in ("json_schema", "json_object", "text"):
        raise InvalidRequestError(
            f"response_format has the type {kind!r}.",
            param=f"{_PARAM}.type",
            hint="Use json_schema, json_object or text.",
        )
    if kind != "json_schema":
        _check_keys(value, {"type"}, _PARAM)
        return {"type": kind}
    _check_keys(value, {"type", "json_schema"}, _PARAM)
    return _normalise_wrapper(value.get("json_schema"))


def _resolve_root(schema: Mapping[str, object]) -> dict[str, object]:
    """Replace a `$ref` at the root by its target."""
    root = dict(schema)
    seen: set[str] = set()
    while isinstance(ref := root.pop("$ref", None), str):
        target = resolve_pointer(schema, ref)
        if ref in seen or not isinstance(target, Mapping):
            raise InvalidRequestError(
                f"The schema's root refers to {ref!r}, which is not a schema in it.",
                param=_SCHEMA_PARAM,
                hint="Point `$ref` to an entry of the schema's own `$defs`.",
            )
        seen.add(ref)
        root = {**target, **root}
    return root


def _root_problem(root: Mapping[str, object]) -> RootProblem | None:
    declares = "properties" in root or "patternProperties" in root
    kind = root.get("type", "object" if declares else None)
    if kind != "object":
        shape = f"has the type {kind!r}" if kind else "is not an object"
        return RootProblem(f"{shape}; the hub accepts only objects", _WRAP)
    if not declares:
        return RootProblem("is an object without declared properties", _WRAP)
    if root.get("additionalProperties", False) is not False:
        return RootProblem(
            "allows `additionalProperties`; the hub does not",
            'Set it to false (pydantic: extra="forbid") and put free-form data into a property.',
        )
    if _count_declarations(root) > 1:
        return RootProblem(
            "declares its properties in several places", "Merge them into one `properties`."
        )
    return None


def _count_declarations(node: object) -> int:
    """Count the places of a schema that declare properties of one and the same object."""
    if not isinstance(node, Mapping):
        return 0
    own = any(node.get(key, False) is not False for key in _DECLARING) + ("$ref" in node)
    together = sum(map(_count_declarations, _branches(node, "allOf")))
    any_of, one_of = (
        any(map(_count_declarations, _branches(node, key))) for key in ("anyOf", "oneOf")
    )
    return own + together + any_of + one_of


def _branches(node: Mapping[str, object], key: str) -> list[object]:
    branches = node.get(key)
    return branches if isinstance(branches, list) else []


def _close(node: object, open_refs: set[str], shared: bool) -> JsonValue:
    """Copy a schema with its objects closed.

    Args:
        node: The schema.
        open_refs: The `$ref`s that describe only a part of an object; new ones are added.
        shared: Whether the same value is described elsewhere as well.
    """
    if not isinstance(node, Mapping):
        return deepcopy(node)  # type: ignore[return-value]  # True, False or not a schema
    shared = shared or _count_declarations(node) > 1
    ref = node.get("$ref")
    if shared and isinstance(ref, str):
        open_refs.add(ref)
    closed = {key: _close_value(key, value, open_refs, shared) for key, value in node.items()}
    if "properties" in node and not shared:
        closed.setdefault("additionalProperties", False)
    return closed


def _close_value(key: str, value: object, open_refs: set[str], shared: bool) -> JsonValue:
    """Copy the value of one keyword with the schemas in it closed."""
    if key in DEFINITIONS and isinstance(value, Mapping):
        return {
            name: _close(node, open_refs, f"#/{key}/{name}" in open_refs)
            for name, node in value.items()
        }
    if key not in _SCHEMAS:
        return deepcopy(value)  # type: ignore[return-value]  # a schema is JSON
    shared = key in _PARTIAL or (key in _COMBINED and shared)
    if isinstance(value, list | tuple):
        return [_close(item, open_refs, shared) for item in value]
    if key in BY_NAME and isinstance(value, Mapping):
        return {name: _close(item, open_refs, shared) for name, item in value.items()}
    return _close(value, open_refs, shared)


def _check_keys(value: Mapping[str, object], known: Collection[str], param: str) -> None:
    for key in value:
        if key not in known:
            raise InvalidRequestError(
                f"`{param}` has no field {key!r}.",
                param=f"{param}.{key}",
                hint=f"Its fields are {', '.join(sorted(known))}.",
            )


def _normalise_wrapper(wrapper: object) -> JsonObject:
    if not isinstance(wrapper, Mapping):
        _reject_field("json_schema", 'Pass {"name": …, "schema": …}.')
    _check_keys(wrapper, WRAPPER_FIELDS, f"{_PARAM}.json_schema")
    schema, name, strict = (wrapper.get(key) for key in ("schema", "name", "strict"))
    if not isinstance(schema, Mapping):
        _reject_field("json_schema.schema", "Pass a JSON Schema.")
    if not isinstance(name, str | None):
        _reject_field("json_schema.name", "Pass a string.")
    if not isinstance(strict, bool | None):
        _reject_field("json_schema.strict", "Pass true or false.")
    return response_format(schema, name, strict is not False)


def _reject_field(field: str, hint: str) -> NoReturn:
    param = f"{_PARAM}.{field}"
    raise InvalidRequestError(
        f"`{param}` is missing or has the wrong type.", param=param, hint=hint
    )
