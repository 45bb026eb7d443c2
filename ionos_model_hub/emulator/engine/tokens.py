"""Tokens of a generation, ended by stop sequences and token limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

END_TOKEN = "<|im_end|>"  # noqa: S105 - the text of a token


class Step(NamedTuple):
    """Output of a stream for one token.

    Attributes:
        text: Text that becomes available; it may lag behind the tokens.
        token: The token, or an empty string if nothing was generated.
        finished: Whether the generation is finished.
    """

    text: str
    token: str
    finished: bool


@dataclass(frozen=True, slots=True)
class Generation:
    """Tokens that a model has generated for one choice.

    Attributes:
        tokens: All tokens, with `END_TOKEN` if the model has ended the text.
        text: Their text up to a stop sequence, without `END_TOKEN`.
        finish_reason: `stop` or `length`.
        stop_reason: The stop sequence that ended the generation, if any.
        held_back: Number of characters that a stream holds back, because they may turn out to
            begin a stop sequence.
    """

    tokens: tuple[str, ...]
    text: str
    finish_reason: str
    stop_reason: str | None = None
    held_back: int = 0

    def stream(self) -> Iterator[Step]:
        """Yield a step for each token."""
        generated = sent = 0
        for number, token in enumerate(self.tokens, 1):
            generated += len(token)
            finished = number == len(self.tokens)
            available = len(self.text) if finished else max(sent, generated - self.held_back)
            yield Step(self.text[sent:available], token, finished)
            sent = available
        if not self.tokens:
            yield Step("", "", finished=True)


def generate(tokens: Sequence[str], stops: Sequence[str], max_tokens: int | None) -> Generation:
    """Return the tokens up to the first stop sequence and at most `max_tokens` of them.

    Args:
        tokens: Tokens that the model would generate; `END_TOKEN` follows them.
        stops: Stop sequences; they do not become part of the text.
        max_tokens: Limit, or None.
    """
    held_back = max((len(stop) for stop in stops), default=1) - 1
    text = ""
    for count, token in enumerate(tokens[:max_tokens], 1):
        text += token
        ends = {stop: text.find(stop) + len(stop) for stop in stops if stop in text}
        if ends:
            stop = min(ends, key=lambda each: ends[each])
            text = text[: ends[stop] - len(stop)]
            return Generation(tuple(tokens[:count]), text, "stop", stop, held_back)
    if max_tokens is not None and len(tokens) >= max_tokens:
        return Generation(tuple(tokens[:max_tokens]), text, "length", None, held_back)
    return Generation((*tokens, END_TOKEN), text, "stop", None, held_back)
