"""Values found in a text: numbers, quoted strings, proper names, addresses, dates."""

import re
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from ionos_model_hub.emulator.text import STOP_WORDS, stem, stems, topic, words

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
_FILE = re.compile(
    r"[^\s\"'`<>(),;]*[\w-]\.(?:png|jpe?g|webp|gif|bmp|tiff?|pdf|docx|csv|jsonl?|txt|md)\b"
)
_FORMATS = {
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "date": re.compile(r"\b\d{4}-\d\d-\d\d\b"),
    "date-time": re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)"),
    "uri": re.compile(r"https?://[^\s\"'<>)]*[^\s\"'<>).,;?!]"),
    "uuid": re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
}
# Sentences often start with these words; alone they are not names.
_SENTENCE_OPENERS = frozenset(
    words("""
        add answer ask book calculate call compare compute convert create describe explain extract
        fetch find generate given hello help list look make multiply name person please provide
        query question repeat return say search send set subtract summarize take tell translate
        update user using write yes no
    """)
)
# Parameters with these words in their name receive the complete question.
_QUESTION_PARAMETERS = frozenset(
    words(
        "query question input text prompt message request task description reason content search q"
    )
)
# Parameters with these words in their name receive a file name or a path, if the text has one.
_FILE_PARAMETERS = frozenset(words("image picture photo file filename path"))

T = TypeVar("T")


class TextValues:
    """The values in a text that can fill a JSON instance; the `take_` methods use each once.

    Example:
        >>> values = TextValues("Book 2 seats for 'Ada' in Berlin")
        >>> values.take_number(lambda n: n > 0)
        2
        >>> values.take_phrase("name"), values.take_phrase("city")
        ('Ada', 'Berlin')
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.stems = stems(text)
        self.numbers = [_to_number(digits) for digits in _NUMBER.findall(text)]
        self.quoted = ["".join(groups) for groups in _QUOTED.findall(text)]
        self.names = proper_names(_QUOTED.sub(" ", text))
        self._phrases = self.quoted + self.names
        self._places = [place for place in _PLACE.findall(text) if place.lower() not in STOP_WORDS]
        self._of_format = {name: deque(regex.findall(text)) for name, regex in _FORMATS.items()}
        self._files: list[str] = _FILE.findall(text)
        self._used_keys: set[str] = set()
        self._used_options: set[str] = set()

    def mentions(self, name: str) -> bool:
        """Return whether the text contains all words of a property name."""
        return bool(words(name)) and {stem(word) for word in words(name)} <= self.stems

    def contains(self, value: object) -> bool:
        """Return whether the text contains a value of an enumeration as a word."""
        text = str(value)
        return bool(text) and bool(
            re.search(rf"(?<!\w){re.escape(text)}(?!\w)", self.text, re.IGNORECASE)
        )

    def take_number(self, fits: Callable[[float], bool], name: str = "") -> int | float | None:
        """Return the number next to `name`, or else the first number that fits."""
        adjacent = self._value_after(name)
        if adjacent is not None and _NUMBER.fullmatch(adjacent) and fits(_to_number(adjacent)):
            return _pop_first(self.numbers, lambda value: value == _to_number(adjacent))
        return _pop_first(self.numbers, fits)

    def take_phrase(self, name: str) -> str | None:
        """Return the text for a property: a file, quoted string, name, place, or all of it."""
        if self._files and set(words(name)) & _FILE_PARAMETERS:
            return self._files.pop(0)
        adjacent = self._value_after(name)
        if adjacent is not None:
            self._phrases = [phrase for phrase in self._phrases if phrase != adjacent]
            return adjacent
        if takes_question(name):
            return self.text.strip() or None
        return _pop_first(self._phrases, bool) or (self._places.pop() if self._places else None)

    def of_format(self, format_name: str) -> list[str]:
        """Return the strings of a JSON Schema format; each call starts with the next one."""
        queue = self._of_format.get(format_name, deque())
        matches = list(queue)
        queue.rotate(-1)
        return matches

    def sort_enum(self, options: list[Any]) -> list[Any]:
        """Return the values of an enumeration: those in the text first, used ones after them."""
        mentioned = [option for option in options if self.contains(option)]
        mentioned.sort(key=lambda value: (str(value) in self._used_options, self._position(value)))
        self._used_options.update(map(str, mentioned[:1]))
        return mentioned + [option for option in options if option not in mentioned]

    def topic(self) -> str:
        """Return the topic of the text."""
        return topic(self.text)

    def _value_after(self, name: str) -> str | None:
        """Return the value after a property name as in `city: Berlin`, once for each name."""
        key = r"[\s_-]*".join(re.escape(word) for word in words(name))
        if not key or key in self._used_keys:
            return None
        self._used_keys.add(key)
        link = r"(?:\s*[:=]\s*|\s+(?:(?:is|are|was|of|named|called|to|in|at)\s+)?)"
        match = re.search(rf"\b(?i:{key}|{key}d){link}{_VALUE}", self.text)
        return next(filter(None, match.groups()), None) if match else None

    def _position(self, value: object) -> int:
        return self.text.lower().find(str(value).lower())


def proper_names(text: str) -> list[str]:
    """Return the proper names in a text, in order.

    Example:
        >>> proper_names("Paris and San Francisco, CA")
        ['Paris', 'San Francisco, CA']
    """
    parts = _LIST_WORD.split(text)
    is_list = len(parts) > 1 and bool(re.search(r"\s(?:and|or|und|oder)\s", text))
    names: list[str] = []
    for part in parts:
        for match in _NAME.findall(part):
            name = _without_opener(match)
            pieces = re.split(r", (?![A-Z]{2}\b)", name) if is_list else [name]
            names += [piece for piece in pieces if piece and piece not in names]
    return names


def takes_question(parameter: str) -> bool:
    """Return whether a parameter of that name receives the complete question."""
    return bool(set(words(parameter)) & _QUESTION_PARAMETERS)


def _without_opener(name: str) -> str:
    first, _, rest = name.partition(" ")
    word = first.strip(",").lower()
    if word in STOP_WORDS or word.split("'")[0] in STOP_WORDS or word in _SENTENCE_OPENERS:
        return _without_opener(rest) if rest else ""
    return name


def _to_number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _pop_first(values: list[T], fits: Callable[[T], bool]) -> T | None:
    for index, value in enumerate(values):
        if fits(value):
            return values.pop(index)
    return None
