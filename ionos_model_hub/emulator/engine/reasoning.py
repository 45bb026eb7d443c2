"""Reasoning before a `</think>` tag, as vLLM's parsers `deepseek_r1` and `qwen3` separate it."""

from ionos_model_hub.emulator.engine.parsed import OutputStream, partial_overlap
from ionos_model_hub.emulator.json_type import Json

THINK_START, THINK_END = "<think>", "</think>"


def render_reasoning(reasoning: str, *, before_text: bool) -> str:
    """Return the text that a model generates for its reasoning.

    Args:
        reasoning: The reasoning.
        before_text: Whether free text follows, which models separate by a blank line.
    """
    return f"{THINK_START}\n{reasoning}\n{THINK_END}" + ("\n\n" if before_text else "")


def split_reasoning(text: str) -> tuple[str | None, str | None]:
    """Return the reasoning and the rest of a complete text; None if they are missing."""
    reasoning, end, rest = text.replace(THINK_START, "", 1).partition(THINK_END)
    return reasoning or None, (rest or None) if end else None


class ReasoningStream:
    """Sends reasoning until `</think>`, then passes the text to another parser.

    Args:
        rest: Parser of the text after the reasoning.
    """

    def __init__(self, rest: OutputStream) -> None:
        self._rest = rest
        self._text = ""
        self._sent = 0
        self._ended = False

    def feed(self, piece: str, *, finished: bool) -> Json | None:
        """Parse the next piece; return the delta of a chunk, or None if there is none yet."""
        if self._ended:
            return self._rest.feed(piece, finished=finished)
        self._text += piece
        text = self._text.replace(THINK_START, "", 1)
        reasoning, end, rest = text.partition(THINK_END)
        delta: Json = {}
        held_back = max(partial_overlap(reasoning, tag) for tag in (THINK_START, THINK_END))
        available = reasoning if end else reasoning[: len(reasoning) - held_back]
        if new := available[self._sent :]:
            delta["reasoning"] = new
            self._sent = len(available)
        if end:
            self._ended = True
            delta |= self._rest.feed(rest, finished=finished) or {}
        return delta or None
