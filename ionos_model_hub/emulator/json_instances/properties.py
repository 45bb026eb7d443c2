"""What the properties of an object and the items of an array must satisfy."""

import re
from collections.abc import Container, Iterator
from itertools import chain
from typing import Any

from ionos_model_hub.emulator.json_instances.patterns import matching
from ionos_model_hub.emulator.json_instances.scalars import Schema


def property_schema(flat: Schema, name: str) -> Schema | bool:
    """Return what the value of a property must satisfy."""
    found = [flat["properties"][name]] if name in flat.get("properties", {}) else []
    patterns = flat.get("patternProperties", {})
    found += [schema for pattern, schema in patterns.items() if re.search(pattern, name)]
    if not found:
        found = [flat.get("additionalProperties", flat.get("unevaluatedProperties", True))]
    if len(found) == 1:
        only: Schema | bool = found[0]
        return only
    return {"allOf": found}


def with_dependents(flat: Schema, names: list[str]) -> list[str]:
    """Return the names and those that must stand beside them."""
    rules: dict[str, Any] = {**flat.get("dependencies", {}), **flat.get("dependentRequired", {})}
    found = list(dict.fromkeys(names))
    for name in found:
        needed = rules.get(name, ())
        if isinstance(needed, list):
            found += [other for other in needed if other not in found]
    return found


def spare_names(flat: Schema, taken: Container[str]) -> Iterator[str]:
    """Yield further names that an object of the schema may hold."""
    patterns = flat.get("patternProperties", {})
    names_schema = flat.get("propertyNames", {})
    wanted = names_schema.get("pattern") if isinstance(names_schema, dict) else None
    listed = names_schema.get("enum", ()) if isinstance(names_schema, dict) else ()
    sources = [flat.get("properties", {}), listed]
    sources += [matching(pattern) for pattern in patterns]
    if flat.get("additionalProperties", True) is not False:
        sources.append(matching(wanted) if wanted else (f"item{i}" for i in range(1, 1000)))
    seen: set[str] = set()
    for name in chain.from_iterable(sources):
        if name not in seen and name not in taken and property_schema(flat, name) is not False:
            seen.add(name)
            yield name


def has_open_names(flat: Schema) -> bool:
    """Tell whether an object is a map: its values are described, its names are not."""
    return isinstance(flat.get("additionalProperties"), dict) or "patternProperties" in flat


def prefix(flat: Schema) -> list[Any]:
    """Return the schemas of the first items, where they have their own."""
    items = flat.get("items")
    return flat.get("prefixItems") or (items if isinstance(items, list) else [])


def item_schema(flat: Schema, index: int) -> Any:
    """Return what an item must satisfy."""
    own = prefix(flat)
    if index < len(own):
        return own[index]
    if isinstance(flat.get("items"), list):
        return flat.get("additionalItems", {})
    return flat.get("items", flat.get("unevaluatedItems", {}))
