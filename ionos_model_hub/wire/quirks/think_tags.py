"""Separate reasoning in `<think>` tags from the content."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from ionos_model_hub.wire.quirks.table import faults

Kind: TypeAlias = Literal["content", "reasoning"]

_THINK, _END_THINK = "<think>", "</think>"


class ThinkSplitter:
    """Splits streamed content into the reasoning in a leading `<think>…</think>` and the rest.

    The result does not depend on how the stream is split into pieces.

    Args:
        model: The model's id; content of models without this fault is returned unchanged.

    Example:
        >>> splitter = ThinkSplitter("Qwen/Qwen3.5-9B")
        >>> [splitter.feed(text) for text in ("<think>Hm.</th", "ink>Yes.")]
        [[('reasoning', 'Hm.')], [('content', 'Yes.')]]
        >>> splitter.finish()
        []
    """

    __slots__ = ("_held", "_phase")

    def __init__(self, model: str) -> None:
        is_tagged = "think_tags" in faults(model)
        self._phase: Literal["before", "thinking", "gap", "content"]
        self._phase = "before" if is_tagged else "content"
        self._held = ""

    def feed(self, text: str) -> list[tuple[Kind, str]]:
        """Return the classified text so far, and hold back what may be a part of a tag."""
        if self._phase == "content":
            return [("content", text)] if text else []
        text, self._held = self._held + text, ""
        return list(self._split(text))

    def finish(self) -> list[tuple[Kind, str]]:
        """Return the text held back until the end, if any."""
        kind: Kind = "reasoning" if self._phase == "thinking" else "content"
        return [(kind, self._held)] if self._held else []

    def _split(self, text: str) -> Iterator[tuple[Kind, str]]:
        if self._phase == "before":
            opening = text.lstrip()
            if opening.startswith(_THINK):
                self._phase, text = "thinking", opening[len(_THINK) :]
            elif _THINK.startswith(opening):
                self._held, text = text, ""
            else:
                self._phase = "content"
        if self._phase == "thinking":
            thought, tag, text = text.partition(_END_THINK)
            if tag:
                self._phase = "gap"
            else:
                thought, self._held = _hold_back(thought, _END_THINK)
            if thought:
                yield "reasoning", thought
        if self._phase == "gap":
            text = text.lstrip()
            self._phase = "content" if text else "gap"
        if text:
            yield "content", text


def _hold_back(text: str, tag: str) -> tuple[str, str]:
    """Split off the longest end of `text` that may be the beginning of `tag`."""
    sizes = range(min(len(tag) - 1, len(text)), 0, -1)
    held = next((size for size in sizes if tag.startswith(text[-size:])), 0)
    return text[: len(text) - held], text[len(text) - held :]
