"""Turn a fuzzer's bytes into values of a given shape; the same bytes give the same values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pydantic import JsonValue

T = TypeVar("T")

MAX_TEXT = 24  # bytes
MAX_UTF8 = 18  # bytes; longer texts are UTF-16 and may contain surrogates
MAX_DEPTH = 6
NUMBERS = (0, 1, -1, 2, 3, 7, 64, 1.5, -0.0, 1e308, 2**31, 2**63, 10**30)


class Draw:
    """Draws values until the bytes are used up, then the simplest ones."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def byte(self) -> int:
        """Return the next byte, 0 at the end."""
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def yes(self) -> bool:
        """Draw a boolean."""
        return bool(self.byte() & 1)

    def below(self, number: int) -> int:
        """Draw an integer from 0 to `number` - 1; `number` is at most 256."""
        return self.byte() % number

    def one_of(self, options: Sequence[T]) -> T:
        """Draw one of up to 256 options."""
        return options[self.below(len(options))]

    def text(self, words: Sequence[str] = ()) -> str:
        """Draw one of the words, or any text; it may contain surrogates, as JSON may."""
        if words and self.byte() % 4:
            return self.one_of(words)
        size = self.below(MAX_TEXT)
        start, self._at = self._at, self._at + size
        raw = self._data[start : self._at]
        if size <= MAX_UTF8:
            return raw.decode("utf-8", "replace")
        return raw[: len(raw) // 2 * 2].decode("utf-16-le", "surrogatepass")

    def json(self, words: Sequence[str], depth: int = 0) -> JsonValue:
        """Draw a JSON value whose names and texts are mostly these words."""
        kind = self.below(8 if depth < MAX_DEPTH else 5)
        if kind < 3:
            return self.one_of((None, True, False)) if kind == 0 else self.text(words)
        if kind < 5:
            return self.one_of(NUMBERS) if kind == 3 else self.byte()
        size = self.below(5) if self else 0
        if kind == 5:
            return [self.json(words, depth + 1) for _ in range(size)]
        return {self.text(words): self.json(words, depth + 1) for _ in range(size)}

    def object(self, words: Sequence[str], max_size: int = 5) -> dict[str, JsonValue]:
        """Draw a JSON object."""
        return {self.text(words): self.json(words, 1) for _ in range(self.below(max_size + 1))}
