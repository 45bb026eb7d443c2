"""Write answers as text or as JSON."""

import json
import os
from dataclasses import asdict
from typing import Protocol, TextIO

from ionos_model_hub.wire.response_types import ChatCompletion, Delta

_DIM, _RESET = "\x1b[2m", "\x1b[0m"

# A terminal would interpret control characters of an answer, except tabs and line breaks.
_CONTROL_CHARACTERS = dict.fromkeys(
    {*range(0x20), *range(0x7F, 0xA0)} - {ord("\t"), ord("\n")}, None
)


class Output(Protocol):
    """Writes answers."""

    def write(self, delta: Delta) -> None:
        """Write the next part of an answer."""

    def finish(self, answer: ChatCompletion) -> None:
        """End an answer that is complete."""

    def interrupt(self) -> None:
        """End an answer that is not complete."""


class TextOutput:
    """Writes answers to one stream, and the reasoning dimmed to another.

    Args:
        answers: Standard output.
        notes: Standard error.
        shows_reasoning: Whether to write the reasoning.
        streams: Whether to write answers while they arrive.
    """

    def __init__(
        self, answers: TextIO, notes: TextIO, *, shows_reasoning: bool, streams: bool
    ) -> None:
        self._answers = answers
        self._notes = notes
        self._shows_reasoning = shows_reasoning
        self._streams = streams
        self._is_terminal = answers.isatty()
        self._styles = ("", "") if os.environ.get("NO_COLOR") else (_DIM, _RESET)
        self._is_reasoning = False
        self._last = ""

    def write(self, delta: Delta) -> None:
        """Write the next part of an answer."""
        if self._streams:
            self._write(delta.reasoning, delta.text + delta.refusal)

    def finish(self, answer: ChatCompletion) -> None:
        """End an answer that is complete."""
        if not self._streams:
            message = answer.message
            self._write(message.reasoning, message.content + message.refusal)
        self._end_line()
        if answer.finish_reason == "length":
            print("The answer was cut off: it reached the token limit.", file=self._notes)

    def interrupt(self) -> None:
        """End an answer that is not complete."""
        self._end_line()

    def _write(self, reasoning: str, text: str) -> None:
        if reasoning and self._shows_reasoning:
            if not self._is_reasoning:
                self._notes.write(self._styles[0])
            self._is_reasoning = True
            self._notes.write(reasoning.translate(_CONTROL_CHARACTERS))
            self._notes.flush()
        if text:
            self._end_reasoning()
            self._answers.write(text.translate(_CONTROL_CHARACTERS) if self._is_terminal else text)
            self._answers.flush()
            self._last = text[-1]

    def _end_reasoning(self) -> None:
        if self._is_reasoning:
            self._notes.write(f"{self._styles[1]}\n\n")
            self._notes.flush()
            self._is_reasoning = False

    def _end_line(self) -> None:
        self._end_reasoning()
        if self._last not in ("", "\n"):
            self._answers.write("\n")
            self._answers.flush()
        self._last = ""


class JsonOutput:
    """Writes each answer as a line of JSON.

    Args:
        answers: Standard output.
    """

    def __init__(self, answers: TextIO) -> None:
        self._answers = answers

    def write(self, delta: Delta) -> None:
        """Wait for the complete answer."""

    def finish(self, answer: ChatCompletion) -> None:
        """Write an answer."""
        record = {
            "model": answer.model,
            "text": answer.text,
            "reasoning": answer.message.reasoning,
            "finish_reason": answer.finish_reason,
            "usage": asdict(answer.usage) if answer.usage else None,
        }
        is_utf_8 = (self._answers.encoding or "").lower() == "utf-8"
        self._answers.write(json.dumps(record, ensure_ascii=not is_utf_8) + "\n")
        self._answers.flush()

    def interrupt(self) -> None:
        """Write nothing: an incomplete answer has no record."""
