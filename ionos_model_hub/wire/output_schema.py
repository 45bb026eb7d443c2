"""The JSON Schema of a structured response: how it is requested, and how results are validated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, cast

from pydantic import JsonValue

from ionos_model_hub.errors import InvalidRequestError, ResponseError
from ionos_model_hub.wire.engine_schemas import remove_rejected
from ionos_model_hub.wire.pattern_matching import check_pattern
from ionos_model_hub.wire.request_types import FunctionObject, Tool
from ionos_model_hub.wire.schema_walk import (
    DEFINITIONS,
    JsonObject,
    resolve_pointer,
    rewrite,
    subschemas,
)
from ionos_model_hub.wire.shorten import shorten
from ionos_model_hub.wire.strict_schemas import (
    WRAPPER_FIELDS,
    StrictSchema,
    find_root_problem,
    legal_name,
    response_format,
    strict_schema,
)

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

WRAPPER_PROPERTY = "value"
"""The property that holds a result whose schema is not an object."""

_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_PARAM = "schema"
_MAX_SHOWN = 200


@dataclass(frozen=True)
class OutputSchema:
    """A schema for structured output.

    Attributes:
        name: The name sent with the schema.
        original: The schema that results have to match.
        root: The original, wrapped in an object if `is_wrapped`.
        is_wrapped: Whether the response is an object with the result as its only property. True
            for roots that the hub rejects: unions, arrays, scalars, open objects.
        strict: Whether the engine enforces the schema. False only if the schema was passed in
            OpenAI's form with `"strict": false`.

    Example:
        >>> schema = OutputSchema.of({"title": "Ages", "type": "array"})
        >>> schema.name, schema.unwrap({"value": [41, 42]})
        ('Ages', [41, 42])
        >>> schema.validate([41, 42])
    """

    name: str
    original: JsonObject
    root: JsonObject
    is_wrapped: bool
    strict: bool = True

    @classmethod
    def of(cls, schema: Mapping[str, object], name: str | None = None) -> OutputSchema:
        """Prepare a schema.

        Args:
            schema: A JSON Schema, OpenAI's form of one (`{"name", "schema", "strict"}`), or a
                complete `response_format` of type `json_schema`. Properties that are not in
                `required` stay optional.
            name: A name. Default: that of OpenAI's form, else the schema's title, else "answer".

        Raises:
            InvalidRequestError: A `$ref` or `type` in it is invalid.
        """
        schema, given_name, strict = _open_wrapper(schema)
        _check(schema)
        original = rewrite(schema, dict)
        is_wrapped = find_root_problem(original) is not None
        return cls(
            name=legal_name(name or given_name or original.get("title")),
            original=original,
            root=_wrap(original) if is_wrapped else original,
            is_wrapped=is_wrapped,
            strict=strict,
        )

    @cached_property
    def sent(self) -> StrictSchema:
        """The schema of a `response_format`: strict, without features that the engine rejects."""
        return strict_schema(remove_rejected(self.root))

    @cached_property
    def tool_parameters(self) -> StrictSchema:
        """The schema of a tool: strict; the engine accepts all features in it."""
        return strict_schema(self.root)

    def response_format(self, strict: bool | None = None) -> JsonObject:
        """Return the `response_format` of a request; `strict` overrides the attribute."""
        return response_format(self.sent, self.name, self.strict if strict is None else strict)

    def tool(self, strict: bool | None = None, description: str | None = None) -> Tool:
        """Return a tool whose arguments are the result.

        Args:
            strict: Overrides the attribute. Engines enforce the schema of a forced call only if
                it is strict.
            description: Default: that of the schema.
        """
        parameters = {**self.tool_parameters}
        own_description = parameters.pop("description", None)
        parameters.pop("title", None)
        function: FunctionObject = {"name": self.name, "parameters": StrictSchema(parameters)}
        if text := description or own_description:
            function["description"] = str(text)
        if self.strict if strict is None else strict:
            function["strict"] = True
        return {"type": "function", "function": function}

    def unwrap(self, value: JsonValue) -> JsonValue:
        """Return the result in a response's JSON; a model may have left the wrapper out."""
        if self.is_wrapped and isinstance(value, dict) and value.keys() == {WRAPPER_PROPERTY}:
            return value[WRAPPER_PROPERTY]
        return value

    def unwrap_partial(self, value: JsonValue) -> JsonValue:
        """Return the result in the JSON received so far, or None if it has not begun."""
        return None if self.is_wrapped and value == {} else self.unwrap(value)

    def validate(self, value: JsonValue) -> None:
        """Check an unwrapped result against the original schema, formats included.

        Raises:
            ResponseError: It does not match; the message names the path and the reason.
            InvalidRequestError: The schema is invalid.
        """
        from jsonschema.exceptions import best_match

        try:
            error = best_match(self._validator.iter_errors(value))
        except RecursionError:
            raise _invalid_schema("refers to itself without end") from None
        if error is None:
            return
        reason = shorten(error.message, _MAX_SHOWN)
        raise ResponseError(
            f"The response does not match the schema at {error.json_path}: {reason}.",
            hint="Try again, or relax the schema.",
        )

    @cached_property
    def _validator(self) -> Validator:
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import SchemaError
        from jsonschema.validators import extend

        # Patterns in the syntax of another engine, such as \p{L}, cannot be checked in Python.
        schema = rewrite(self.original, _without_foreign_patterns)
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            problem = f"is invalid at {error.json_path}: {shorten(error.message, _MAX_SHOWN)}"
        else:
            kind: type[Validator] = extend(  # type: ignore[no-untyped-call]  # it has no types
                Draft202012Validator, {"pattern": check_pattern}
            )
            return kind(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        raise _invalid_schema(problem)

    def __getstate__(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _open_wrapper(schema: Mapping[str, object]) -> tuple[Mapping[str, object], object, bool]:
    """Return the schema, name and strictness in OpenAI's form; other schemas unchanged."""
    if schema.get("type") == "json_schema" and isinstance(schema.get("json_schema"), Mapping):
        schema = cast("Mapping[str, object]", schema["json_schema"])
    inner = schema.get("schema")
    if not isinstance(inner, Mapping) or schema.keys() - WRAPPER_FIELDS:
        return schema, None, True
    if (description := schema.get("description")) and "description" not in inner:
        inner = {**inner, "description": description}
    return inner, schema.get("name"), schema.get("strict") is not False


def _check(schema: Mapping[str, object]) -> None:
    """Raise InvalidRequestError for references and types that no engine can compile."""
    for node in subschemas(schema):
        ref = node.get("$ref")
        if isinstance(ref, str) and resolve_pointer(schema, ref) is None:
            raise _invalid_schema(
                f"refers to {ref!r}, which does not exist in it",
                "Point `$ref` to an entry of the schema's own `$defs`.",
            )
        kind = node.get("type", "object")
        for name in kind if isinstance(kind, list) else [kind]:
            if not isinstance(name, str) or name not in _TYPES:
                raise _invalid_schema(
                    f"has the type {name!r}, which JSON Schema does not define",
                    f"Use one of {', '.join(sorted(_TYPES))}.",
                )


def _invalid_schema(problem: str, hint: str = "Correct the schema.") -> InvalidRequestError:
    return InvalidRequestError(f"The schema {problem}.", hint=hint, param=_PARAM)


def _wrap(schema: JsonObject) -> JsonObject:
    """Return an object schema with the schema as its only property."""
    moved = rewrite(schema, _point_into_wrapper)
    inner = {key: value for key, value in moved.items() if key not in DEFINITIONS}
    definitions = {key: value for key, value in moved.items() if key in DEFINITIONS}
    root: JsonObject = {
        "type": "object",
        "properties": {WRAPPER_PROPERTY: inner},
        "required": [WRAPPER_PROPERTY],
    }
    return {**root, **definitions}


def _point_into_wrapper(node: JsonObject) -> JsonObject:
    """Correct a reference to the root, or to a part of it other than the definitions."""
    ref = node.get("$ref")
    if not isinstance(ref, str) or ref.partition("/")[2].partition("/")[0] in DEFINITIONS:
        return node
    return {**node, "$ref": f"#/properties/{WRAPPER_PROPERTY}{ref.removeprefix('#')}"}


def _without_foreign_patterns(node: JsonObject) -> JsonObject:
    copy = dict(node)
    if isinstance(pattern := copy.get("pattern"), str) and not _compiles(pattern):
        del copy["pattern"]
    if isinstance(patterns := copy.get("patternProperties"), dict):
        copy["patternProperties"] = {
            pattern: schema for pattern, schema in patterns.items() if _compiles(pattern)
        }
    return copy


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
