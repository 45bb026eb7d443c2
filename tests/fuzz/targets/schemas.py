"""Any schema becomes a strict one, or is rejected; the argument is not modified."""

from copy import deepcopy
from typing import Any

from fuzz.draw import Draw

from ionos_model_hub.errors import InvalidRequestError, ResponseError
from ionos_model_hub.wire.engine_schemas import REJECTED_KEYWORDS, remove_rejected
from ionos_model_hub.wire.output_schema import OutputSchema
from ionos_model_hub.wire.schema_walk import subschemas
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
    *("uniqueItems", "contains", "format", "path", "date", "pattern", "^(?=a)b", "multipleOf"),
)
FORMAT = ("type", "json_schema", "json_object", "text", "name", "schema", "strict", "description")


def check(data: bytes) -> None:
    draw = Draw(data)
    schema: dict[str, Any] = draw.object(WORDS)
    if draw.yes():
        schema = {"type": "object", "properties": schema, **draw.object(WORDS, 3)}
    check_strict(schema)
    check_output(schema, draw)
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


def check_output(schema: dict[str, Any], draw: Draw) -> None:
    before = deepcopy(schema)
    relaxed = remove_rejected(schema)
    assert all(REJECTED_KEYWORDS.isdisjoint(node) for node in subschemas(relaxed))
    try:
        output = OutputSchema.of(schema)
    except InvalidRequestError as error:
        assert error.hint
        return
    finally:
        assert schema == before
    assert output.sent["additionalProperties"] is False
    value = draw.json(WORDS)
    assert output.unwrap({"value": value} if output.is_wrapped else value) == value
    try:
        output.validate(value)
    except (ResponseError, InvalidRequestError) as error:
        assert len(str(error)) < 1000


def check_format(value: dict[str, Any]) -> None:
    before = deepcopy(value)
    try:
        normal = normalise_response_format(value)
    except InvalidRequestError as error:
        assert (error.param or "").startswith("response_format")
    else:
        assert normalise_response_format(normal) == normal
    assert value == before
