"""Strings that match a regular expression."""

import importlib
import random
import re
import string
from collections.abc import Iterator
from typing import Any

_parse = importlib.import_module("re._parser").parse

_MAX_FAST_REPETITIONS = 4  # the time of a mismatch is polynomial, with this exponent

_ALPHABET = string.ascii_lowercase + string.ascii_uppercase + string.digits + " -_.!@#"
_CATEGORIES = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_SPACE": " ",
    "CATEGORY_WORD": string.ascii_letters + string.digits + "_",
    "CATEGORY_NOT_DIGIT": string.ascii_letters,
    "CATEGORY_NOT_SPACE": string.ascii_letters + string.digits,
    "CATEGORY_NOT_WORD": " -.",
}


def matching_strings(pattern: str, min_length: int = 0, attempts: int = 200) -> Iterator[str]:
    """Yield strings in which `re.search` finds the pattern, in the same order on every call.

    Short strings come first; repetitions grow towards `min_length` characters.

    Raises:
        re.error: The pattern is not a valid regular expression.
    """
    compiled = re.compile(pattern)
    tree = _parse(pattern)
    for attempt in range(attempts):
        repetitions = min(attempt // 4, 24) + (min_length if attempt % 2 else 0)
        rng = random.Random(attempt)  # noqa: S311 - must be repeatable
        text = _PatternWriter(rng, repetitions).write(tree)
        padding = "abcdefgh"[: attempt % 9]
        candidates = dict.fromkeys((text, text + padding))
        yield from (candidate for candidate in candidates if compiled.search(candidate))


def may_backtrack(pattern: str) -> bool:
    """Return whether a mismatch may take exponential time: a repetition contains alternatives.

    Example:
        >>> may_backtrack("^([a-z]+ ?)+$"), may_backtrack("^[a-z]+( [a-z])?$")
        (True, False)
    """
    return _repeats_alternatives(_parse(pattern), is_repeated=False)


def _repeats_alternatives(tree: Any, *, is_repeated: bool) -> bool:
    """Return whether a part of a repetition can match a text in several ways."""
    parts: list[tuple[Any, bool]] = []
    for op, argument in tree:
        if str(op).endswith("REPEAT"):
            low, high, inner = argument
            if is_repeated and high > max(low, 1):
                return True
            parts.append((inner, is_repeated or high > _MAX_FAST_REPETITIONS))
        elif str(op) == "BRANCH":
            if is_repeated:
                return True
            parts += ((branch, False) for branch in argument[1])
        elif str(op) in ("SUBPATTERN", "ASSERT", "ASSERT_NOT"):
            parts.append((argument[-1], is_repeated))
        elif str(op) == "ATOMIC_GROUP":
            parts.append((argument, is_repeated))
    return any(_repeats_alternatives(part, is_repeated=repeated) for part, repeated in parts)


class _PatternWriter:
    """Write one random string for a parsed pattern.

    Args:
        rng: Source of randomness; the same seed gives the same string.
        repetitions: Most repetitions above the minimum of `*`, `+` and `{m,n}`.
    """

    def __init__(self, rng: random.Random, repetitions: int) -> None:
        self._rng = rng
        self._repetitions = repetitions
        self._groups: dict[int, str] = {}

    def write(self, tree: Any) -> str:
        return "".join(self._write_node(str(op), argument) for op, argument in tree)

    def _write_node(self, op: str, argument: Any) -> str:
        if op.endswith("REPEAT"):
            low, high, inner = argument
            count = self._rng.randint(low, min(int(high), low + self._repetitions))
            return "".join(self.write(inner) for _ in range(count))
        if op == "LITERAL":
            return chr(argument)
        if op == "ANY":
            return self._rng.choice(_ALPHABET)
        if op in ("IN", "NOT_LITERAL"):
            return self._rng.choice(_characters(op, argument))
        if op == "BRANCH":
            return self.write(self._rng.choice(argument[1]))
        if op == "SUBPATTERN":
            return self._write_group(argument[0], argument[-1])
        if op == "GROUPREF":
            return self._groups.get(argument, "")
        return self.write(argument) if op == "ATOMIC_GROUP" else ""

    def _write_group(self, number: int | None, inner: Any) -> str:
        text = self.write(inner)
        if number is not None:
            self._groups[number] = text
        return text


def _characters(op: str, argument: Any) -> str:
    """Return the characters that a set such as `[a-z]` or `[^a-z]` allows."""
    if op == "NOT_LITERAL":
        return _ALPHABET.replace(chr(argument), "")
    listed = "".join(_set_item(str(kind), value) for kind, value in argument)
    if str(argument[0][0]) != "NEGATE":
        return listed
    return "".join(sign for sign in _ALPHABET if sign not in listed) or "\u00e4"


def _set_item(kind: str, value: Any) -> str:
    if kind == "LITERAL":
        return chr(value)
    if kind == "RANGE":
        low, high = value
        return "".join(map(chr, range(low, min(high, low + 255) + 1)))
    return _CATEGORIES.get(str(value), "")
