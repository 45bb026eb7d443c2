"""Separate reasoning in `<think>` tags from the content."""

from typing import Literal

from ionos_model_hub.wire.quirks.table import faults

_THINK, _END_THINK = "<think>", "</think>"


class ThinkSplitter:
    """Splits streamed content into the reasoning in a leading `<think>…</think>` and the rest.

    The result does not depend on how the stream is split into pieces.

    Args:
        model: The model's id; content of models without this fault is returned unchanged.

    Example:
        >>> splitter = ThinkSplitter("Qwen/Qwen3.5-9B")
        >>> [splitter.feed(text) for text in ("<think>Hm.</th", "ink>Yes.")]
        [('', 'Hm.'), ('Yes.', '')]
        >>> splitter.finish()
        ('', '')
    """

    __slots__ = ("_held", "_phase")

    def __init__(self, model: str) -> None:
        is_tagged = "think_tags" in faults(model)
        self._phase: Literal["before", "thinking", "gap", "content"]
        self._phase = "before" if is_tagged else "content"
        self._held = ""

    def feed(self, text: str) -> tuple[str, str]:
        """Return the new content and the new reasoning; hold back what may be a part of a tag."""
        if self._phase == "content":
            return text, ""
        text, self._held = self._held + text, ""
        if self._phase == "before":
            opening = text.lstrip()
            if opening.startswith(_THINK):
                self._phase, text = "thinking", opening[len(_THINK) :]
            elif _THINK.startswith(opening):
                self._held, text = text, ""
            else:
                self._phase = "content"
        thought = ""
        if self._phase == "thinking":
            thought, text = self._split_thought(text)
        if self._phase == "gap":
            text = text.lstrip()
            self._phase = "content" if text else "gap"
        return text, thought

    def finish(self) -> tuple[str, str]:
        """Return the content and the reasoning that were held back until the end."""
        return ("", self._held) if self._phase == "thinking" else (self._held, "")

    def _split_thought(self, text: str) -> tuple[str, str]:
        """Return the reasoning, and the text after its end."""
        thought, tag, rest = text.partition(_END_THINK)
        if tag:
            self._phase = "gap"
            return thought, rest
        before, bracket, name = text.rpartition("<")
        if _END_THINK.startswith(bracket + name):
            self._held = bracket + name
            return before, ""
        return text, ""
