"""Server-sent events and JSON as sent over the network."""

import json
from collections.abc import Mapping
from typing import Any

DONE_EVENT = b"data: [DONE]\n\n"


def encode_event(data: Mapping[str, Any]) -> bytes:
    """Return a server-sent event with JSON data."""
    return b"data: " + encode_json(data) + b"\n\n"


def encode_json(value: object, *, compact: bool = False) -> bytes:
    """Return JSON; lone surrogates, which UTF-8 does not have, become escapes.

    Raises:
        ValueError: The value contains numbers that JSON does not have.
    """
    separators = (",", ":") if compact else None
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=separators)
    return text.encode("utf-8", "backslashreplace")
