"""What known models get wrong, as a table, and how to mend it.

A whole message needs `fix_tool_name`, `leaked_tool_calls` and `split_thinking`. A stream needs
one `ThinkSplitter` and one `ToolCallSieve` per choice: each is fed every piece of content, gives
out what is certain, and hands over the rest at the end. However the pieces are cut, the outcome
is that of the whole message. Models without a quirk pass straight through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from pydantic import JsonValue
from pydantic_core import from_json

Fault: TypeAlias = Literal["marked_tool_names", "leaked_tool_calls", "think_tags"]
Kind: TypeAlias = Literal["content", "reasoning"]
LeakedCall: TypeAlias = tuple[str, str]
"""The name of a tool and its arguments as JSON text."""


@dataclass(frozen=True, slots=True)
class Quirk:
    """One fault of one family of models.

    Attributes:
        family: Part of the ids of its models, in lower case.
        fault: What they get wrong.
        example: What arrives.

    Example:
        >>> [quirk.fault for quirk in QUIRKS if quirk.family in "openai/gpt-oss-120b"]
        ['marked_tool_names']
    """

    family: str
    fault: Fault
    example: str


QUIRKS: tuple[Quirk, ...] = (
    Quirk("gpt-oss", "marked_tool_names", "my_tool<|channel|>commentary"),
    Quirk("mistral", "leaked_tool_calls", '[TOOL_CALLS] my_tool{"a": 1}'),
    Quirk("mistral", "leaked_tool_calls", '{"tool": "my_tool", "parameters": {"a": 1}}'),
    Quirk("qwen", "think_tags", "<think>Let me see.</think>Yes."),
)

_CHANNEL = "<|"
_MARKER = "[TOOL_CALLS]"
_CALL_HEAD = re.compile(
    r"""\s* (?: ([A-Za-z0-9_-]+) \s* (?:\[CALL_ID\]\s*\w+\s*)? (?:\[ARGS\]\s*)? )?
        (?= \{\s*["}] | \[\s*\{ )""",
    re.VERBOSE,
)
_NAME_KEYS = frozenset({"tool", "name"})
_ARGUMENT_KEYS = frozenset({"parameters", "arguments"})
_OTHER_KEYS = frozenset({"id", "type"})
_MOST_BLANKS = 64  # white space allowed inside the opening of a call
_THINK, _END_THINK = "<think>", "</think>"
_decoder = json.JSONDecoder()


@lru_cache(maxsize=256)
def faults(model: str) -> frozenset[Fault]:
    """Return what a model is known to get wrong; nothing for unknown models."""
    return frozenset(quirk.fault for quirk in QUIRKS if quirk.family in model.lower())


def fix_tool_name(model: str, name: str) -> str:
    """Cut the channel marker off a tool's name.

    Example:
        >>> fix_tool_name("openai/gpt-oss-120b", "my_tool<|channel|>commentary")
        'my_tool'
    """
    if "marked_tool_names" not in faults(model):
        return name
    own, marker, _ = name.partition(_CHANNEL)
    return own.rstrip() or name if marker else name


def leaked_tool_calls(
    model: str, content: str, tools: Collection[str]
) -> tuple[str, list[LeakedCall]]:
    """Find the tool calls that a model wrote into its content.

    Args:
        model: The model's id.
        content: The whole content of a message.
        tools: Names of the offered tools, as they are on the wire; only these are found.

    Returns:
        What is left of the content, and the calls in order.

    Example:
        >>> leaked_tool_calls("mistralai/Mistral-Small", '[TOOL_CALLS] add{"a": 1}', ["add"])
        ('', [('add', '{"a": 1}')])
    """
    sieve = ToolCallSieve(model, tools)
    released = sieve.feed(content)
    rest, calls = sieve.finish()
    return released + rest, calls


class ToolCallSieve:
    """Holds back streamed content that may be a leaked tool call.

    Content is held from `[TOOL_CALLS]`, or from a first `{` in the shape of a call, on; it is
    let go as soon as what follows cannot name an offered tool.

    Args:
        model: The model's id.
        tools: Names of the offered tools, as they are on the wire; without any, nothing is held.

    Example:
        >>> sieve = ToolCallSieve("mistralai/Mistral-Small", ["add"])
        >>> [sieve.feed(text) for text in ("Sure. [TOOL", "_CALLS] ad", 'd{"a": 1}')]
        ['Sure. ', '', '']
        >>> sieve.finish()
        ('', [('add', '{"a": 1}')])
    """

    __slots__ = ("_begun", "_call", "_held", "_most", "_openings", "_tools")

    def __init__(self, model: str, tools: Collection[str]) -> None:
        leaks = "leaked_tool_calls" in faults(model)
        self._tools = frozenset(tools)
        self._openings = tuple(_openings(self._tools)) if leaks else ()
        self._most = max(map(len, self._openings), default=0) + _MOST_BLANKS
        self._begun = False
        self._held = ""
        self._call: list[str] = []

    def feed(self, text: str) -> str:
        """Take a piece of content; return what can be shown by now."""
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
        self._begun = self._begun or start > 0
        return text[:start]

    def finish(self) -> tuple[str, list[LeakedCall]]:
        """Return what is left of the content, and the calls found, in order."""
        return _read_calls("".join(self._call) or self._held, self._tools)

    def _opening_in(self, text: str) -> int:
        """Return where text starts that has to be held; its length where none has."""
        start = text.find("[") if self._begun else 0
        while start >= 0 and not self._may_open(text[start : start + self._most]):
            start = text.find("[", start + 1)
        return start if start >= 0 else len(text)

    def _may_open(self, text: str) -> bool:
        compact = self._compact(text)
        if compact.startswith(self._openings):
            return True
        unfinished = len(text) < self._most
        return unfinished and any(opening.startswith(compact) for opening in self._openings)

    def _compact(self, text: str) -> str:
        return "".join(text[: self._most].split())


class ThinkSplitter:
    """Tells streamed reasoning in a leading `<think>…</think>` from the content after it.

    Args:
        model: The model's id.

    Example:
        >>> splitter = ThinkSplitter("Qwen/Qwen3.5-9B")
        >>> [splitter.feed(text) for text in ("<think>Hm.</th", "ink>Yes.")]
        [[('reasoning', 'Hm.')], [('content', 'Yes.')]]
        >>> splitter.finish()
        []
    """

    __slots__ = ("_held", "_phase")

    def __init__(self, model: str) -> None:
        tagged = "think_tags" in faults(model)
        self._phase: Literal["before", "thinking", "gap", "content"]
        self._phase = "before" if tagged else "content"
        self._held = ""

    def feed(self, text: str) -> list[tuple[Kind, str]]:
        """Take a piece of content; return the pieces that can be told by now."""
        if self._phase == "content":
            return [("content", text)] if text else []
        text, self._held = self._held + text, ""
        return list(self._split(text))

    def finish(self) -> list[tuple[Kind, str]]:
        """Return the piece that was still held back, if any."""
        kind: Kind = "reasoning" if self._phase == "thinking" else "content"
        return [(kind, self._held)] if self._held else []

    def _split(self, text: str) -> Iterator[tuple[Kind, str]]:
        if self._phase == "before":
            opening = text.lstrip()
            if opening.startswith(_THINK):
                self._phase, text = "thinking", opening[len(_THINK) :]
            elif _THINK.startswith(opening):
                self._held, text = text, ""
            else:
                self._phase = "content"
        if self._phase == "thinking":
            thought, tag, text = text.partition(_END_THINK)
            if tag:
                self._phase = "gap"
            else:
                thought, self._held = _hold_back(thought, _END_THINK)
            if thought:
                yield "reasoning", thought
        if self._phase == "gap":
            text = text.lstrip()
            self._phase = "content" if text else "gap"
        if text:
            yield "content", text


def split_thinking(model: str, content: str) -> tuple[str, str]:
    """Split a whole content into reasoning and content.

    Example:
        >>> split_thinking("Qwen/Qwen3.5-9B", "<think>Hm.</think>Yes.")
        ('Hm.', 'Yes.')
    """
    splitter = ThinkSplitter(model)
    pieces = splitter.feed(content) + splitter.finish()
    reasoning = "".join(text for kind, text in pieces if kind == "reasoning")
    return reasoning, "".join(text for kind, text in pieces if kind == "content")


def _hold_back(text: str, tag: str) -> tuple[str, str]:
    """Split off the longest end of `text` that may be the beginning of `tag`."""
    sizes = range(min(len(tag) - 1, len(text)), 0, -1)
    held = next((size for size in sizes if tag.startswith(text[-size:])), 0)
    return text[: len(text) - held], text[len(text) - held :]


def _openings(tools: Collection[str]) -> Iterator[str]:
    """Yield how a call of one of `tools` begins, without white space."""
    if not tools:
        return
    names = [f'{{"{key}":"{tool}"' for key in _NAME_KEYS for tool in tools]
    for opening in (*names, *(f'{{"{key}":' for key in _ARGUMENT_KEYS)):
        yield opening
        yield f"{_MARKER}{opening}"
        yield f"{_MARKER}[{opening}"
    yield from (_MARKER + tool for tool in tools)


def _read_calls(text: str, tools: Collection[str]) -> tuple[str, list[LeakedCall]]:
    if call := _plain_call(text, tools):
        return "", [call]
    calls: list[LeakedCall] = []
    rest: list[str] = []
    end = 0
    marker = text.find(_MARKER)
    while marker >= 0:
        found, after = _calls_at(text, marker + len(_MARKER), tools)
        if found:
            calls += found
            rest.append(text[end:marker])
            end = after
        marker = text.find(_MARKER, after)
    rest.append(text[end:])
    left = "".join(rest)
    return ("" if calls and left.isspace() else left), calls


def _plain_call(text: str, tools: Collection[str]) -> LeakedCall | None:
    try:
        return _as_call(from_json(text.encode("utf-8", "surrogatepass")), tools)
    except ValueError:
        return None


def _calls_at(text: str, start: int, tools: Collection[str]) -> tuple[list[LeakedCall], int]:
    """Read the calls behind a marker; return them and where they end."""
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
    found = [call for call in calls if call]
    return (found, end) if len(found) == len(calls) else ([], start)


def _as_call(value: JsonValue, tools: Collection[str]) -> LeakedCall | None:
    """Read an object such as `{"name": …, "arguments": {…}}`."""
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
