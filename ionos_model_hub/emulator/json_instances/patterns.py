"""Strings that match a regular expression."""

import importlib
import random
import re
import string
from collections.abc import Iterator
from typing import Any

_parse = importlib.import_module("re._parser").parse

_ALPHABET = string.ascii_lowercase + string.ascii_uppercase + string.digits + " -_.!@#"
_CATEGORIES = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_SPACE": " ",
    "CATEGORY_WORD": string.ascii_letters + string.digits + "_",
    "CATEGORY_NOT_DIGIT": string.ascii_letters,
    "CATEGORY_NOT_SPACE": string.ascii_letters + string.digits,
    "CATEGORY_NOT_WORD": " -.",
}


def matching(pattern: str, shortest: int = 0, attempts: int = 200) -> Iterator[str]:
    """Yield strings in which `re.search` finds the pattern.

    Short ones come first; repetitions grow towards `shortest` characters. The same pattern
    yields the same strings.

    Raises:
        re.error: The pattern is no regular expression.
    """
    compiled = re.compile(pattern)
    tree = _parse(pattern)
    for attempt in range(attempts):
        extra = min(attempt // 4, 24) + (shortest if attempt % 2 else 0)
        made = _Writer(random.Random(attempt), extra).write(tree)  # noqa: S311 - repeatable
        tail = "abcdefgh"[: attempt % 9]
        yield from (text for text in dict.fromkeys((made, made + tail)) if compiled.search(text))


class _Writer:
    """Writes one random string; the same seed gives the same string."""

    def __init__(self, rng: random.Random, extra: int) -> None:
        self._rng = rng
        self._extra = extra
        self._groups: dict[int, str] = {}

    def write(self, tree: Any) -> str:
        return "".join(self._node(str(op), argument) for op, argument in tree)

    def _node(self, op: str, argument: Any) -> str:
        if op.endswith("REPEAT"):
            low, high, inner = argument
            count = self._rng.randint(low, min(int(high), low + self._extra))
            return "".join(self.write(inner) for _ in range(count))
        if op == "LITERAL":
            return chr(argument)
        if op == "ANY":
            return self._rng.choice(_ALPHABET)
        if op in ("IN", "NOT_LITERAL"):
            return self._rng.choice(self._members(op, argument))
        if op == "BRANCH":
            return self.write(self._rng.choice(argument[1]))
        if op == "SUBPATTERN":
            return self._group(argument[0], argument[-1])
        if op == "GROUPREF":
            return self._groups.get(argument, "")
        return self.write(argument) if op == "ATOMIC_GROUP" else ""

    def _group(self, number: int | None, inner: Any) -> str:
        made = self.write(inner)
        if number is not None:
            self._groups[number] = made
        return made

    def _members(self, op: str, argument: Any) -> str:
        if op == "NOT_LITERAL":
            return _ALPHABET.replace(chr(argument), "")
        members = "".join(_member(str(kind), value) for kind, value in argument)
        if str(argument[0][0]) != "NEGATE":
            return members
        return "".join(sign for sign in _ALPHABET if sign not in members) or "\u00e4"


def _member(kind: str, value: Any) -> str:
    if kind == "LITERAL":
        return chr(value)
    if kind == "RANGE":
        low, high = value
        return "".join(map(chr, range(low, min(high, low + 255) + 1)))
    return _CATEGORIES.get(str(value), "")
