"""Values that a text offers: numbers, quoted strings, proper names, addresses, dates."""

import re
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from ionos_model_hub.emulator.responder.text import STOP_WORDS, stem, stems, topic, words

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?!\w|\.\d)")
_QUOTED = re.compile(r"\"([^\"\n]+)\"|(?<!\w)'([^'\n]+)'(?!\w)|[“„«]([^”“»\n]+)[”“»]|`([^`\n]+)`")
_CAPITALISED = r"[A-ZÀ-ÖØ-Þ][\w'\u2019-]*"
_NAME = re.compile(rf"{_CAPITALISED}(?: {_CAPITALISED})*(?:, {_CAPITALISED}(?: {_CAPITALISED})*)*")
_VALUE = (
    rf"(?:\"([^\"\n]+)\"|'([^'\n]+)'(?!\w)|({_CAPITALISED}(?: {_CAPITALISED})*)"
    r"|(-?\d+(?:\.\d+)?)\b(?!-))"
)
_LIST_WORD = re.compile(r"\s+(?:and|or|und|oder|vs\.?|versus|than)\s+|[;&?!]|\.\s")
_PLACE = re.compile(
    r"\b(?:in|at|for|near|to|from|of|about|named|called)\s+(?:the\s+)?([^\W\d_](?:[^\s,;?!]*[^\s.,;?!])?)"
)
_FORMATS = {
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "date": re.compile(r"\b\d{4}-\d\d-\d\d\b"),
    "date-time": re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)"),
    "uri": re.compile(r"https?://[^\s\"'<>)]*[^\s\"'<>).,;?!]"),
    "uuid": re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
}
# Sentences start with these words often; alone they are no names.
_OPENERS = frozenset(
    words("""
        add answer ask book calculate call compare compute convert create describe explain extract
        fetch find generate given hello help list look make multiply name person please provide
        query question repeat return say search send set subtract summarize take tell translate
        update user using write yes no
    """)
)
# Parameters that take the whole question.
_WHOLE = frozenset(
    words(
        "query question input text prompt message request task description reason content search q"
    )
)

T = TypeVar("T")


class Hints:
    """What a text offers to fill a JSON instance with; each value is handed out once.

    Example:
        >>> hints = Hints("Book 2 seats for 'Ada' in Berlin")
        >>> hints.number(lambda n: n > 0), hints.phrase("name"), hints.phrase("city")
        (2, 'Ada', 'Berlin')
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.stems = stems(text)
        self.numbers = [_to_number(found) for found in _NUMBER.findall(text)]
        self.quoted = ["".join(groups) for groups in _QUOTED.findall(text)]
        self.names = proper_names(_QUOTED.sub(" ", text))
        self._phrases = self.quoted + self.names
        self._places = [place for place in _PLACE.findall(text) if place.lower() not in STOP_WORDS]
        self._formatted = {name: deque(found.findall(text)) for name, found in _FORMATS.items()}
        self._answered: set[str] = set()
        self._chosen: set[str] = set()

    def mentions(self, name: str) -> bool:
        """Tell whether the words of a property name occur in the text."""
        return bool(words(name)) and {stem(word) for word in words(name)} <= self.stems

    def names_literally(self, value: object) -> bool:
        """Tell whether a value of an enumeration stands in the text."""
        text = str(value)
        return bool(text) and bool(
            re.search(rf"(?<!\w){re.escape(text)}(?!\w)", self.text, re.IGNORECASE)
        )

    def number(self, fits: Callable[[float], bool], name: str = "") -> int | float | None:
        """Take the number beside `name`, or the first one that fits."""
        beside = self._beside(name)
        if beside is not None and _NUMBER.fullmatch(beside) and fits(_to_number(beside)):
            return _take(self.numbers, lambda value: value == _to_number(beside))
        return _take(self.numbers, fits)

    def phrase(self, name: str) -> str | None:
        """Take what the text says for a property: a quoted string, a name, or all of it."""
        beside = self._beside(name)
        if beside is not None:
            self._phrases = [phrase for phrase in self._phrases if phrase != beside]
            return beside
        if set(words(name)) & _WHOLE:
            return self.text.strip() or None
        return _take(self._phrases, bool) or (self._places.pop() if self._places else None)

    def formatted(self, format_name: str) -> list[str]:
        """Return the strings of a JSON Schema format in the text; the next time in turned order."""
        found = self._formatted.get(format_name, deque())
        told = list(found)
        found.rotate(-1)
        return told

    def sort(self, options: list[Any]) -> list[Any]:
        """Return the values of an enumeration in the order of the text, chosen ones behind."""
        told = [option for option in options if self.names_literally(option)]
        told.sort(key=lambda value: (str(value) in self._chosen, self._position(value)))
        self._chosen.update(map(str, told[:1]))
        return told + [option for option in options if option not in told]

    def topic(self) -> str:
        """Return what the text is about."""
        return topic(self.text)

    def _beside(self, name: str) -> str | None:
        key = r"[\s_-]*".join(re.escape(word) for word in words(name))
        if not key or key in self._answered:
            return None
        self._answered.add(key)
        link = r"(?:\s*[:=]\s*|\s+(?:(?:is|are|was|of|named|called|to|in|at)\s+)?)"
        found = re.search(rf"\b(?i:{key}|{key}d){link}{_VALUE}", self.text)
        return next(filter(None, found.groups()), None) if found else None

    def _position(self, value: object) -> int:
        return self.text.lower().find(str(value).lower())


def proper_names(text: str) -> list[str]:
    """Return the proper names of a text in order: `Paris and San Francisco, CA` holds two."""
    parts = _LIST_WORD.split(text)
    enumerated = len(parts) > 1 and bool(re.search(r"\s(?:and|or|und|oder)\s", text))
    found: list[str] = []
    for part in parts:
        for match in _NAME.findall(part):
            name = _without_opener(match)
            pieces = re.split(r", (?![A-Z]{2}\b)", name) if enumerated else [name]
            found += [piece for piece in pieces if piece and piece not in found]
    return found


def takes_all(name: str) -> bool:
    """Tell whether a parameter of that name takes a whole question."""
    return bool(set(words(name)) & _WHOLE)


def _without_opener(name: str) -> str:
    first, _, rest = name.partition(" ")
    word = first.strip(",").lower()
    if word in STOP_WORDS or word.split("'")[0] in STOP_WORDS or word in _OPENERS:
        return _without_opener(rest) if rest else ""
    return name


def _to_number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _take(values: list[T], fits: Callable[[T], bool]) -> T | None:
    for index, value in enumerate(values):
        if fits(value):
            return values.pop(index)
    return None
