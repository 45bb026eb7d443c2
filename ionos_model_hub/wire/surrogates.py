"""JSON whose texts hold halves of characters.

Servers that count a text in UTF-16 units, as JavaScript and Java do, cut an emoji in two where
they cut the text between its halves. JSON may carry such a half; strict parsers refuse it.
"""

import json
import re

from pydantic import JsonValue
from pydantic_core import from_json

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_Path = tuple[str | int, ...]


class Halves:
    r"""Parses the events of one stream; a half is held back until its other half comes.

    A half without another becomes U+FFFD, and nothing at the end of the stream.

    Example:
        >>> halves = Halves()
        >>> [halves.parse(text)["a"] for text in (r'{"a": "x\ud83d"}', r'{"a": "\ude80y"}')]
        ['x', '🚀y']
    """

    def __init__(self) -> None:
        self._held: dict[_Path, str] = {}

    def parse(self, data: str | bytes) -> JsonValue:
        """Return the JSON value; raises ValueError where there is none."""
        try:
            value: JsonValue = from_json(data)
        except ValueError:
            value = _parse_with_halves(data)
        else:
            if not self._held:
                return value
        return self._joined(value, ())

    def _joined(self, value: JsonValue, path: _Path) -> JsonValue:
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, list):
            return [self._joined(item, (*path, _place(item, n))) for n, item in enumerate(value)]
        if isinstance(value, dict):
            return {
                _without_halves(name): self._joined(item, (*path, name))
                for name, item in value.items()
            }
        return value

    def _text(self, text: str, path: _Path) -> str:
        text = self._held.pop(path, "") + text
        # The texts of log probabilities are no pieces of one text.
        if text and "\ud800" <= text[-1] <= "\udbff" and "logprobs" not in path:
            self._held[path] = text[-1]
            text = text[:-1]
        return _without_halves(text)


def _without_halves(text: str) -> str:
    """Join halves that belong together; others become U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _place(item: JsonValue, position: int) -> int:
    """Return which choice or tool call an entry is about: events hold only those that grow."""
    index = item.get("index") if isinstance(item, dict) else None
    return index if isinstance(index, int) else position


def _parse_with_halves(data: str | bytes) -> JsonValue:
    text = data if isinstance(data, str) else data.decode("utf-8")
    if not _HALF.search(text):
        raise ValueError("no JSON")
    try:
        value: JsonValue = json.loads(text)
    except RecursionError:
        raise ValueError("JSON that is nested too deeply") from None
    return value
