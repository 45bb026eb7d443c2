"""Bodies and events as readable JSON that can be turned back into the same bytes."""

import base64
import json
from typing import Any

from ionos_model_hub.emulator.json_type import Json

# How servers write JSON: without spaces, or like Python's `json.dumps`.
_SEPARATORS = {"compact": (",", ":"), "spaced": (", ", ": ")}
_EVENT_START, _EVENT_END = b"data: ", b"\n\n"


def describe(content: bytes) -> Json:
    """Return a body as JSON: its value if it is JSON, else its text or base64.

    Example:
        >>> describe(b'{"a": 1}')
        {'json': {'a': 1}, 'separators': 'spaced'}
        >>> describe(b"<html>")
        {'text': '<html>'}
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {"text": text}
    for separators in _SEPARATORS:
        described = {"json": value, "separators": separators}
        if _dump(described) == text:
            return described
    return {"text": text}


def restore(described: Json) -> bytes:
    """Return the body that was described."""
    if "json" in described:
        return _dump(described).encode()
    if "base64" in described:
        return base64.b64decode(described["base64"])
    text: str = described["text"]
    return text.encode()


def _dump(described: Json) -> str:
    return json.dumps(
        described["json"],
        ensure_ascii=False,
        separators=_SEPARATORS[described.get("separators", "compact")],
    )


def describe_event(event: bytes) -> Json:
    """Return an event of a stream as JSON: its data if that is JSON, else all of it as text."""
    if event.startswith(_EVENT_START) and event.endswith(_EVENT_END):
        described = describe(event[len(_EVENT_START) : -len(_EVENT_END)])
        if "json" in described:
            return described
    return {"text": event.decode("utf-8", "replace")}


def restore_event(described: Json) -> bytes:
    """Return the event that was described."""
    content = restore(described)
    return _EVENT_START + content + _EVENT_END if "json" in described else content


def json_value(described: Json) -> Any:
    """Return the value of a description, or its text."""
    return described.get("json", described.get("text"))
