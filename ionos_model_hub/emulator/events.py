"""Server-sent events."""

import json
from collections.abc import Mapping
from typing import Any

DONE_EVENT = b"data: [DONE]\n\n"


def encode_event(data: Mapping[str, Any]) -> bytes:
    """Return a server-sent event with JSON data."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode("utf-8", "replace") + b"\n\n"
