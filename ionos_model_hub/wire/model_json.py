"""Read the JSON in a model's output, complete or partial, whatever surrounds it."""

from __future__ import annotations

import json
import re

from pydantic import JsonValue
from pydantic_core import from_json

from ionos_model_hub.errors import ResponseError

_decoder = json.JSONDecoder(strict=False)  # takes the line breaks that models leave in strings
# Brackets, and the token behind them if it can stand there in JSON. Possessive, so that brackets
# without one are passed once, in linear time.
_OPENING = re.compile(
    r"""(?=[\[{]) (?:\[\s*+)*+ (?: \{\s*+(["}])? | ([\]"]|-?[0-9]|true|false|null)? )""", re.VERBOSE
)
_CLOSING = re.compile(r"\s*[\]}]")
_FENCE = "```"
_THINK, _END_THINK = "<think>", "</think>"
_SHOWN = 80


def read_json(text: str | None, *, finish_reason: str | None = None) -> JsonValue:
    """Read the JSON in a model's answer.

    A leading `<think>` block, a Markdown fence, a byte order mark and prose around an object or
    array are passed over. Of several values, objects go before arrays and longer before shorter.

    Args:
        text: The content of the answer.
        finish_reason: Why the model stopped; `length` makes the error say what to do.

    Raises:
        ResponseError: There is no JSON, or it is broken or cut off.

    Example:
        >>> read_json('Here you are: {"a": 1}.')
        {'a': 1}
    """
    body = _body(text or "")
    try:
        return _parsed(body)
    except ValueError:
        pass
    found, broken = _scan(body)
    if broken is None and found:
        return found[0]
    raise _unreadable(text or "", finish_reason)


def read_partial_json(text: str) -> JsonValue | None:
    """Read what has arrived of the JSON in a streamed answer; None while there is none.

    Example:
        >>> read_partial_json('Sure: {"city": "Ber')
        {'city': 'Ber'}
    """
    try:
        return read_json(text)
    except ResponseError:
        pass
    body = _body(text)
    _, broken = _scan(body)
    begun = body[broken or 0 :]
    if not begun.startswith(("{", "[", '"')):
        return None
    try:
        return _parsed(begun, partial=True)
    except ValueError:
        return None


def _body(text: str) -> str:
    """Strip what models put around a whole answer."""
    body = text.strip().removeprefix("\ufeff").lstrip()
    if body.startswith(_THINK):
        body = body.partition(_END_THINK)[2].lstrip()
    if body.startswith(_FENCE):
        body = body.removeprefix(_FENCE).removeprefix("json").removesuffix(_FENCE).strip()
    return body


def _parsed(text: str, partial: bool = False) -> JsonValue:
    # Bytes, because for a str with a lone surrogate `from_json` raises a TypeError.
    data = text.encode("utf-8", "surrogatepass")
    value: JsonValue = from_json(data, allow_partial="trailing-strings" if partial else False)
    return value


def _scan(text: str) -> tuple[list[JsonValue], int | None]:
    """Look for objects and arrays in a text.

    Brackets that no JSON follows are prose. The work is linear in the text.

    Returns:
        The best value, if any; and where one starts that is cut off or broken, if one does.
    """
    best: tuple[bool, int] = (False, 0)
    found: list[JsonValue] = []
    end = 0
    while opening := _OPENING.search(text, end):
        start, end = opening.span()
        if not opening.lastindex:
            continue
        try:
            value, end = _decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return found, start
        if _CLOSING.match(text, end):
            return found, start
        rank = (isinstance(value, dict), end - start)
        if rank > best:
            best, found = rank, [value]
    return found, None


def _unreadable(text: str, finish_reason: str | None) -> ResponseError:
    if finish_reason == "length":
        return ResponseError(
            "The model's answer was cut off before its JSON was whole.",
            hint="Raise `max_tokens`; the tokens of reasoning count too.",
        )
    if not text.strip():
        return ResponseError("The model's answer is empty; it should be JSON.")
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return ResponseError(
        f"The model's answer is not JSON, or broken: {shown!r}",
        hint="Ask for a strict `json_schema`, or ask again.",
    )
