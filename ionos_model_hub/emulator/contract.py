"""Checks of requests against the published schemas and the further rules of the hub."""

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator

from ionos_model_hub.emulator.errors import bad_request

Json = dict[str, Any]

_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BOUNDS: dict[str, tuple[float, float]] = {
    "n": (1, 128),
    "max_tokens": (1, float("inf")),
    "max_completion_tokens": (1, float("inf")),
    "temperature": (0, 2),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
    "top_logprobs": (0, 20),
    "top_n": (1, float("inf")),
}
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
        "top_n": {"type": "integer"},
    },
    "required": ["model", "query", "documents"],
}


@cache
def _validator(name: str) -> Validator:
    contract = json.loads(files(__package__).joinpath("contract.json").read_text("utf-8"))
    contract["components"]["schemas"]["RerankRequest"] = _RERANK_REQUEST
    return Draft202012Validator({**contract, **_EXTENSIONS, "$ref": f"#/components/schemas/{name}"})


def check_body(name: str, body: Json) -> None:
    """Check a body against the request schema `name` and the bounds common to all endpoints.

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
    for field, (low, high) in _BOUNDS.items():
        if isinstance(body.get(field), int | float) and not low <= body[field] <= high:
            raise bad_request(f"'{field}' must be between {low} and {high}", field)
    _check_sampling(body)


def check_chat_body(body: Json) -> None:
    """Check a chat request against its schema and the further rules of the hub.

    Raises:
        ApiError: A 400 that names the field.
    """
    check_body("ChatCompletionRequest", body)
    if not body["messages"]:
        raise bad_request("'messages' must contain at least one message", "messages")
    _check_tool_messages(body["messages"])
    _check_tools(body.get("tools"), body.get("tool_choice"))
    _check_response_format(body.get("response_format", {}))


def _field_of(error: ValidationError) -> str:
    path: Sequence[str | int] = list(error.absolute_path)
    if error.validator == "required":
        missing = re.findall("'(.+)' is a required property", error.message)
        path = [*path, *missing]
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".") or "body"


def _check_sampling(body: Json) -> None:
    top_p = body.get("top_p", 1)
    if top_p != -1 and not 0 < top_p <= 1:
        raise bad_request("'top_p' must be above 0 and at most 1", "top_p")
    if len(body.get("stop", ())) > 4:
        raise bad_request(f"'stop' accepts at most 4 sequences, got {len(body['stop'])}", "stop")
    if body.get("stream_options") and not body.get("stream"):
        raise bad_request("'stream_options' is only allowed with 'stream'", "stream_options")


def _check_tool_messages(messages: list[Json]) -> None:
    call_ids: set[str] = set()
    for index, message in enumerate(messages):
        call_ids.update(call["id"] for call in message.get("tool_calls", ()))
        if message["role"] == "tool" and message.get("tool_call_id") not in call_ids:
            raise bad_request(
                "A message with role 'tool' must follow the tool call with its id",
                f"messages[{index}].tool_call_id",
            )


def _check_tools(tools: list[Json] | None, choice: str | Json | None) -> None:
    names = [tool["function"]["name"] for tool in tools or ()]
    if len(names) > 128:
        raise bad_request(f"'tools' accepts at most 128 functions, got {len(names)}", "tools")
    for index, name in enumerate(names):
        if not _TOOL_NAME.fullmatch(name):
            raise bad_request(
                f"The function name {name!r} does not match [A-Za-z0-9_-]{{1,64}}",
                f"tools[{index}].function.name",
            )
    if choice is None:
        return
    if not names:
        raise bad_request("When using 'tool_choice', 'tools' must be set", "tool_choice")
    if isinstance(choice, dict) and choice["function"]["name"] not in names:
        raise bad_request("The function of 'tool_choice' is not one of 'tools'", "tool_choice")


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
