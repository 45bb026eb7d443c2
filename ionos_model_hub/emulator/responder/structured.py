"""Answers that are JSON: by `response_format`, or because the prompt shows a schema."""

import json
import re

from ionos_model_hub.emulator.contract import Json
from ionos_model_hub.emulator.errors import bad_request
from ionos_model_hub.emulator.json_instances.instances import UnsatisfiableError, make_instance
from ionos_model_hub.emulator.responder.conversation import Conversation

_KEYS = re.compile(r"['\"`]([A-Za-z_]\w*)['\"`]")
_SCHEMA_KEYS = {"properties", "$ref", "$defs", "items", "anyOf", "type"}


def reply(conversation: Conversation, response_format: Json, answer: str) -> str | None:
    """Return the JSON text that is asked for, or None if plain text is.

    Raises:
        RefusalError: No instance satisfies the schema of `response_format`.
    """
    kind = response_format.get("type", "text")
    source = "\n".join([conversation.question, *(content for _, content in conversation.results)])
    if kind == "json_schema":
        return _instance(response_format["json_schema"]["schema"], source)
    shown = _shown_schema(f"{conversation.system}\n{conversation.question}")
    if shown is not None:
        try:
            return _dumps(make_instance(shown, re.sub(r"\{.*\}", " ", source, flags=re.DOTALL)))
        except UnsatisfiableError:
            shown = None
    if kind != "json_object":
        return None
    keys = list(dict.fromkeys(_KEYS.findall(conversation.question)))
    if not keys:
        return _dumps({"answer": answer})
    properties = {key: {"type": "string"} for key in keys}
    unquoted = _KEYS.sub(" ", source)
    return _dumps(make_instance({"type": "object", "properties": properties}, unquoted))


def _instance(schema: Json, source: str) -> str:
    try:
        return _dumps(make_instance(schema, source))
    except UnsatisfiableError as problem:
        raise bad_request(str(problem), "response_format.json_schema.schema") from None


def _shown_schema(text: str) -> Json | None:
    """Return the last JSON Schema that stands in a text which speaks of one."""
    if "schema" not in text.lower():
        return None
    if '{{"' in text:  # some prompt templates show their braces doubled
        text = text.replace("{{", "{").replace("}}", "}")
    decoder = json.JSONDecoder()
    found: Json | None = None
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError:
            end = at + 1
        else:
            if _SCHEMA_KEYS & value.keys():
                found = value
        at = text.find("{", end)
    return found


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
