"""Any schema becomes a strict one, once and for all, or is refused; the given one stays."""

from copy import deepcopy
from typing import Any

from fuzz.draw import Draw

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.strict_schemas import (
    normalise_response_format,
    response_format,
    strict_schema,
)

WORDS = (
    *("type", "object", "properties", "items", "array", "string", "integer", "$ref", "$defs"),
    *("#/$defs/a", "#/$defs/b", "#", "#/properties/a", "definitions", "#/definitions/a", "a", "b"),
    *("anyOf", "oneOf", "allOf", "not", "if", "then", "else", "additionalProperties", "required"),
    *("patternProperties", "prefixItems", "dependentSchemas", "title", "enum", "const", "default"),
)
FORMAT = ("type", "json_schema", "json_object", "text", "name", "schema", "strict", "description")


def check(data: bytes) -> None:
    draw = Draw(data)
    schema: dict[str, Any] = draw.object(WORDS)
    if draw.yes():
        schema = {"type": "object", "properties": schema, **draw.object(WORDS, 3)}
    check_strict(schema)
    check_format(draw.object((*FORMAT, *WORDS)))
    check_format({"type": "json_schema", "json_schema": {"schema": schema, **draw.object(FORMAT)}})


def check_strict(schema: dict[str, Any]) -> None:
    before = deepcopy(schema)
    try:
        closed = strict_schema(schema)
        wrapper: Any = response_format(schema, None)["json_schema"]
    except InvalidRequestError as error:
        assert error.param
        assert error.hint
        return
    finally:
        assert schema == before
    assert closed["type"] == "object"
    assert closed["additionalProperties"] is False
    assert strict_schema(closed) == closed
    assert wrapper["schema"] == closed
    assert 0 < len(wrapper["name"]) <= 64
    assert wrapper["name"].isascii()


def check_format(value: dict[str, Any]) -> None:
    before = deepcopy(value)
    try:
        normal = normalise_response_format(value)
    except InvalidRequestError as error:
        assert (error.param or "").startswith("response_format")
    else:
        assert normalise_response_format(normal) == normal
    assert value == before
