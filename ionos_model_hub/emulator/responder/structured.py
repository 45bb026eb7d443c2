"""JSON responses: for `response_format`, or because the prompt contains a JSON Schema."""

import json
import re

from ionos_model_hub.emulator.engine.request_types import ResponseFormat
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.json_instances.instances import UnsatisfiableError, make_instance
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.responder.conversation import Conversation

_QUOTED_KEY = re.compile(r"['\"`]([A-Za-z_]\w*)['\"`]")
_SCHEMA_KEYWORDS = {"properties", "$ref", "$defs", "items", "anyOf", "type"}


def structured_response(
    conversation: Conversation, response_format: ResponseFormat | None, default: str
) -> str | None:
    """Return the requested JSON text, or None if plain text is requested.

    Args:
        conversation: Source of the values.
        response_format: Field of the request.
        default: Value for JSON objects without any described keys.

    Raises:
        ApiError: No instance satisfies the schema of `response_format`.
    """
    kind = response_format.type if response_format else "text"
    source = "\n".join([conversation.question, *(text for _, text in conversation.results)])
    wrapper = response_format.json_schema if response_format else None
    if kind == "json_schema" and wrapper is not None:
        return _schema_instance(wrapper.definition or {}, source)
    schema = _schema_in_prompt(f"{conversation.system}\n{conversation.question}")
    if schema is not None:
        without_schema = re.sub(r"\{.*\}", " ", source, flags=re.DOTALL)
        try:
            return _dumps(make_instance(schema, without_schema))
        except UnsatisfiableError:
            pass  # a real model would write plain text or any object
    return _any_object(conversation.question, source, default) if kind == "json_object" else None


def _any_object(question: str, source: str, default: str) -> str:
    keys = list(dict.fromkeys(_QUOTED_KEY.findall(question)))
    if not keys:
        return _dumps({"answer": default})
    properties = {key: {"type": "string"} for key in keys}
    without_keys = _QUOTED_KEY.sub(" ", source)
    return _dumps(make_instance({"type": "object", "properties": properties}, without_keys))


def _schema_instance(schema: Json, source: str) -> str:
    try:
        return _dumps(make_instance(schema, source))
    except UnsatisfiableError as problem:
        raise ApiError(400, f"Grammar error: Unsatisfiable schema: {problem}") from None


def _schema_in_prompt(text: str) -> Json | None:
    """Return the last JSON Schema in a text that mentions a schema."""
    if "schema" not in text.lower():
        return None
    if '{{"' in text:  # some prompt templates double their braces
        text = text.replace("{{", "{").replace("}}", "}")
    decoder = json.JSONDecoder()
    schema: Json | None = None
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if _SCHEMA_KEYWORDS & value.keys():
                schema = value
        at = text.find("{", end)
    return schema


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
