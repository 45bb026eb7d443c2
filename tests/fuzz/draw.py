"""Values of a given shape out of a fuzzer's bytes: the same bytes, the same values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pydantic import JsonValue

T = TypeVar("T")

LONGEST_TEXT = 24  # bytes
HALVES_FROM = 18
DEEPEST = 6
NUMBERS = (0, 1, -1, 2, 3, 7, 64, 1.5, -0.0, 1e308, 2**31, 2**63, 10**30)


class Draw:
    """Draws until the bytes are used up; from then on, it draws the simplest of everything."""

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
        """Draw a truth value."""
        return bool(self.byte() & 1)

    def below(self, number: int) -> int:
        """Draw an integer from 0 up to `number`, which is not in it; at most 256."""
        return self.byte() % number

    def one_of(self, options: Sequence[T]) -> T:
        """Draw one of up to 256 options."""
        return options[self.below(len(options))]

    def text(self, words: Sequence[str] = ()) -> str:
        """Draw one of the words, or any text; surrogates are in it too, as JSON may hold them."""
        if words and self.byte() % 4:
            return self.one_of(words)
        size = self.below(LONGEST_TEXT)
        start, self._at = self._at, self._at + size
        raw = self._data[start : self._at]
        if size <= HALVES_FROM:
            return raw.decode("utf-8", "replace")
        return raw[: len(raw) // 2 * 2].decode("utf-16-le", "surrogatepass")

    def json(self, words: Sequence[str], depth: int = 0) -> JsonValue:
        """Draw a JSON value whose names and texts are mostly these words."""
        kind = self.below(8 if depth < DEEPEST else 5)
        if kind < 3:
            return self.one_of((None, True, False)) if kind == 0 else self.text(words)
        if kind < 5:
            return self.one_of(NUMBERS) if kind == 3 else self.byte()
        size = self.below(5) if self else 0
        if kind == 5:
            return [self.json(words, depth + 1) for _ in range(size)]
        return {self.text(words): self.json(words, depth + 1) for _ in range(size)}

    def object(self, words: Sequence[str], most: int = 5) -> dict[str, JsonValue]:
        """Draw a JSON object."""
        return {self.text(words): self.json(words, 1) for _ in range(self.below(most + 1))}
