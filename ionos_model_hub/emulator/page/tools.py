"""Tool definitions and response formats of a request, as the page shows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ionos_model_hub.emulator.page.json_text import as_dict, as_list, as_text, shorten

_MAX_DEPTH = 6
_MAX_PROPERTIES = 100  # recursive schemas have any number of them
_MAX_TYPE_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a JSON schema.

    Attributes:
        name: Name, after the names of the objects that contain it: `boat.length`.
        type: Type, in short.
        required: Whether the property is required.
        description: Description, or an empty string.
        depth: Number of objects that contain the object with this property.
    """

    name: str
    type: str
    required: bool
    description: str
    depth: int


@dataclass(frozen=True, slots=True)
class SchemaView:
    """A function or a response format with its JSON schema.

    Attributes:
        name: Name.
        description: Description, or an empty string.
        strict: Whether the schema is enforced.
        properties: Properties of the schema, nested ones included.
        source: The schema as JSON.
    """

    name: str
    description: str
    strict: bool
    properties: tuple[Property, ...]
    source: str

    @property
    def signature(self) -> str:
        """The names of the top-level properties; optional ones have a question mark."""
        names = (
            each.name if each.required else f"{each.name}?"
            for each in self.properties
            if each.depth == 0
        )
        return f"({', '.join(names)})"


def request_tools(body: object) -> list[SchemaView]:
    """Return the tools of a request; any JSON value is accepted."""
    tools = as_list(as_dict(body).get("tools"))
    return [_schema_view(as_dict(as_dict(tool).get("function")), "parameters") for tool in tools]


def request_format(body: object) -> SchemaView | None:
    """Return the response format of a request that has a JSON schema."""
    response_format = as_dict(as_dict(as_dict(body).get("response_format")).get("json_schema"))
    return _schema_view(response_format, "schema") if response_format else None


def _schema_view(definition: dict[str, object], field: str) -> SchemaView:
    schema = as_dict(definition.get(field))
    properties = _properties(schema, as_dict(schema.get("$defs")), "", 0)
    return SchemaView(
        name=as_text(definition.get("name") or "(no name)"),
        description=as_text(definition.get("description") or ""),
        strict=definition.get("strict") is True,
        properties=tuple(islice(properties, _MAX_PROPERTIES)),
        source=as_text(definition.get(field)),
    )


def _properties(
    schema: dict[str, object], definitions: dict[str, object], prefix: str, depth: int
) -> Iterator[Property]:
    required = as_list(schema.get("required"))
    for name, value in as_dict(schema.get("properties")).items():
        inner = _resolve(as_dict(value), definitions)
        description = as_text(as_dict(value).get("description") or inner.get("description") or "")
        kind = shorten(_type_of(inner, definitions), _MAX_TYPE_LENGTH)
        yield Property(prefix + name, kind, name in required, description, depth)
        if depth < _MAX_DEPTH:
            items = _resolve(as_dict(inner.get("items")), definitions)
            yield from _properties(inner, definitions, f"{prefix}{name}.", depth + 1)
            yield from _properties(items, definitions, f"{prefix}{name}[].", depth + 1)


def _resolve(schema: dict[str, object], definitions: dict[str, object]) -> dict[str, object]:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return as_dict(definitions.get(reference.removeprefix("#/$defs/")))
    return schema


def _type_of(schema: dict[str, object], definitions: dict[str, object]) -> str:
    """Return the type in short: `string`, `integer | null`, `string[]`, `"a" | "b"`."""
    if "enum" in schema:
        return " | ".join(as_text(value) for value in as_list(schema["enum"]))
    choices = as_list(schema.get("anyOf")) or as_list(schema.get("oneOf"))
    if choices:
        resolved = (_resolve(as_dict(choice), definitions) for choice in choices)
        return " | ".join(as_text(each.get("type", "any")) for each in resolved)
    if schema.get("type") == "array":
        items = _resolve(as_dict(schema.get("items")), definitions)
        return f"{as_text(items.get('type', 'any'))}[]"
    types = schema.get("type", "any")
    return " | ".join(map(as_text, types)) if isinstance(types, list) else as_text(types)
