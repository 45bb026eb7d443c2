"""Turn tool calls that a model wrote into its content into real ones."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import TypeAlias

from pydantic import JsonValue
from pydantic_core import from_json

from ionos_model_hub.wire.quirks.table import faults

LeakedCall: TypeAlias = tuple[str, str]
"""The name of a tool, and its arguments as JSON text."""

_MARKER = "[TOOL_CALLS]"
_CALL_HEAD = re.compile(
    r"""\s* (?: ([A-Za-z0-9_-]+) \s* (?:\[CALL_ID\]\s*\w+\s*)? (?:\[ARGS\]\s*)? )?
        (?= \{\s*["}] | \[\s*\{ )""",
    re.VERBOSE,
)
_NAME_KEYS = frozenset({"tool", "name"})
_ARGUMENT_KEYS = frozenset({"parameters", "arguments"})
_OTHER_KEYS = frozenset({"id", "type"})
_MAX_BLANKS = 64  # whitespace allowed inside the opening of a call
_decoder = json.JSONDecoder()


class ToolCallSieve:
    """Holds back streamed content that may be a leaked tool call.

    Content is held back from `[TOOL_CALLS]`, or from a first `{` in the form of a call, and
    released as soon as the text after it cannot name a tool. The result does not depend on how
    the stream is split into pieces.

    Args:
        model: The model's id; content of models without this fault is returned unchanged.
        tools: The tools' names as they were sent; without tools, nothing is held back.

    Example:
        >>> sieve = ToolCallSieve("mistralai/Mistral-Small", ["add"])
        >>> [sieve.feed(text) for text in ("Sure. [TOOL", "_CALLS] ad", 'd{"a": 1}')]
        ['Sure. ', '', '']
        >>> sieve.finish()
        ('', [('add', '{"a": 1}')])
    """

    __slots__ = ("_call", "_has_text", "_held", "_max_opening", "_openings", "_tools")

    def __init__(self, model: str, tools: Collection[str]) -> None:
        leaks = "leaked_tool_calls" in faults(model)
        self._tools = frozenset(tools)
        self._openings = tuple(_openings(self._tools)) if leaks else ()
        self._max_opening = max(map(len, self._openings), default=0) + _MAX_BLANKS
        self._has_text = False
        self._held = ""
        self._call: list[str] = []

    def feed(self, text: str) -> str:
        """Return the content that is certainly not a call."""
        if not self._openings:
            return text
        if self._call:
            self._call.append(text)
            return ""
        text = self._held + text
        start = self._opening_in(text)
        self._held = text[start:]
        if self._compact(self._held).startswith(self._openings):
            self._call.append(self._held)
        self._has_text = self._has_text or start > 0
        return text[:start]

    def finish(self) -> tuple[str, list[LeakedCall]]:
        """Return the rest of the content, and the calls in order."""
        return _parse_calls("".join(self._call) or self._held, self._tools)

    def _opening_in(self, text: str) -> int:
        """Return the index from which the text is held back, or its length."""
        start = text.find("[") if self._has_text else 0
        while start >= 0 and not self._may_open(text[start : start + self._max_opening]):
            start = text.find("[", start + 1)
        return start if start >= 0 else len(text)

    def _may_open(self, text: str) -> bool:
        compact = self._compact(text)
        if compact.startswith(self._openings):
            return True
        unfinished = len(text) < self._max_opening
        return unfinished and any(opening.startswith(compact) for opening in self._openings)

    def _compact(self, text: str) -> str:
        return "".join(text[: self._max_opening].split())


def _openings(tools: Collection[str]) -> Iterator[str]:
    """Yield the possible beginnings of a call, without whitespace."""
    if not tools:
        return
    names = [f'{{"{key}":"{tool}"' for key in _NAME_KEYS for tool in tools]
    for opening in (*names, *(f'{{"{key}":' for key in _ARGUMENT_KEYS)):
        yield opening
        yield f"{_MARKER}{opening}"
        yield f"{_MARKER}[{opening}"
    yield from (_MARKER + tool for tool in tools)


def _parse_calls(text: str, tools: Collection[str]) -> tuple[str, list[LeakedCall]]:
    if call := _parse_plain_call(text, tools):
        return "", [call]
    calls: list[LeakedCall] = []
    rest: list[str] = []
    end = 0
    marker = text.find(_MARKER)
    while marker >= 0:
        parsed, after = _parse_calls_at(text, marker + len(_MARKER), tools)
        if parsed:
            calls += parsed
            rest.append(text[end:marker])
            end = after
        marker = text.find(_MARKER, after)
    rest.append(text[end:])
    remaining = "".join(rest)
    return ("" if calls and remaining.isspace() else remaining), calls


def _parse_plain_call(text: str, tools: Collection[str]) -> LeakedCall | None:
    try:
        return _as_call(from_json(text.encode()), tools)
    except ValueError:
        return None


def _parse_calls_at(text: str, start: int, tools: Collection[str]) -> tuple[list[LeakedCall], int]:
    """Return the calls after a marker, and the index of their end."""
    head = _CALL_HEAD.match(text, start)
    if not head:
        return [], start
    try:
        value, end = _decoder.raw_decode(text, head.end())
    except (ValueError, RecursionError):
        return [], start
    if head[1]:
        arguments = text[head.end() : end] if isinstance(value, dict) else None
        value = {"name": head[1], "arguments": arguments}
    calls = [_as_call(item, tools) for item in (value if isinstance(value, list) else [value])]
    valid = [call for call in calls if call]
    return (valid, end) if len(valid) == len(calls) else ([], start)


def _as_call(value: JsonValue, tools: Collection[str]) -> LeakedCall | None:
    """Return the call in an object such as `{"name": …, "arguments": {…}}`, or None."""
    if not isinstance(value, dict):
        return None
    names = value.keys() & _NAME_KEYS
    arguments = value.keys() & _ARGUMENT_KEYS
    if len(names) != 1 or len(arguments) != 1:
        return None
    if value.keys() - names - arguments - _OTHER_KEYS:
        return None
    name, given = value[names.pop()], value[arguments.pop()]
    if not isinstance(name, str) or name not in tools or not isinstance(given, str | dict):
        return None
    return name, given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
