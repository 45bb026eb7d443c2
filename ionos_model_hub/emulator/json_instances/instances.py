"""JSON instances that satisfy a JSON Schema, with values taken from a text."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing.exceptions import Unresolvable

from ionos_model_hub.emulator.json_instances.extraction import TextValues
from ionos_model_hub.emulator.json_instances.flattening import SchemaFlattener, types_of
from ionos_model_hub.emulator.json_instances.properties import (
    extra_names,
    is_map,
    item_schema,
    prefix_schemas,
    property_schema,
    with_dependents,
)
from ionos_model_hub.emulator.json_instances.scalars import Schema, numbers, strings

_MAX_CANDIDATES_PER_TYPE = 300
_MAX_STEPS = 6_000
_MAX_VARIATIONS = 12
_MAX_FLAT_SCHEMAS = 64
_NOTHING = object()


class UnsatisfiableError(ValueError):
    """No instance of the schema was found."""


@lru_cache(maxsize=1024)
def check_schema(text: str) -> None:
    """Check that JSON text is a valid JSON Schema.

    Raises:
        UnsatisfiableError: The schema is invalid or nested too deeply.
    """
    schema = json.loads(text)
    try:
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
    except SchemaError as problem:
        raise UnsatisfiableError(f"Invalid schema: {problem.message[:200]}") from None
    except RecursionError:
        raise UnsatisfiableError("The schema is nested too deeply") from None


def make_instance(schema: Schema, text: str = "", *, fill_optional: bool = True) -> Any:
    """Return an instance that is valid against a schema.

    Args:
        schema: A JSON Schema of any draft; references must point into it.
        text: Source of values, used where they fit.
        fill_optional: Fill all optional properties; otherwise only those that the text mentions.

    Raises:
        UnsatisfiableError: The schema is invalid, or no instance of it was found.

    Example:
        >>> schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
        >>> make_instance(schema, "the answer is 42")
        {'a': 42}
    """
    check_schema(json.dumps(schema))
    validator_class = validator_for(schema, default=Draft202012Validator)
    try:
        validator = validator_class(schema, format_checker=validator_class.FORMAT_CHECKER)
        for full_depth in (3, 2, 1, 0):
            search = _InstanceSearch(validator, TextValues(text), full_depth, fill_optional)
            for value in search.candidates(schema, "", 0):
                return value
    except (Unresolvable, re.error, RecursionError, OverflowError) as problem:
        raise UnsatisfiableError(f"Invalid schema: {problem}"[:300]) from None
    raise UnsatisfiableError("No instance satisfies the schema")


class _InstanceSearch:
    """Depth-first search for instances; only required parts are filled below `full_depth`."""

    def __init__(
        self, validator: Any, values: TextValues, full_depth: int, fill_optional: bool
    ) -> None:
        self._validator: Validator = validator
        self._flattener = SchemaFlattener(validator._resolver)
        self._text = values
        self._full_depth = full_depth
        self._fill_optional = fill_optional
        self._steps_left = _MAX_STEPS

    def candidates(self, schema: Schema | bool, name: str, depth: int) -> Iterator[Any]:
        """Yield valid instances of a subschema, the most plausible first."""
        self._steps_left -= 1
        if schema is False or depth > self._full_depth + 12 or self._steps_left < 0:
            return
        subschema = {} if schema is True else schema
        is_valid = self._validator.evolve(schema=subschema).is_valid
        flat_schemas = self._flattener.flatten(subschema, depth < self._full_depth)
        for flat in islice(flat_schemas, _MAX_FLAT_SCHEMAS):
            yield from filter(is_valid, self._values(flat, name, depth))

    def _values(self, flat: Schema, name: str, depth: int) -> Iterator[Any]:
        if "const" in flat:
            yield flat["const"]
        elif "enum" in flat:
            yield from self._text.sort_enum(flat["enum"])
        else:
            for kind in types_of(flat, null_first=depth >= self._full_depth):
                values = self._values_of_type(kind, flat, name, depth)
                yield from islice(values, _MAX_CANDIDATES_PER_TYPE)

    def _values_of_type(self, kind: str, flat: Schema, name: str, depth: int) -> Iterator[Any]:
        match kind:
            case "object":
                yield from self._objects(flat, depth)
            case "array":
                yield from self._arrays(flat, name, depth)
            case "string":
                yield from strings(flat, self._text, name)
            case "integer" | "number":
                yield from numbers(flat, kind == "integer", self._text, name)
            case "boolean":
                mentioned = self._text.mentions(name)
                yield from (mentioned, not mentioned)
            case _:
                yield None

    def _first(self, schema: Schema | bool, name: str, depth: int) -> Any:
        return next(self.candidates(schema, name, depth + 1), _NOTHING)

    def _alternatives(self, schema: Schema | bool, name: str, depth: int) -> Iterator[Any]:
        return islice(self.candidates(schema, name, depth + 1), 1, _MAX_VARIATIONS)

    def _objects(self, flat: Schema, depth: int) -> Iterator[dict[str, Any]]:
        required = with_dependents(flat, flat.get("required", []))
        for names in (self._property_names(flat, depth, required), required):
            instance = self._fill_object(flat, names, depth)
            yield instance
            for key in instance:
                alternatives = self._alternatives(property_schema(flat, key), key, depth)
                yield from ({**instance, key: value} for value in alternatives)

    def _fill_object(self, flat: Schema, names: list[str], depth: int) -> dict[str, Any]:
        instance: dict[str, Any] = {}
        for position, key in enumerate(chain(names, extra_names(flat, names))):
            if position >= len(names) and len(instance) >= flat.get("minProperties", 0):
                break
            value = self._first(property_schema(flat, key), key, depth)
            if value is not _NOTHING:
                instance[key] = value
        return instance

    def _property_names(self, flat: Schema, depth: int, required: list[str]) -> list[str]:
        known = flat.get("properties", {})
        full = depth < self._full_depth
        names = [key for key in known if key in required or (full and self._is_relevant(flat, key))]
        names += [key for key in required if key not in known]
        if not names and full and self._fill_optional and not known:
            names += islice(extra_names(flat, {}), 1 if is_map(flat) else 0)
        limit = flat.get("maxProperties", len(names))
        optional = [key for key in names if key not in required]
        dropped = optional[max(0, limit - len(required)) :]
        return with_dependents(flat, [key for key in names if key not in dropped])

    def _is_relevant(self, flat: Schema, key: str) -> bool:
        schema = property_schema(flat, key)
        options = schema.get("enum", ()) if isinstance(schema, dict) else ()
        return (
            self._fill_optional
            or any(self._text.contains(option) for option in options)
            or self._text.mentions(key)
        )

    def _arrays(self, flat: Schema, name: str, depth: int) -> Iterator[list[Any]]:
        least = max(flat.get("minItems", 0), _min_contained(flat))
        length = self._array_length(flat, least, depth)
        longest = min(length + _MAX_VARIATIONS, flat.get("maxItems", length + _MAX_VARIATIONS))
        for size in dict.fromkeys((length, least, *range(length, longest + 1))):
            instance = self._fill_array(flat, name, depth, size)
            yield instance
            if instance:
                alternatives = self._alternatives(item_schema(flat, 0), name, depth)
                yield from ([value, *instance[1:]] for value in alternatives)

    def _array_length(self, flat: Schema, least: int, depth: int) -> int:
        items = flat.get("items")
        kind = items.get("type") if isinstance(items, dict) and "enum" not in items else None
        available = len(self._text.numbers) if kind in ("integer", "number") else 0
        if kind == "string":
            available = len(self._text.quoted or self._text.names)
        full = depth < self._full_depth
        length = max(least, available, int(full), full * len(prefix_schemas(flat)))
        return int(min(length, flat.get("maxItems", length)))

    def _fill_array(self, flat: Schema, name: str, depth: int, size: int) -> list[Any]:
        instance: list[Any] = []
        seen: set[str] = set()
        for index in range(size):
            schema = item_schema(flat, index)
            if index >= size - _min_contained(flat):
                schema = {"allOf": [schema, flat["contains"]]}
            values = self.candidates(schema, name, depth + 1)
            if flat.get("uniqueItems"):
                values = (value for value in values if json.dumps(value) not in seen)
            value = next(values, _NOTHING)
            if value is _NOTHING:
                break
            instance.append(value)
            seen.add(json.dumps(value))
        return instance


def _min_contained(flat: Schema) -> int:
    return int(flat.get("minContains", 1)) if "contains" in flat else 0
