"""Lone surrogates: halves of characters that UTF-16 represents by two code units.

Servers that count a text in UTF-16 units, as JavaScript and Java do, split an emoji in two where
they split the text between its surrogates. JSON may contain such a surrogate; strict parsers
reject it, and UTF-8 cannot represent it.
"""

import json
import re
from collections.abc import Mapping

from pydantic import JsonValue
from pydantic_core import from_json

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_Path = tuple[str | int, ...]


class SurrogateJoiner:
    r"""Parses the events of one stream; a high surrogate is held back until the low one arrives.

    A surrogate without its counterpart becomes U+FFFD, and nothing at the end of the stream.

    Example:
        >>> joiner = SurrogateJoiner()
        >>> [joiner.parse(text)["a"] for text in (r'{"a": "x\ud83d"}', r'{"a": "\ude80y"}')]
        ['x', '🚀y']
    """

    def __init__(self) -> None:
        self._held: dict[_Path, str] = {}

    def parse(self, data: str | bytes) -> JsonValue:
        """Return the JSON value; raises ValueError if there is none."""
        try:
            value: JsonValue = from_json(data)
        except ValueError:
            text = data if isinstance(data, str) else data.decode()
            if not _ESCAPED_SURROGATE.search(text):
                raise
            return self._parse_with_surrogates(text)
        return self._join(value, ()) if self._held else value

    def _parse_with_surrogates(self, text: str) -> JsonValue:
        try:
            return self._join(json.loads(text), ())
        except RecursionError:
            raise ValueError("JSON that is nested too deeply") from None

    def _join(self, value: JsonValue, path: _Path) -> JsonValue:
        if isinstance(value, str):
            return self._join_text(value, path)
        if isinstance(value, list):
            return [self._join(item, (*path, _index(item, n))) for n, item in enumerate(value)]
        if isinstance(value, dict):
            return {
                replace_lone_surrogates(name): self._join(item, (*path, name))
                for name, item in value.items()
            }
        return value

    def _join_text(self, text: str, path: _Path) -> str:
        text = self._held.pop(path, "") + text
        # The texts of log probabilities are not pieces of one text.
        if text and "\ud800" <= text[-1] <= "\udbff" and "logprobs" not in path:
            self._held[path] = text[-1]
            text = text[:-1]
        return replace_lone_surrogates(text)


def replace_lone_surrogates(text: str) -> str:
    r"""Join surrogates that belong together, and replace others by U+FFFD.

    Example:
        >>> replace_lone_surrogates("a\ud83d")
        'a\ufffd'
    """
    if text.isascii():  # known for each string, so that long texts cost nothing
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def find_surrogate(value: object, path: str = "") -> str | None:
    r"""Return the path of the first text with a surrogate in it, or None if there is none.

    Example:
        >>> find_surrogate({"messages": [{"content": "a\ud83d"}]})
        'messages[0].content'
    """
    if isinstance(value, str):
        return path if _SURROGATE.search(value) else None
    items: list[tuple[str, object]] = []
    if isinstance(value, Mapping):
        items = [(f"{path}.{key}".removeprefix("."), item) for key, item in value.items()]
    elif isinstance(value, list | tuple):
        items = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    paths = (find_surrogate(item, name) for name, item in items)
    return next((each for each in paths if each is not None), None)


def _index(item: JsonValue, position: int) -> int:
    """Return the index of a choice or tool call; an event contains only those that it extends."""
    index = item.get("index") if isinstance(item, dict) else None
    return index if isinstance(index, int) else position
