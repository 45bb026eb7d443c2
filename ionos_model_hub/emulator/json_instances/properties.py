"""Subschemas of the properties of an object and of the items of an array."""

import re
from collections.abc import Container, Iterator
from itertools import chain
from typing import Any

from ionos_model_hub.emulator.json_instances.patterns import matching_strings
from ionos_model_hub.emulator.json_instances.scalars import Schema


def property_schema(flat: Schema, name: str) -> Schema | bool:
    """Return the schema that the value of a property must satisfy."""
    schemas = [flat["properties"][name]] if name in flat.get("properties", {}) else []
    patterns = flat.get("patternProperties", {})
    schemas += [schema for pattern, schema in patterns.items() if re.search(pattern, name)]
    if not schemas:
        schemas = [flat.get("additionalProperties", flat.get("unevaluatedProperties", True))]
    if len(schemas) == 1:
        only: Schema | bool = schemas[0]
        return only
    return {"allOf": schemas}


def with_dependents(flat: Schema, names: list[str]) -> list[str]:
    """Return the names and all properties that they require to be present."""
    rules: dict[str, Any] = {**flat.get("dependencies", {}), **flat.get("dependentRequired", {})}
    complete = list(dict.fromkeys(names))
    for name in complete:
        required = rules.get(name, ())
        if isinstance(required, list):
            complete += [other for other in required if other not in complete]
    return complete


def extra_names(flat: Schema, excluded: Container[str]) -> Iterator[str]:
    """Yield further property names that an object of the schema may have."""
    patterns = flat.get("patternProperties", {})
    names_schema = flat.get("propertyNames", {})
    names_pattern = names_schema.get("pattern") if isinstance(names_schema, dict) else None
    names_enum = names_schema.get("enum", ()) if isinstance(names_schema, dict) else ()
    sources = [flat.get("properties", {}), names_enum]
    sources += [matching_strings(pattern) for pattern in patterns]
    if flat.get("additionalProperties", True) is not False:
        numbered = (f"item{number}" for number in range(1, 1000))
        sources.append(matching_strings(names_pattern) if names_pattern else numbered)
    seen: set[str] = set()
    for name in chain.from_iterable(sources):
        if name not in seen and name not in excluded and property_schema(flat, name) is not False:
            seen.add(name)
            yield name


def is_map(flat: Schema) -> bool:
    """Return whether an object is a map: it describes its values, but not their names."""
    return isinstance(flat.get("additionalProperties"), dict) or "patternProperties" in flat


def prefix_schemas(flat: Schema) -> list[Any]:
    """Return the schemas of the leading items that have a schema of their own."""
    items = flat.get("items")
    return flat.get("prefixItems") or (items if isinstance(items, list) else [])


def item_schema(flat: Schema, index: int) -> Any:
    """Return the schema of the item at an index."""
    prefix = prefix_schemas(flat)
    if index < len(prefix):
        return prefix[index]
    if isinstance(flat.get("items"), list):
        return flat.get("additionalItems", {})
    return flat.get("items", flat.get("unevaluatedItems", {}))
