"""Checks of requests against the published schemas of the hub."""

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator

from ionos_model_hub.emulator.errors import bad_request
from ionos_model_hub.emulator.json_type import Json

_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_TOOLS = 128
_MAX_STOPS = 4
# JSON Schema accepts 1.0 as an integer; the gateway of the hub, written in Go, does not.
_INTEGERS = (
    "n",
    "max_tokens",
    "max_completion_tokens",
    "top_logprobs",
    "logprobs",
    "top_n",
    "seed",
)
# Fields that the hub accepts although its published contract does not contain them.
_EXTENSIONS: Json = {
    "properties": {
        "encoding_format": {"type": ["string", "null"]},
        "logprobs": {"type": ["boolean", "integer", "null"]},
        "parallel_tool_calls": {"type": ["boolean", "null"]},
        "reasoning_effort": {"type": ["string", "null"]},
        "seed": {"type": ["integer", "null"]},
        "stream_options": {
            "type": ["object", "null"],
            "properties": {"include_usage": {"type": ["boolean", "null"]}},
        },
        "top_logprobs": {"type": ["integer", "null"]},
    },
}
_RERANK_REQUEST: Json = {
    "type": "object",
    "properties": {
        "model": {"type": "string"},
        "query": {"type": ["string", "object"]},
        "documents": {"type": "array", "minItems": 1, "items": {"type": ["string", "object"]}},
        "top_n": {"type": "integer", "minimum": 1},
    },
    "required": ["model", "query", "documents"],
}


@cache
def _validator(name: str) -> Validator:
    contract = json.loads(files(__package__).joinpath("contract.json").read_text("utf-8"))
    contract["components"]["schemas"]["RerankRequest"] = _RERANK_REQUEST
    return Draft202012Validator({**contract, **_EXTENSIONS, "$ref": f"#/components/schemas/{name}"})


def check_body(name: str, body: Json) -> None:
    """Check a body against the request schema `name`.

    Raises:
        ApiError: A 400 that names the field.
    """
    error = best_match(_validator(name).iter_errors(body))
    if error is not None:
        field = _field_of(error)
        message = error.message if len(error.message) < 300 else error.message[:300] + "…"
        raise bad_request(f"Invalid value for '{field}': {message}", field)
    for field in _INTEGERS:
        if isinstance(body.get(field), float):
            raise bad_request(f"'{field}' must be written without a decimal point", field)
    stops = body.get("stop", ())
    if len(stops) > _MAX_STOPS:
        raise bad_request(
            f"'stop' accepts at most {_MAX_STOPS} sequences, got {len(stops)}", "stop"
        )


def check_chat_body(body: Json) -> None:
    """Check a chat request against its schema and the further rules of the hub.

    Raises:
        ApiError: A 400 that names the field.
    """
    check_body("ChatCompletionRequest", _with_content(body))
    if not body["messages"]:
        raise bad_request("'messages' must contain at least one message", "messages")
    _check_tools(body.get("tools"))
    _check_response_format(body.get("response_format", {}))


def _with_content(body: Json) -> Json:
    """Return the body with the content that may be missing beside tool calls."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        return body
    return {**body, "messages": [_message_with_content(message) for message in messages]}


def _message_with_content(message: object) -> object:
    if not isinstance(message, dict) or not message.get("tool_calls"):
        return message
    return message if message.get("content") is not None else {**message, "content": ""}


def _field_of(error: ValidationError) -> str:
    path: Sequence[str | int] = list(error.absolute_path)
    if error.validator == "required":
        missing = re.findall("'(.+)' is a required property", error.message)
        path = [*path, *missing]
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".") or "body"


def _check_tools(tools: list[Json] | None) -> None:
    names = [tool["function"]["name"] for tool in tools or ()]
    if len(names) > _MAX_TOOLS:
        message = f"'tools' accepts at most {_MAX_TOOLS} functions, got {len(names)}"
        raise bad_request(message, "tools")
    for index, name in enumerate(names):
        if not _TOOL_NAME.fullmatch(name):
            raise bad_request(
                f"The function name {name!r} does not match [A-Za-z0-9_-]{{1,64}}",
                f"tools[{index}].function.name",
            )


def _check_response_format(response_format: Json) -> None:
    wrapper = response_format.get("json_schema")
    if wrapper is None or not wrapper.get("strict", True):
        return
    schema = wrapper["schema"]
    if schema.get("type") != "object" or schema.get("additionalProperties") is not False:
        raise bad_request(
            "The root of a strict schema must be an object with additionalProperties false",
            "response_format.json_schema.schema",
        )
