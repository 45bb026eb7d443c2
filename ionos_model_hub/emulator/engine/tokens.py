"""Tokens of a generation, ended by stop sequences and token limits."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Generation:
    """Tokens that a model has generated for one choice.

    Attributes:
        pieces: Text of each token, without the text from a stop sequence on.
        finish_reason: `stop` or `length`.
        stop_reason: The stop sequence that ended the generation, if any.
        token_count: Number of tokens, including the token that ends the text.
        held_back: Number of characters that a stream holds back, because they may turn out to
            begin a stop sequence.
    """

    pieces: tuple[str, ...]
    finish_reason: str
    stop_reason: str | None
    token_count: int
    held_back: int = 0

    @property
    def text(self) -> str:
        """The complete text."""
        return "".join(self.pieces)

    def stream(self) -> list[tuple[str, bool]]:
        """Return the text as it becomes available, and whether the generation is finished."""
        steps: list[tuple[str, bool]] = []
        text, sent = "", 0
        for number, piece in enumerate(self.pieces, 1):
            text += piece
            finished = number == len(self.pieces) and not self._ends_with_own_token
            available = len(text) if finished else max(sent, len(text) - self.held_back)
            steps.append((text[sent:available], finished))
            sent = available
        if self._ends_with_own_token or not self.pieces:
            steps.append((text[sent:], True))
        return steps

    @property
    def _ends_with_own_token(self) -> bool:
        return self.finish_reason == "stop" and self.stop_reason is None


def generate(tokens: Sequence[str], stops: Sequence[str], max_tokens: int | None) -> Generation:
    """Return the tokens up to the first stop sequence and at most `max_tokens` of them.

    Args:
        tokens: Tokens that the model would generate; a further token ends the text.
        stops: Stop sequences; they do not become part of the text.
        max_tokens: Limit, or None.
    """
    held_back = max((len(stop) for stop in stops), default=1) - 1
    pieces: list[str] = []
    text = ""
    for token in tokens[:max_tokens]:
        text += token
        pieces.append(token)
        matches = [(text.find(stop), stop) for stop in stops if stop in text]
        if matches:
            end, stop = min(matches)
            kept = _cut(pieces, end)
            return Generation(kept, "stop", stop, len(pieces), held_back)
    if max_tokens is not None and len(tokens) >= max_tokens:
        return Generation(tuple(pieces), "length", None, len(pieces), held_back)
    return Generation(tuple(pieces), "stop", None, len(pieces) + 1, held_back)


def _cut(pieces: Sequence[str], end: int) -> tuple[str, ...]:
    """Return the pieces of the first `end` characters; the last piece may become empty."""
    kept: list[str] = []
    for piece in pieces:
        kept.append(piece[: max(0, end)])
        end -= len(piece)
    return tuple(kept)
