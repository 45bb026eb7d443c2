"""JSON values as text for people."""

import json
import re

_MAX_LENGTH = 100_000
_NUMBERS = re.compile(r"\[\n\s+(-?[\d.][-+\d.eE,\s]*?)\n\s+\]")


def as_text(value: object) -> str:
    """Return a string unchanged, and other JSON values as indented JSON, numbers in one line."""
    if isinstance(value, str):
        return value
    try:
        text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    except RecursionError:
        return "(nested too deeply)"
    return _NUMBERS.sub(lambda match: f"[{' '.join(match[1].split())}]", text)


def compact_json(value: object) -> str:
    """Return JSON in one line."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return "(nested too deeply)"


def pretty_json(text: str) -> str:
    """Return JSON with indentation, and text that is not valid JSON unchanged."""
    try:
        return as_text(json.loads(text)) if text.lstrip()[:1] in ("{", "[") else text
    except (ValueError, RecursionError):
        return text


def limit(text: str) -> str:
    """Return the text, or its start if it is very long."""
    rest = len(text) - _MAX_LENGTH
    return text if rest <= 0 else f"{text[:_MAX_LENGTH]}… ({rest:,} more characters)"


def shorten(text: str, length: int) -> str:
    """Return text in one line with at most `length` characters."""
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def decimal(value: object) -> str:
    """Return a number with four decimals, and other values as text."""
    try:
        return f"{value:.4f}" if isinstance(value, int | float) else shorten(as_text(value), 20)
    except OverflowError:  # an integer that is too large for a float
        return "∞"


def as_dict(value: object) -> dict[str, object]:
    """Return a mapping unchanged, and an empty one for other values."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """Return a list unchanged, and an empty one for other values."""
    return value if isinstance(value, list) else []
