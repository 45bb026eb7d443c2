"""JSON Schemas that the engine cannot compile to a grammar."""

import json
import re
from collections.abc import Mapping
from typing import Any

from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.json_instances.instances import (
    UnsatisfiableError,
    check_schema,
    make_instance,
)
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.wire.engine_schemas import (
    ACCEPTED_FORMATS,
    LLGUIDANCE_FORMATS,
    LLGUIDANCE_KEYWORDS,
    REJECTED_KEYWORDS,
    needs_llguidance,
)
from ionos_model_hub.wire.schema_walk import subschemas

_TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})


def check_grammar(schema: Json) -> None:
    """Check that the engine supports a schema in `response_format`.

    Raises:
        ApiError: A 400 with the engine's reason.
    """
    try:
        nodes = list(subschemas(schema))
        for node in nodes:
            _check_type(node)
            _check_pattern(node.get("pattern"))
        check_schema(json.dumps(schema))
        uses_llguidance = any(map(needs_llguidance, nodes))
        for node in nodes:
            _check_node(schema, node, uses_llguidance)
        for node in nodes:
            _check_required(schema, node)
    except RecursionError:
        raise _grammar_error("The schema is nested too deeply") from None
    except UnsatisfiableError as problem:
        raise _grammar_error(str(problem)) from None


def _grammar_error(reason: str) -> ApiError:
    return ApiError(400, f"Grammar error: {reason}")


def _check_type(node: Mapping[str, object]) -> None:
    types = node.get("type")
    for name in types if isinstance(types, list) else [types]:
        if isinstance(name, str) and name not in _TYPES:
            raise _grammar_error(f"Invalid type: {name}")


def _check_node(schema: Json, node: Mapping[str, object], uses_llguidance: bool) -> None:
    _check_reference(schema, node.get("$ref"))
    rejected = REJECTED_KEYWORDS | (LLGUIDANCE_KEYWORDS if uses_llguidance else frozenset())
    unimplemented = sorted(rejected & node.keys())
    if unimplemented:
        raise _grammar_error(f"Unimplemented keys: {json.dumps(unimplemented)}")
    accepted = ACCEPTED_FORMATS - (LLGUIDANCE_FORMATS if uses_llguidance else frozenset())
    if isinstance(node.get("format"), str) and node["format"] not in accepted:
        raise _grammar_error(f"Unknown format: {node['format']}")


def _check_reference(schema: Json, reference: object) -> None:
    if not isinstance(reference, str) or not reference.startswith("#"):
        return
    target: Any = schema
    for step in filter(None, reference.removeprefix("#").split("/")):
        key = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(target, dict) or key not in target:
            pointer = reference.removeprefix("#")
            raise _grammar_error(f"Pointer '{pointer}' does not exist")
        target = target[key]


def _check_pattern(pattern: object) -> None:
    if not isinstance(pattern, str):
        return
    try:
        re.compile(pattern)
    except re.error as error:
        raise _grammar_error(f"regex parse error:\n    {pattern}\nerror: {error.msg}") from None


def _check_required(schema: Json, node: Mapping[str, object]) -> None:
    required, properties = node.get("required"), node.get("properties")
    if not isinstance(required, list) or not isinstance(properties, Mapping):
        return
    definitions: Json = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    for name in required:
        if not isinstance(properties.get(name), Mapping) or "$ref" in str(properties[name]):
            continue
        try:
            make_instance({**definitions, **properties[name]})
        except UnsatisfiableError:
            reason = f"Unsatisfiable schema: required property '{name}' is unsatisfiable"
            raise _grammar_error(reason) from None
