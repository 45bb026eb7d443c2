"""Parse the JSON in a model's output, complete or partial, whatever surrounds it."""

from __future__ import annotations

import json
import re

from pydantic import JsonValue
from pydantic_core import from_json

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.shorten import shorten

_decoder = json.JSONDecoder(strict=False)  # accepts the line breaks that models leave in strings
# Brackets, and the token after them if it can follow them in JSON. Possessive, so that brackets
# without one are skipped once, in linear time.
_OPENING = re.compile(
    r"""(?=[\[{]) (?:\[\s*+)*+ (?: \{\s*+(["}])? | ([\]"]|-?[0-9]|true|false|null)? )""", re.VERBOSE
)
_CLOSING = re.compile(r"\s*[\]}]")
_FENCE = "```"
_THINK, _END_THINK = "<think>", "</think>"
# Far more than indentation or a text needs, and far less than a token limit.
_LONG_RUN = 128
_REPEATS = 8
_LONGEST_PERIOD = 200


def read_json(text: str | None, *, finish_reason: str | None = None) -> JsonValue:
    """Parse the JSON in a model's response.

    A leading `<think>` block, a Markdown fence, a byte order mark and prose around an object or
    array are skipped. Of several values, objects are preferred to arrays, and longer ones to
    shorter ones.

    Args:
        text: The content of the message.
        finish_reason: Why the model stopped. If it is `length`, the error explains whether a
            larger `max_tokens` helps.

    Raises:
        ResponseError: There is no JSON, or it is malformed or cut off.

    Example:
        >>> read_json('Here you are: {"a": 1}.')
        {'a': 1}
    """
    text = text or ""
    body = _body(text)
    try:
        value = _parse(body)
    except ValueError:
        pass
    else:
        if finish_reason == "length" and _may_continue(value):
            raise _cut_off(body)
        return value
    values, incomplete_at = _scan(body)
    if incomplete_at is None and values:
        return values[0]
    raise _error(text, finish_reason)


def read_partial_json(text: str) -> JsonValue | None:
    """Parse the JSON received so far of a streamed response; None while there is none.

    Example:
        >>> read_partial_json('Sure: {"city": "Ber')
        {'city': 'Ber'}
    """
    try:
        return read_json(text)
    except ResponseError:
        pass
    body = _body(text)
    _, incomplete_at = _scan(body)
    incomplete = body[incomplete_at or 0 :]
    if not incomplete.startswith(("{", "[", '"')):
        return None
    try:
        return _parse(incomplete, partial=True)
    except ValueError:
        return None


def _may_continue(value: JsonValue) -> bool:
    """Return whether more digits may have followed."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _body(text: str) -> str:
    """Remove the text that models put around their JSON."""
    body = text.strip().removeprefix("\ufeff").lstrip()
    if body.startswith(_THINK):
        body = body.partition(_END_THINK)[2].lstrip()
    if body.startswith(_FENCE):
        body = body.removeprefix(_FENCE).removeprefix("json").removesuffix(_FENCE).strip()
    return body


def _parse(text: str, partial: bool = False) -> JsonValue:
    # Encoded here, because `from_json` raises a TypeError for a str with a lone surrogate.
    data = text.encode()
    value: JsonValue = from_json(data, allow_partial="trailing-strings" if partial else False)
    return value


def _scan(text: str) -> tuple[list[JsonValue], int | None]:
    """Search a text for objects and arrays, in linear time.

    Brackets without JSON after them are prose.

    Returns:
        The best value, if any, and the start of the first one that is cut off or malformed.
    """
    best: tuple[bool, int] = (False, 0)
    values: list[JsonValue] = []
    end = 0
    while opening := _OPENING.search(text, end):
        start, end = opening.span()
        if not opening.lastindex:
            continue
        try:
            value, end = _decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return values, start
        if _CLOSING.match(text, end):
            return values, start
        rank = (isinstance(value, dict), end - start)
        if rank > best:
            best, values = rank, [value]
    return values, None


def _error(text: str, finish_reason: str | None) -> ResponseError:
    if finish_reason == "length":
        return _cut_off(text)
    if not text.strip():
        return ResponseError("The response is empty; it should be JSON.")
    return ResponseError(
        f"The response is not valid JSON: {shorten(text)!r}",
        hint="Use a strict `json_schema`, or try again.",
    )


def _cut_off(text: str) -> ResponseError:
    if waste := find_waste(text):
        return ResponseError(
            f"The response reached the token limit with {waste} instead of completing its JSON.",
            hint="A larger `max_tokens` does not help. Set a temperature or a frequency_penalty, "
            "shorten the schema (maxItems, maxLength), show compact JSON in the prompt, or use "
            "another method or model.",
        )
    return ResponseError(
        "The response reached the token limit before its JSON was complete.",
        hint="Increase `max_tokens`; reasoning counts as well.",
    )


def find_waste(text: str) -> str | None:
    r"""Return "whitespace" or "repetition" if a text ends in a long run of it, else None.

    Constrained decoding can do so with some models, until the token limit is reached.

    Example:
        >>> find_waste('{"name": "Ada"' + " \n" * 200)
        'whitespace'
        >>> find_waste('{"tags": [' + '"red", ' * 100)
        'repetition'
    """
    if len(text) - len(text.rstrip()) >= _LONG_RUN:
        return "whitespace"
    periods = range(1, min(_LONGEST_PERIOD, len(text) // _REPEATS) + 1)
    return "repetition" if any(_ends_periodic(text, period) for period in periods) else None


def _ends_periodic(text: str, period: int) -> bool:
    """Return whether a long end of a text repeats itself after `period` characters."""
    run = max(_LONG_RUN, period * _REPEATS)
    return run <= len(text) and text[-run:-period] == text[period - run :]
