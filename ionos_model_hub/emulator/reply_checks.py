"""Checks of the arguments of scripted replies."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ionos_model_hub.emulator.endpoint_paths import Endpoint
from ionos_model_hub.emulator.events import encode_json

# At most one of these groups of arguments may be used.
CONTENT_GROUPS = (
    ("json",),
    ("body",),
    ("stream",),
    ("generated",),
    ("text", "tool_calls", "reasoning", "refusal"),
    ("structured",),
    ("embeddings",),
    ("scores",),
    ("images",),
    ("error",),
)
RAW_CONTENTS = frozenset({"json", "body", "stream"})
# Endpoints for which these contents are meant.
ENDPOINTS_OF_CONTENT: Mapping[str, Sequence[Endpoint]] = {
    "embeddings": ("embeddings",),
    "scores": ("rerank",),
    "images": ("images", "image_edits"),
    "tool_calls": ("chat",),
    "reasoning": ("chat",),
    "refusal": ("chat",),
    "text": ("chat", "completions"),
    "structured": ("chat", "completions"),
    "generated": ("chat", "completions"),
}
_MODEL_OUTPUT = frozenset({"generated", "text", "tool_calls", "reasoning", "refusal", "structured"})
_INTERRUPTIONS = ("stall_after", "disconnect_after", "reset_after")
_DELAYS = ("delay", "first_chunk_delay", "chunk_delay", "retry_after")
# Arguments that are sent or compared as JSON.
_JSON = ("json", "structured", "usage", "embeddings", "scores", "fields")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def contents_of(arguments: Mapping[str, Any]) -> list[str]:
    """Return the names of the content arguments that are set."""
    return [
        name
        for group in CONTENT_GROUPS
        for name in group
        if arguments[name] is not None and arguments[name] != ()
    ]


def check_arguments(arguments: Mapping[str, Any]) -> None:
    """Check the arguments of a reply, which have the declared types.

    Args:
        arguments: Their values by name.

    Raises:
        ValueError: An argument is invalid, or arguments contradict each other.
    """
    contents = contents_of(arguments)
    groups = [group for group in CONTENT_GROUPS if set(group) & set(contents)]
    if len(groups) > 1:
        raise ValueError(f"Reply accepts only one of {', '.join(contents)}")
    _check_combinations(arguments, set(contents))
    _check_values(arguments)
    _check_endpoint(arguments["endpoint"], contents)
    _check_json(arguments)
    _check_headers(arguments["headers"])
    _check_delivery(arguments)


def _check_combinations(arguments: Mapping[str, Any], contents: set[str]) -> None:
    if arguments["status"] != 200 and contents - RAW_CONTENTS:
        raise ValueError("status is only for json, body and stream; pass error instead")
    if arguments["retry_after"] is not None and "error" not in contents:
        raise ValueError("retry_after is only for error")
    if arguments["finish_reason"] != "stop" and not contents & _MODEL_OUTPUT:
        raise ValueError("finish_reason is only for output of the model")
    if arguments["usage"] and (not contents or contents & (RAW_CONTENTS | {"error", "images"})):
        raise ValueError("usage is only for output of the model, embeddings and scores")
    if not arguments["done"] and "stream" not in contents:
        raise ValueError("done is only for stream")
    if arguments["tool_calls"] and arguments["text"]:
        raise ValueError("Reply accepts text or tool_calls; pass generated for both")
    if arguments["refusal"] is not None and contents & {"text", "tool_calls"}:
        raise ValueError("Reply accepts refusal, or text and tool_calls")


def _check_values(arguments: Mapping[str, Any]) -> None:
    times, probability = arguments["times"], arguments["probability"]
    if arguments["generated"] is not None and not arguments["generated"]:
        raise ValueError("generated must contain the tokens of at least one choice")
    if times is not None and times < 1:
        raise ValueError(f"times must be at least 1 or None, got {times}")
    if not 0 < probability <= 1:
        raise ValueError(f"probability must be above 0 and at most 1, got {probability}")
    if not 200 <= arguments["status"] <= 599:
        raise ValueError(f"status must be between 200 and 599, got {arguments['status']}")


def _check_endpoint(endpoint: str | None, contents: Sequence[str]) -> None:
    for name in contents:
        allowed = ENDPOINTS_OF_CONTENT.get(name)
        if endpoint is not None and allowed is not None and endpoint not in allowed:
            raise ValueError(f"{name} is only for the endpoint {' or '.join(allowed)}")


def _check_json(arguments: Mapping[str, Any]) -> None:
    values = {name: arguments[name] for name in _JSON}
    values["tool_calls"] = [call.arguments for call in arguments["tool_calls"]]
    stream = arguments["stream"] or ()
    values["stream"] = [event for event in stream if not isinstance(event, bytes)]
    for name, value in values.items():
        try:
            encode_json(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"{name} contains a value that JSON does not have: {error}") from None


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a valid header name")
        if not _HEADER_VALUE.fullmatch(value):
            raise ValueError(f"{value!r} is not a valid value of the header {name!r}")


def _check_delivery(arguments: Mapping[str, Any]) -> None:
    """Check the delays, the interruptions and the sizes of the chunks."""
    for name in _DELAYS:
        seconds = arguments[name]
        if seconds is not None and not 0 <= seconds < math.inf:
            raise ValueError(f"{name} must be a number of seconds, got {seconds}")
    used = [name for name in _INTERRUPTIONS if arguments[name] is not None]
    if len(used) > 1:
        raise ValueError(f"Reply accepts only one of {', '.join(used)}")
    for name in used:
        value = arguments[name]
        if value != "head" and value < 0:
            raise ValueError(f"{name} must be a number of chunks or 'head', got {value!r}")
    sizes = arguments["chunk_bytes"]
    if sizes is not None:
        listed = [sizes] if isinstance(sizes, int) else list(sizes)
        if not listed or min(listed) < 1:
            raise ValueError(f"chunk_bytes must be at least 1, got {sizes!r}")
