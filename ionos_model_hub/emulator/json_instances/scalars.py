"""Numbers and strings that satisfy a flat JSON Schema: endless candidates, best first."""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count
from math import ceil, floor, inf
from typing import Any

from ionos_model_hub.emulator.json_instances.extraction import TextValues
from ionos_model_hub.emulator.json_instances.patterns import matching_strings, may_backtrack

Schema = dict[str, Any]

_MAX_BACKTRACKED = 16  # characters; each further one may double the time of a mismatch

_FORMATS: dict[str, Callable[[int], str]] = {
    "date": lambda i: f"{2026 + i // 336}-{i // 28 % 12 + 1:02d}-{i % 28 + 1:02d}",
    "date-time": lambda i: f"{2026 + i // 28}-01-{i % 28 + 1:02d}T12:00:00Z",
    "time": lambda i: f"{i // 60 % 24:02d}:{i % 60:02d}:00Z",
    "duration": lambda i: f"P{i + 1}D",
    "email": lambda i: f"user{i or ''}@example.com",
    "hostname": lambda i: f"host{i or ''}.example.com",
    "ipv4": lambda i: f"192.0.{i // 254 % 256}.{i % 254 + 1}",
    "ipv6": lambda i: f"2001:db8::{i + 1:x}",
    "uri": lambda i: f"https://example.com/{i or ''}",
    "uri-template": lambda i: f"https://example.com/{i or ''}{{id}}",
    "uuid": lambda i: f"00000000-0000-4000-8000-{i + 1:012x}",
    "regex": lambda i: "a" * (i + 1),
    "json-pointer": lambda i: f"/{i}",
    "relative-json-pointer": lambda i: f"{i}/item",
}
_FORMAT_ALIASES = {
    "idn-email": "email",
    "idn-hostname": "hostname",
    "iri": "uri",
    "url": "uri",
    "uri-reference": "uri",
    "iri-reference": "uri",
}


def numbers(schema: Schema, integer: bool, values: TextValues, name: str) -> Iterator[int | float]:
    """Yield numbers within the bounds of a schema; numbers in the text come first."""
    low, high = _bounds(schema)
    step = _step(schema, integer)

    def fits(value: float) -> bool:
        exact = Fraction(str(value))
        inside = (low is None or low <= exact) and (high is None or exact <= high)
        return inside and (step is None or exact % step == 0)

    from_text = values.take_number(fits, name)
    if from_text is not None:
        yield from_text
    if step is None and low is not None and high is not None:
        yield from (_number(low + (high - low) * Fraction(i, 64)) for i in range(32, 96))
    else:
        yield from _multiples(low, high, step or Fraction(1))


def strings(schema: Schema, values: TextValues, name: str) -> Iterator[str]:
    """Yield strings that satisfy the lengths, the pattern and the format of a schema."""
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    format_name = _FORMAT_ALIASES.get(schema.get("format", ""), schema.get("format", ""))
    if format_name in _FORMATS:
        yield from values.of_format(format_name)
        yield from map(_FORMATS[format_name], count())
        return
    if "pattern" in schema:
        yield from _matches_in_text(schema["pattern"], values)
        yield from _padded_matches(schema["pattern"], shortest)
        return
    phrase = values.take_phrase(name)
    if phrase is not None:
        yield phrase
    topic = values.topic()
    prose = f"{_title(name)} about {topic}" if topic else _title(name)
    yield _fit_length(phrase or prose, shortest, longest)
    yield from (_fit_length(f"{i} {prose}", shortest, longest) for i in count(2))


def _matches_in_text(pattern: str, values: TextValues) -> Iterator[str]:
    limit = _MAX_BACKTRACKED if may_backtrack(pattern) else inf
    words = (*values.quoted, *values.names, *values.text.split())
    return (word for word in words if len(word) <= limit and re.search(pattern, word))


def _padded_matches(pattern: str, shortest: int) -> Iterator[str]:
    for text in matching_strings(pattern, shortest):
        yield text
        if len(text) < shortest:
            filler = "a" * (shortest - len(text))
            yield from (text + filler, filler + text)


def _fit_length(text: str, shortest: int, longest: int | None) -> str:
    while len(text) < shortest:
        text = f"{text} {text}" if text else "text"
    limit = len(text) if longest is None else longest
    return text[: max(limit, shortest)] if len(text) > limit else text


def _title(name: str) -> str:
    return name.replace("_", " ").strip().capitalize() or "Text"


def _bounds(schema: Schema) -> tuple[Fraction | None, Fraction | None]:
    """Return the lowest and the highest allowed value."""
    margin = _step(schema, False) or Fraction(1, 1024)  # distance to an exclusive bound
    lows = [Fraction(str(schema["minimum"]))] if "minimum" in schema else []
    highs = [Fraction(str(schema["maximum"]))] if "maximum" in schema else []
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if above is not None and below is not None:
        margin = min(margin, (Fraction(str(below)) - Fraction(str(above))) / 4)
    if above is not None:
        lows.append(Fraction(str(above)) + margin)
    if below is not None:
        highs.append(Fraction(str(below)) - margin)
    return max(lows, default=None), min(highs, default=None)


def _step(schema: Schema, integer: bool) -> Fraction | None:
    if "multipleOf" in schema:
        step = Fraction(str(schema["multipleOf"]))
        return Fraction(step.numerator) if integer else step
    return Fraction(1) if integer else None


def _multiples(
    low: Fraction | None, high: Fraction | None, step: Fraction
) -> Iterator[int | float]:
    if low is None and high is not None and high < 0:
        yield from (_number(k * step) for k in count(floor(high / step), -1))
    first = ceil(low / step) if low is not None else 0
    yield from (_number(k * step) for k in count(first))


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
