"""Schemas that vLLM 0.32.0 accepts and rejects in `response_format`."""

from typing import Any

import pytest

from ionos_model_hub.emulator.engine.grammar import check_grammar
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.profiles import VLLM

ACCEPTED = [
    *({"format": name} for name in ("date", "date-time", "time", "duration", "email", "uuid")),
    *({"format": name} for name in ("uri", "uri-reference", "ipv4", "ipv6", "hostname")),
    {"format": "json-pointer"},
    {"type": "array", "minItems": 1, "maxItems": 2, "prefixItems": [{}]},
    {"type": "string", "minLength": 1, "maxLength": 2},
    {"pattern": "^(?=.*a)b$"},
    {"type": "integer", "multipleOf": 7},
    {"const": 1},
    {"type": ["string", "null"]},
    {"oneOf": [{"type": "string"}]},
    {"not": {}},
    {"type": "object", "propertyNames": {"pattern": "^a"}},
    {"type": "object", "patternProperties": {"a": {}}},
    {"contentMediaType": "a/b", "title": "T", "default": 1, "x-own": 1},
]
REJECTED: list[tuple[dict[str, Any], str]] = [
    ({"format": "path"}, "Unknown format: path"),
    ({"items": {"format": "uuid4"}}, "Unknown format: uuid4"),
    ({"uniqueItems": True}, 'Unimplemented keys: ["uniqueItems"]'),
    ({"contains": {}}, 'Unimplemented keys: ["contains"]'),
    (
        {"propertyNames": {"pattern": "a"}, "properties": {"a": {}}},
        'Unimplemented keys: ["propertyNames"]',
    ),
    ({"type": "wat"}, "Invalid type: wat"),
    ({"$ref": "#/$defs/nope"}, "Pointer '/$defs/nope' does not exist"),
    ({"properties": {"a": {"pattern": "(["}}}, "regex parse error"),
    (
        {"properties": {"a": {"type": "integer", "minimum": 2, "maximum": 1}}, "required": ["a"]},
        "Unsatisfiable schema: required property 'a' is unsatisfiable",
    ),
]


@pytest.mark.parametrize("schema", ACCEPTED)
def test_accepted_schemas(schema: dict[str, Any]) -> None:
    check_grammar({"type": "object", "properties": {"a": schema}})


@pytest.mark.parametrize(("schema", "reason"), REJECTED)
def test_rejected_schemas(schema: dict[str, Any], reason: str) -> None:
    with pytest.raises(ApiError) as caught:
        check_grammar(schema)
    error = caught.value.body(VLLM)["error"]
    assert error["message"].startswith(f"Grammar error: {reason}")
    assert (error["type"], error["param"], error["code"]) == ("BadRequestError", None, 400)
