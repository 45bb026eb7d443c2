"""Tool calls that a server left in the text, because they were cut off or malformed.

Each format is the one that a tool parser of vLLM reads: `hermes`, `llama3_json`, `qwen3_coder`,
`mistral` and `openai` (harmony). `leaked_calls` finds complete calls of models that are known to
leave them in the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from pydantic_core import from_json


class RawFormat(NamedTuple):
    """How a call is written in one format.

    Attributes:
        parser: vLLM's name of the tool parser.
        marker: A text that every call contains; searching it first saves time.
        opening: Regular expression for the beginning of a call; the group `name` captures as much
            of the tool's name as there is.
        example: A call that was cut off.
        is_marked: Whether the opening contains a marker that occurs nowhere else. If not, a call
            is recognised by the name of an offered tool.

    Example:
        >>> [raw.parser for raw in RAW_FORMATS if re.search(raw.opening, '<tool_call>{"na')]
        ['hermes']
    """

    parser: str
    marker: str
    opening: str
    example: str
    is_marked: bool = True


_JSON_NAME = r'\{\s*"name"\s*:\s*"(?P<name>[^"]*)'

RAW_FORMATS: tuple[RawFormat, ...] = (
    RawFormat(
        "qwen3_coder",
        "<function=",
        r"(?:<tool_call>\s*)?<function=(?P<name>[^>]*)",
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nBer",
    ),
    RawFormat(
        "hermes",
        "<tool_call>",
        rf"<tool_call>(?:\s*{_JSON_NAME})?",
        '<tool_call>\n{"name": "get_weather", "arguments": {"ci',
    ),
    RawFormat(
        "mistral",
        "[TOOL_CALLS]",
        r'\[TOOL_CALLS\]\s*(?:\[?\s*\{\s*"name"\s*:\s*")?(?P<name>[\w-]*)',
        '[TOOL_CALLS]get_weather[ARGS]{"city": "Ber',
    ),
    RawFormat(
        "openai",
        "<|channel|>",
        r"<\|channel\|>[^<]*?\bto=functions\.(?P<name>[\w-]*)",
        '<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"ci',
    ),
    RawFormat(
        "llama3_json",
        '"name"',
        rf"\A\s*(?:<\|python_tag\|>\s*)?{_JSON_NAME}",
        '{"name": "get_weather", "parameters": {"city":',
        is_marked=False,
    ),
)


def find_raw_call(text: str, tools: Collection[str], *, is_cut: bool) -> tuple[str, str] | None:
    """Return the name and the raw text of the last call that was left in a text, or None.

    The name is incomplete or empty if the text ends in it.

    Args:
        text: The content of a message.
        tools: The names of the tools as they were sent.
        is_cut: Whether the response ended with `length`. If not, only a text that starts with
            a call is taken for one, since a model may also write about calls.

    Example:
        >>> find_raw_call('<tool_call>{"name": "get_wea', ["get_weather"], is_cut=True)
        ('get_wea', '<tool_call>{"name": "get_wea')
    """
    indent = len(text) - len(text.lstrip())
    for raw in RAW_FORMATS:
        if raw.marker not in text:
            continue
        openings = list(re.finditer(raw.opening, text))
        if not openings or not (is_cut or openings[0].start() == indent):
            continue
        opening = openings[-1]
        name = (opening["name"] or "").strip()
        call = text[opening.start() :].strip()
        if raw.is_marked or (_may_name(name, call, tools) and not _is_json(call)):
            return name, call
    return None


def _may_name(name: str, call: str, tools: Collection[str]) -> bool:
    """Return whether a call names a tool, or ends in what may become the name of one."""
    return name in tools or (call.endswith(f'"{name}') and any(t.startswith(name) for t in tools))


def _is_json(text: str) -> bool:
    try:
        from_json(text)
    except (ValueError, TypeError):
        return False
    return True
