"""Decide which tool calls may run, and send those of a history in a form that servers accept."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import JsonValue
from pydantic_core import from_json

from ionos_model_hub.wire.response_types import ToolCall
from ionos_model_hub.wire.schema_walk import resolve_pointer
from ionos_model_hub.wire.surrogates import replace_lone_surrogates

CUT_OFF = "The call was cut off by the token limit; increase max_tokens (reasoning counts as well)."
NOT_AN_OBJECT = "The arguments are not a JSON object."
LEFT_IN_TEXT = "The model wrote the call as text, in a form that the server could not read."

INVALID_ARGUMENTS = "invalid_arguments"
"""The key under which arguments that are not a JSON object are sent in a history."""

_decoder = json.JSONDecoder(strict=False)  # accepts the line breaks that models leave in strings
_PARAMETER_KEYWORDS = ("properties", "required", "patternProperties", "$ref", "allOf", "anyOf")


def parse_arguments(
    text: str, parameters: Mapping[str, object] | None = None
) -> dict[str, JsonValue] | None:
    """Return the arguments of a call, or None if they are not a JSON object.

    Args:
        text: The arguments as the model wrote them; line breaks inside strings are accepted.
        parameters: The tool's JSON Schema; None if it is unknown. If it declares no parameters,
            an empty text, null, true and false are `{}`: vLLM sends them for such tools. If it
            declares some, an empty text is an error: vLLM sends it when it cannot read the rest.

    Example:
        >>> parse_arguments("true", {"type": "object"}), parse_arguments("true")
        ({}, None)
    """
    stripped = text.strip()
    try:
        value: JsonValue = _decoder.decode(stripped) if stripped else None
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict):
        return value
    if parameters is None:
        return {} if value is None else None
    is_empty = value is None or isinstance(value, bool)
    return {} if is_empty and not declares_parameters(parameters) else None


def declares_parameters(schema: Mapping[str, object]) -> bool:
    """Return whether the JSON Schema of a tool's parameters declares any.

    Example:
        >>> declares_parameters({"type": "object", "properties": {}})
        False
    """
    root = _resolve_root(schema)
    extra = root.get("additionalProperties")
    return bool(any(root.get(key) for key in _PARAMETER_KEYWORDS) or isinstance(extra, Mapping))


def call_error(
    call: ToolCall,
    tools: Mapping[str, Mapping[str, object]],
    *,
    is_last: bool,
    finish_reason: str | None,
) -> str | None:
    """Return why a call must not run, or None if it may.

    The last call of a response that ended with `length` was cut off if its name is not that of a
    tool, or if its arguments are incomplete, lack required keys, or are empty although the tool
    has parameters: vLLM sends the name first, and some of its parsers close the arguments. Calls
    of unknown tools are otherwise left to the framework.

    Args:
        call: The call.
        tools: The JSON Schema of each tool's parameters, by name; empty if unknown.
        is_last: Whether it is the last call of the response.
        finish_reason: Why the model stopped.

    Example:
        >>> tools = {"get_weather": {"properties": {"city": {}}}}
        >>> cut = ToolCall("1", "get_weather", "{}")
        >>> call_error(cut, tools, is_last=True, finish_reason="length") == CUT_OFF
        True
    """
    parameters = tools.get(call.name)
    arguments = parse_arguments(call.arguments, parameters)
    if is_last and finish_reason == "length" and _is_cut_off(call.name, arguments, tools):
        return CUT_OFF
    return NOT_AN_OBJECT if arguments is None else None


def _is_cut_off(
    name: str,
    arguments: Mapping[str, JsonValue] | None,
    tools: Mapping[str, Mapping[str, object]],
) -> bool:
    if arguments is None or (tools and name not in tools):
        return True
    parameters = _resolve_root(tools.get(name, {}))
    required = parameters.get("required")
    for key in required if isinstance(required, list) else ():
        if isinstance(key, str) and key not in arguments:
            return True
    may_continue = any(other != name and other.startswith(name) for other in tools)
    return not arguments and (declares_parameters(parameters) or may_continue)


def _resolve_root(schema: Mapping[str, object]) -> Mapping[str, object]:
    """Return a schema whose root is not a `$ref`, as pydantic writes it for recursive classes."""
    ref = schema.get("$ref")
    target = resolve_pointer(schema, ref) if isinstance(ref, str) else None
    return target if isinstance(target, Mapping) else schema


def history_arguments(raw: str) -> str:
    r"""Return the arguments of an earlier call as the text of a JSON object.

    Servers parse them before they apply the chat template, and reject anything else with 400.
    Text that is not an object is sent under the key "invalid_arguments".

    Example:
        >>> history_arguments("null"), history_arguments('{"city": "Ber')
        ('{}', '{"invalid_arguments": "{\\"city\\": \\"Ber"}')
    """
    try:
        if isinstance(from_json(raw), dict):
            return raw
    except (ValueError, TypeError):  # TypeError: a lone surrogate
        pass
    value = parse_arguments(raw, {})
    if value is None:
        value = {INVALID_ARGUMENTS: raw}
    return replace_lone_surrogates(json.dumps(value, ensure_ascii=False))
