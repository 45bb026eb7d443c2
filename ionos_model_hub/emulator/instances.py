"""JSON instances that satisfy a JSON Schema, with values taken from a text."""

import json
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for
from referencing.exceptions import Unresolvable

from ionos_model_hub.emulator.hints import Hints
from ionos_model_hub.emulator.objects import property_schema, spare_names, with_dependents
from ionos_model_hub.emulator.scalars import Schema, numbers, strings
from ionos_model_hub.emulator.schemas import Flattener, types_of

_MOST_TRIES = 300
_MOST_STEPS = 6_000


class UnsatisfiableError(ValueError):
    """No instance of the schema was found."""


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
    validator_class = validator_for(schema, default=Draft202012Validator)
    try:
        validator_class.check_schema(schema)
        validator = validator_class(schema, format_checker=validator_class.FORMAT_CHECKER)
        for roomy in (3, 2, 1, 0):
            maker = _Maker(validator, Hints(text), roomy, everything)
            for value in maker.candidates(schema, "", 0):
                return value
    except (SchemaError, Unresolvable, re.error) as problem:
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
            yield from sorted(
                flat["enum"], key=lambda value: not self._hints.names_literally(value)
            )
        else:
            for kind in types_of(flat, null_first=depth >= self._roomy):
                yield from islice(self._of_type(kind, flat, name, depth), _MOST_TRIES)

    def _of_type(self, kind: str, flat: Schema, name: str, depth: int) -> Iterator[Any]:
        makers = {
            "object": partial(self._objects, flat, depth),
            "array": partial(self._arrays, flat, name, depth),
            "string": partial(strings, flat, self._hints, name),
            "integer": partial(numbers, flat, True, self._hints, name),
            "number": partial(numbers, flat, False, self._hints, name),
            "boolean": partial(self._booleans, name),
            "null": partial(iter, (None,)),
        }
        return makers[kind]()

    def _booleans(self, name: str) -> Iterator[bool]:
        yes = self._hints.mentions(name)
        yield from (yes, not yes)

    def _objects(self, flat: Schema, depth: int) -> Iterator[dict[str, Any]]:
        required = with_dependents(flat, flat.get("required", []))
        for names in (self._wanted(flat, depth, required), required):
            made = self._filled(flat, names, depth)
            if made is None:
                continue
            yield made
            for key in made:
                others = self.candidates(property_schema(flat, key), key, depth + 1)
                yield from ({**made, key: value} for value in islice(others, 1, 12))

    def _filled(self, flat: Schema, names: list[str], depth: int) -> dict[str, Any] | None:
        made: dict[str, Any] = {}
        for key in names:
            value = next(self.candidates(property_schema(flat, key), key, depth + 1), self)
            if value is not self:
                made[key] = value
            elif key in flat.get("required", ()):
                return None
        spare = spare_names(flat, made)
        while len(made) < flat.get("minProperties", 0):
            key = next(spare, None)
            if key is None:
                return None
            made |= dict.fromkeys(
                [key], next(self.candidates(property_schema(flat, key), key, depth + 1), None)
            )
        return made

    def _wanted(self, flat: Schema, depth: int, required: list[str]) -> list[str]:
        known = flat.get("properties", {})
        roomy = depth < self._roomy
        wanted = [key for key in known if key in required or (roomy and self._asked_for(flat, key))]
        wanted += [key for key in required if key not in known]
        if not wanted and roomy and self._everything and not known:
            wanted += islice(spare_names(flat, {}), 1 if _has_open_names(flat) else 0)
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
        length = self._length(flat, depth)
        most = flat.get("maxItems", length + 8)
        for size in dict.fromkeys(
            (length, flat.get("minItems", 0), *range(length, min(most, length + 8) + 1))
        ):
            made = self._listed(flat, name, depth, size)
            if made is None:
                continue
            yield made
            if made:
                others = self.candidates(_item_schema(flat, 0), name, depth + 1)
                yield from ([value, *made[1:]] for value in islice(others, 1, 12))

    def _length(self, flat: Schema, depth: int) -> int:
        items = flat.get("items")
        offered = 1 if depth < self._roomy and self._everything else 0
        if isinstance(items, dict) and items.get("type") in ("integer", "number"):
            offered = max(offered, len(self._hints.numbers))
        elif isinstance(items, dict) and items.get("type") == "string" and "enum" not in items:
            offered = max(offered, len(self._hints.quoted or self._hints.names))
        least = max(
            flat.get("minItems", 0), flat.get("minContains", 1) if "contains" in flat else 0
        )
        wanted = max(least, offered, len(_prefix(flat)) if depth < self._roomy else 0)
        return min(wanted, flat.get("maxItems", wanted))

    def _listed(self, flat: Schema, name: str, depth: int, size: int) -> list[Any] | None:
        contained = flat.get("minContains", 1) if "contains" in flat else 0
        made: list[Any] = []
        seen: set[str] = set()
        for index in range(size):
            schema = _item_schema(flat, index)
            if index >= size - contained:
                schema = {"allOf": [schema, flat["contains"]]}
            stream = self.candidates(schema, name, depth + 1)
            new = (v for v in stream if not flat.get("uniqueItems") or json.dumps(v) not in seen)
            value = next(new, self)
            if value is self:
                return None
            made.append(value)
            seen.add(json.dumps(value))
        return made


def _prefix(flat: Schema) -> list[Any]:
    items = flat.get("items")
    return flat.get("prefixItems") or (items if isinstance(items, list) else [])


def _item_schema(flat: Schema, index: int) -> Any:
    prefix = _prefix(flat)
    if index < len(prefix):
        return prefix[index]
    rest = flat.get("additionalItems" if isinstance(flat.get("items"), list) else "items", {})
    return rest if "items" in flat else flat.get("unevaluatedItems", {})


def _has_open_names(flat: Schema) -> bool:
    return isinstance(flat.get("additionalProperties"), dict) or "patternProperties" in flat
