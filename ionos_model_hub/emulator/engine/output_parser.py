"""The parser of a model's output: reasoning, tool calls and text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ionos_model_hub.emulator.engine.harmony import (
    HarmonyStream,
    count_reasoning_tokens,
    parse_harmony,
    render_harmony,
)
from ionos_model_hub.emulator.engine.parsed import FunctionCall, MakeId, OutputStream, ParsedOutput
from ionos_model_hub.emulator.engine.reasoning import (
    THINK_END,
    ReasoningStream,
    render_reasoning,
    split_reasoning,
)
from ionos_model_hub.emulator.engine.tool_parsers import TOOL_PARSERS
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.text import count_tokens, digest

HARMONY, MISTRAL = "openai", "mistral"
PARSER_NAMES = (*sorted(TOOL_PARSERS), HARMONY)
_MISTRAL_ID_LENGTH = 9
_SPECIAL_TOKEN = re.compile(r"<\|\w+\|>")


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """How a model writes its output, and how the engine parses it.

    Attributes:
        tool_parser: Name of the tool parser.
        reasons: Whether the output begins with reasoning.
        counts_reasoning: Whether the token usage contains the number of reasoning tokens.
        tool_choice: `none`, `auto`, `required` or `named`.
        parameters: JSON Schemas of the parameters by tool name.
        single_call: Whether only the first call is returned.
    """

    tool_parser: str
    reasons: bool
    counts_reasoning: bool
    tool_choice: str
    parameters: Mapping[str, Json]
    single_call: bool = False

    @property
    def is_forced(self) -> bool:
        """Whether the response must contain a tool call."""
        return self.tool_choice in ("required", "named")

    def render(
        self, reasoning: str, calls: Sequence[FunctionCall], text: str, *, is_free_text: bool
    ) -> str:
        """Return the text that the model generates for a message.

        Args:
            reasoning: Reasoning, or an empty string.
            calls: Tool calls.
            text: Text, unless there are calls.
            is_free_text: Whether no grammar constrains the text.
        """
        if self.tool_parser == HARMONY:
            return render_harmony(reasoning, calls, text)
        written = TOOL_PARSERS[self.tool_parser].render(calls) if calls else text
        if not reasoning:
            return written
        is_free = is_free_text and not self.is_forced
        return render_reasoning(reasoning, before_text=is_free) + written

    def render_exactly(self, reasoning: str, calls: Sequence[FunctionCall], text: str) -> str:
        """Return generated text that is parsed to exactly this message."""
        if self.tool_parser == HARMONY:
            return render_harmony(reasoning, calls, text)
        written = TOOL_PARSERS[self.tool_parser].render(calls) if calls else text
        return f"{reasoning}{THINK_END}{written}" if self.reasons else written

    def count_reasoning_tokens(self, text: str) -> int:
        """Return the number of reasoning tokens in generated text."""
        if self.tool_parser == HARMONY:
            return count_reasoning_tokens(text)
        return count_tokens(split_reasoning(text)[0] or "") if self.reasons else 0

    def parse(self, text: str, make_id: MakeId) -> ParsedOutput:
        """Parse a complete text."""
        if self.tool_parser == HARMONY:
            parsed = parse_harmony(text, make_id)
            if self.tool_choice == "none":
                parsed = replace(parsed, calls=())
        else:
            reasoning, rest = split_reasoning(text) if self.reasons else (None, text)
            parsed = replace(self._parse_tool_calls(rest, make_id), reasoning=reasoning)
        if self.single_call:
            parsed = replace(parsed, calls=parsed.calls[:1])
        return replace(parsed, content=parsed.content or "") if self.is_forced else parsed

    def _parse_tool_calls(self, text: str | None, make_id: MakeId) -> ParsedOutput:
        if text is None:
            return ParsedOutput(None)
        parser = TOOL_PARSERS[self.tool_parser](self.parameters, make_id)
        if self.tool_choice == "none" and not (parser.separates_markup and self.parameters):
            return ParsedOutput(text)
        parsed = parser.parse(text)
        if self.tool_choice == "none":
            return ParsedOutput(parsed.content)
        blank = parsed.content is not None and not parsed.content.strip()
        return replace(parsed, content=None) if parsed.calls and blank else parsed

    def stream(self, make_id: MakeId) -> OutputStream:
        """Return a parser for one streamed text."""
        if self.tool_parser == HARMONY:
            return HarmonyStream(make_id)
        parser = TOOL_PARSERS[self.tool_parser](self.parameters, make_id)
        rest: OutputStream
        if self.tool_choice != "none":
            rest = parser.stream()
        elif parser.separates_markup and self.parameters:
            rest = _WithoutCalls(parser.stream())
        else:
            rest = _TextStream()
        return ReasoningStream(rest) if self.reasons else rest

    def id_maker(self, *identity: Any) -> MakeId:
        """Return a function that returns the ids of tool calls."""
        if self.tool_parser == MISTRAL:
            return lambda index: digest(*identity, index)[:_MISTRAL_ID_LENGTH]
        return lambda index: f"chatcmpl-tool-{digest(*identity, index)[:16]}"


class _TextStream:
    """Passes text on."""

    def feed(self, piece: str, *, finished: bool) -> Json | None:
        return {"content": piece} if piece else None


class _WithoutCalls:
    """Removes the tool calls of another parser."""

    def __init__(self, stream: OutputStream) -> None:
        self._stream = stream

    def feed(self, piece: str, *, finished: bool) -> Json | None:
        delta = self._stream.feed(piece, finished=finished) or {}
        delta.pop("tool_calls", None)
        return delta or None
