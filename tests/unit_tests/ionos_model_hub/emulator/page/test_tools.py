"""Tool definitions and response formats."""

from typing import Any

from ionos_model_hub.emulator.page.tools import request_format, request_tools


def properties_of(**schema: Any) -> list[tuple[str, str, bool]]:
    function = {"name": "f", "parameters": {"type": "object", **schema}}
    (tool,) = request_tools({"tools": [{"type": "function", "function": function}]})
    return [(each.name, each.type, each.required) for each in tool.properties]


def test_types_of_properties() -> None:
    properties = {
        "city": {"type": "string"},
        "unit": {"enum": ["C", "F"]},
        "days": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "size": {"type": ["number", "null"]},
        "any": {},
    }
    assert properties_of(properties=properties, required=["city"]) == [
        ("city", "string", True),
        ("unit", "C | F", False),
        ("days", "integer | null", False),
        ("tags", "string[]", False),
        ("size", "number | null", False),
        ("any", "any", False),
    ]


def test_nested_and_referenced_objects() -> None:
    position = {"type": "object", "properties": {"lat": {"type": "number"}}}
    properties = {
        "position": {"$ref": "#/$defs/Position"},
        "route": {"type": "array", "items": {"$ref": "#/$defs/Position"}},
    }
    shown = properties_of(properties=properties, **{"$defs": {"Position": position}})
    assert [(name, kind) for name, kind, _ in shown] == [
        ("position", "object"),
        ("position.lat", "number"),
        ("route", "object[]"),
        ("route[].lat", "number"),
    ]


def test_recursive_schema_is_limited() -> None:
    node = {"type": "object", "properties": {name: {"$ref": "#/$defs/Node"} for name in "abcd"}}
    shown = properties_of(properties=node["properties"], **{"$defs": {"Node": node}})
    assert len(shown) == 100


def test_signature_marks_optional_properties() -> None:
    parameters = {"properties": {"city": {}, "unit": {}}, "required": ["city"]}
    (tool,) = request_tools({"tools": [{"function": {"name": "f", "parameters": parameters}}]})
    assert tool.signature == "(city, unit?)"


def test_response_format() -> None:
    schema = {"type": "object", "properties": {"boat": {"type": "string"}}}
    json_schema = {"name": "Booking", "strict": True, "schema": schema}
    view = request_format({"response_format": {"type": "json_schema", "json_schema": json_schema}})
    assert view is not None
    assert (view.name, view.strict, view.signature) == ("Booking", True, "(boat?)")
    assert request_format({"response_format": {"type": "json_object"}}) is None
