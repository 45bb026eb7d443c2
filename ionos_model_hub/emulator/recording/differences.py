"""Differences between a request and the recorded ones."""

from collections.abc import Iterable, Iterator
from typing import Any

from ionos_model_hub.emulator.recording.content import json_value
from ionos_model_hub.emulator.recording.files import RecordedExchange
from ionos_model_hub.emulator.text import common_prefix

_MAX_SHOWN = 8
_CONTEXT = 30
_MISSING = object()


def describe_differences(recorded: Any, requested: Any, path: str = "") -> Iterator[str]:
    """Yield the differences between two JSON values, one line each.

    Example:
        >>> list(describe_differences({"a": [1, 2]}, {"a": [1, 3], "b": 4}))
        ['a[1]: recorded 2, got 3', 'b: not recorded, got 4']
    """
    if isinstance(recorded, dict) and isinstance(requested, dict):
        for key in [*recorded, *(key for key in requested if key not in recorded)]:
            inner = f"{path}.{key}" if path else key
            yield from describe_differences(
                recorded.get(key, _MISSING), requested.get(key, _MISSING), inner
            )
    elif isinstance(recorded, list) and isinstance(requested, list):
        for index in range(max(len(recorded), len(requested))):
            one, other = (
                value[index] if index < len(value) else _MISSING for value in (recorded, requested)
            )
            yield from describe_differences(one, other, f"{path}[{index}]")
    elif recorded != requested:
        yield f"{path or 'body'}: {_describe(recorded, requested)}"


def _describe(recorded: Any, requested: Any) -> str:
    if recorded is _MISSING:
        return f"not recorded, got {_shorten(requested)}"
    if requested is _MISSING:
        return f"recorded {_shorten(recorded)}, missing"
    start = 0
    if isinstance(recorded, str) and isinstance(requested, str):
        start = len(common_prefix(recorded, requested))
    return f"recorded {_shorten(recorded, start)}, got {_shorten(requested, start)}"


def _shorten(value: Any, start: int = 0) -> str:
    """Return a value as text; of a long one, the part around the first difference."""
    text = value if isinstance(value, str) else repr(value)
    first, last = max(0, start - _CONTEXT), start + 2 * _CONTEXT
    part = ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")
    return repr(part) if isinstance(value, str) else part


def explain_unrecorded(
    method: str, path: str, body: Any, exchanges: Iterable[RecordedExchange]
) -> str:
    """Return why a request has no recording: the nearest one and the differences to it."""
    start = f"This request was not recorded: {method} {path}."
    candidates = [each for each in exchanges if (each.method, each.path) == (method, path)]
    if not candidates:
        return f"{start} No request to this path was recorded."
    lines = {
        each.name: list(describe_differences(json_value(each.body or {}), body))
        for each in candidates
    }
    nearest = min(lines, key=lambda name: len(lines[name]))
    shown = lines[nearest][:_MAX_SHOWN]
    if len(lines[nearest]) > len(shown):
        shown.append(f"and {len(lines[nearest]) - len(shown)} more")
    return "\n".join([f"{start} Differences to {nearest}:", *(f"- {line}" for line in shown)])
