"""The JSON Schema of a message that may call tools, for engines without a tool parser."""

from collections.abc import Sequence
from typing import Any

from ionos_model_hub.emulator.json_type import Json

_MAX_CALLS = 8  # so that a small model cannot repeat calls until its token limit
_DEFINITION_KEYS = ("$defs", "definitions")
_NO_PARAMETERS: Json = {"type": "object", "properties": {}}


def message_schema(
    tools: Sequence[Json],
    choice: str | Json | None,
    *,
    single_call: bool = False,
    with_calls: bool = True,
    answer: Json | None = None,
) -> Json:
    """Return the schema of `{"message": …}` or `{"tool_calls": [{"name", "arguments"}, …]}`.

    Args:
        tools: The tools of the request.
        choice: Its `tool_choice`; if a call is required, the schema allows nothing else.
        single_call: Whether only one call is allowed.
        with_calls: Whether calls are allowed that are not required.
        answer: Schema of the message, if it is not a text.
    """
    named = choice["function"]["name"] if isinstance(choice, dict) else None
    functions = [tool["function"] for tool in tools]
    functions = [each for each in functions if named in (None, each["name"])]
    definitions: Json = {}
    items = [_call(each, number, definitions) for number, each in enumerate(functions)]
    calls = _calls(items, 1 if single_call or named else _MAX_CALLS)
    if named or choice == "required":
        schema = calls
    else:
        message = _hoist(answer, "answer", definitions) if answer else {"type": "string"}
        text = _object({"message": message})
        schema = {"anyOf": [text, calls]} if with_calls else text
    return {**schema, "$defs": definitions} if definitions else schema


def _calls(items: Sequence[Json], limit: int) -> Json:
    """Return the schema of up to `limit` calls, each of which matches one of the items."""
    item = items[0] if len(items) == 1 else {"anyOf": items}
    return _object(
        {"tool_calls": {"type": "array", "items": item, "minItems": 1, "maxItems": limit}}
    )


def _call(function: Json, number: int, definitions: Json) -> Json:
    parameters = function.get("parameters") or _NO_PARAMETERS
    arguments = _hoist(parameters, f"tool{number}", definitions)
    return _object({"name": {"enum": [function["name"]]}, "arguments": arguments})


def _object(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _hoist(schema: Json, prefix: str, definitions: Json) -> Json:
    """Return a schema whose definitions were moved to `definitions`, under names with a prefix."""
    own = {key: schema[key] for key in _DEFINITION_KEYS if isinstance(schema.get(key), dict)}
    for group in own.values():
        for name, definition in group.items():
            definitions[f"{prefix}_{name}"] = _rename(definition, prefix)
    rest = {name: value for name, value in schema.items() if name not in _DEFINITION_KEYS}
    renamed: Json = _rename(rest, prefix)
    return renamed


def _rename(value: Any, prefix: str) -> Any:
    """Return a schema whose references to definitions have the prefix."""
    if isinstance(value, list):
        return [_rename(item, prefix) for item in value]
    if not isinstance(value, dict):
        return value
    renamed = {name: _rename(item, prefix) for name, item in value.items()}
    reference = value.get("$ref")
    if isinstance(reference, str):
        for key in _DEFINITION_KEYS:
            if reference.startswith(f"#/{key}/"):
                name = reference.removeprefix(f"#/{key}/")
                renamed["$ref"] = f"#/$defs/{prefix}_{name}"
    return renamed
