"""JSON instances that satisfy a JSON Schema, with values taken from a text."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for
from referencing.exceptions import Unresolvable

from ionos_model_hub.emulator.json_instances.extraction import Hints
from ionos_model_hub.emulator.json_instances.flatten import Flattener, types_of
from ionos_model_hub.emulator.json_instances.properties import (
    has_open_names,
    item_schema,
    prefix,
    property_schema,
    spare_names,
    with_dependents,
)
from ionos_model_hub.emulator.json_instances.scalars import Schema, numbers, strings

_MOST_TRIES = 300
_MOST_STEPS = 6_000
_MOST_VARIATIONS = 12
_NOTHING = object()


class UnsatisfiableError(ValueError):
    """No instance of the schema was found."""


@lru_cache(maxsize=1024)
def check_schema(text: str) -> None:
    """Refuse JSON text that is no JSON Schema.

    Raises:
        UnsatisfiableError: It is none, or nested too deeply.
    """
    schema = json.loads(text)
    try:
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
    except SchemaError as problem:
        raise UnsatisfiableError(f"Invalid schema: {problem.message[:200]}") from None
    except RecursionError:
        raise UnsatisfiableError("The schema is nested too deeply") from None


def make_instance(schema: Schema, text: str = "", *, everything: bool = True) -> Any:
    """Return an instance that validates against a schema.

    Args:
        schema: A JSON Schema of any draft; references must point into it.
        text: Where values are taken from if they fit.
        everything: Fill optional properties too; else only those that the text mentions.

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
        for roomy in (3, 2, 1, 0):
            maker = _Maker(validator, Hints(text), roomy, everything)
            for value in maker.candidates(schema, "", 0):
                return value
    except (Unresolvable, re.error, RecursionError, OverflowError) as problem:
        raise UnsatisfiableError(f"Invalid schema: {problem}"[:300]) from None
    raise UnsatisfiableError("No instance satisfies the schema")


class _Maker:
    """Searches instances depth first; below `roomy` levels it leaves out what it can."""

    def __init__(self, validator: Any, hints: Hints, roomy: int, everything: bool) -> None:
        self._validator = validator
        self._flattener = Flattener(validator._resolver)
        self._hints = hints
        self._roomy = roomy
        self._everything = everything
        self._steps = _MOST_STEPS

    def candidates(self, schema: Schema | bool, name: str, depth: int) -> Iterator[Any]:
        """Yield valid instances of a subschema, the most sensible first."""
        self._steps -= 1
        if schema is False or depth > self._roomy + 12 or self._steps < 0:
            return
        whole = {} if schema is True else schema
        is_valid = self._validator.evolve(schema=whole).is_valid
        for flat in islice(self._flattener.flatten(whole, depth < self._roomy), 64):
            for value in self._values(flat, name, depth):
                if is_valid(value):
                    yield value

    def _values(self, flat: Schema, name: str, depth: int) -> Iterator[Any]:
        if "const" in flat:
            yield flat["const"]
        elif "enum" in flat:
            yield from self._hints.sort(flat["enum"])
        else:
            for kind in types_of(flat, null_first=depth >= self._roomy):
                yield from islice(self._of_type(kind, flat, name, depth), _MOST_TRIES)

    def _of_type(self, kind: str, flat: Schema, name: str, depth: int) -> Iterator[Any]:
        match kind:
            case "object":
                yield from self._objects(flat, depth)
            case "array":
                yield from self._arrays(flat, name, depth)
            case "string":
                yield from strings(flat, self._hints, name)
            case "integer" | "number":
                yield from numbers(flat, kind == "integer", self._hints, name)
            case "boolean":
                yes = self._hints.mentions(name)
                yield from (yes, not yes)
            case _:
                yield None

    def _first(self, schema: Schema | bool, name: str, depth: int) -> Any:
        return next(self.candidates(schema, name, depth + 1), _NOTHING)

    def _others(self, schema: Schema | bool, name: str, depth: int) -> Iterator[Any]:
        return islice(self.candidates(schema, name, depth + 1), 1, _MOST_VARIATIONS)

    def _objects(self, flat: Schema, depth: int) -> Iterator[dict[str, Any]]:
        required = with_dependents(flat, flat.get("required", []))
        for names in (self._wanted(flat, depth, required), required):
            made = self._filled(flat, names, depth)
            yield made
            for key in made:
                others = self._others(property_schema(flat, key), key, depth)
                yield from ({**made, key: value} for value in others)

    def _filled(self, flat: Schema, names: list[str], depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for position, key in enumerate(chain(names, spare_names(flat, names))):
            if position >= len(names) and len(made) >= flat.get("minProperties", 0):
                break
            value = self._first(property_schema(flat, key), key, depth)
            if value is not _NOTHING:
                made[key] = value
        return made

    def _wanted(self, flat: Schema, depth: int, required: list[str]) -> list[str]:
        known = flat.get("properties", {})
        roomy = depth < self._roomy
        wanted = [key for key in known if key in required or (roomy and self._asked_for(flat, key))]
        wanted += [key for key in required if key not in known]
        if not wanted and roomy and self._everything and not known:
            wanted += islice(spare_names(flat, {}), 1 if has_open_names(flat) else 0)
        most = flat.get("maxProperties", len(wanted))
        optional = [key for key in wanted if key not in required]
        dropped = optional[max(0, most - len(required)) :]
        return with_dependents(flat, [key for key in wanted if key not in dropped])

    def _asked_for(self, flat: Schema, key: str) -> bool:
        options = property_schema(flat, key)
        values = options.get("enum", ()) if isinstance(options, dict) else ()
        told = any(self._hints.names_literally(value) for value in values)
        return self._everything or told or self._hints.mentions(key)

    def _arrays(self, flat: Schema, name: str, depth: int) -> Iterator[list[Any]]:
        least = max(flat.get("minItems", 0), _contained(flat))
        length = self._length(flat, least, depth)
        most = min(length + _MOST_VARIATIONS, flat.get("maxItems", length + _MOST_VARIATIONS))
        for size in dict.fromkeys((length, least, *range(length, most + 1))):
            made = self._listed(flat, name, depth, size)
            yield made
            if made:
                others = self._others(item_schema(flat, 0), name, depth)
                yield from ([value, *made[1:]] for value in others)

    def _length(self, flat: Schema, least: int, depth: int) -> int:
        items = flat.get("items")
        kind = items.get("type") if isinstance(items, dict) and "enum" not in items else None
        offered = len(self._hints.numbers) if kind in ("integer", "number") else 0
        offered = len(self._hints.quoted or self._hints.names) if kind == "string" else offered
        roomy = depth < self._roomy
        wanted = max(least, offered, int(roomy), roomy * len(prefix(flat)))
        return int(min(wanted, flat.get("maxItems", wanted)))

    def _listed(self, flat: Schema, name: str, depth: int, size: int) -> list[Any]:
        made: list[Any] = []
        seen: set[str] = set()
        for index in range(size):
            schema = item_schema(flat, index)
            if index >= size - _contained(flat):
                schema = {"allOf": [schema, flat["contains"]]}
            stream = self.candidates(schema, name, depth + 1)
            if flat.get("uniqueItems"):
                stream = (value for value in stream if json.dumps(value) not in seen)
            value = next(stream, _NOTHING)
            if value is _NOTHING:
                break
            made.append(value)
            seen.add(json.dumps(value))
        return made


def _contained(flat: Schema) -> int:
    return int(flat.get("minContains", 1)) if "contains" in flat else 0
