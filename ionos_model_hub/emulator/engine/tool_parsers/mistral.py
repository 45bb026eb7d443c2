"""Tool calls of the form `[TOOL_CALLS]name{...}`."""

import json
import re
from collections.abc import Sequence

from ionos_model_hub.emulator.engine.parsed import (
    FunctionCall,
    ParsedOutput,
    ToolCall,
    call_arguments,
    call_start,
    partial_overlap,
)
from ionos_model_hub.emulator.engine.tool_parsers.base import ToolParser
from ionos_model_hub.emulator.json_type import Json

_START = "[TOOL_CALLS]"
_ARGUMENTS = re.compile(r"\[ARGS\]|(?=\{)")


class MistralParser(ToolParser):
    """vLLM's tool parser `mistral` for its current tokenizers; ids have nine characters."""

    separates_markup = True

    @staticmethod
    def render(calls: Sequence[FunctionCall]) -> str:
        """Return the text that a model generates for calls."""
        return "".join(
            f"{_START}{call.name}{json.dumps(call.arguments, ensure_ascii=False)}" for call in calls
        )

    def parse(self, text: str) -> ParsedOutput:
        """Parse a complete text."""
        content, *bodies = text.split(_START)
        named = [(name, arguments) for name, arguments in map(_split, bodies) if name]
        calls = tuple(
            ToolCall(self.make_id(index), name, _first_value(arguments or ""))
            for index, (name, arguments) in enumerate(named)
        )
        return ParsedOutput((content.rstrip() if calls else content) or None, calls)

    def stream(self) -> "_MistralStream":
        """Return a parser for one streamed text."""
        return _MistralStream(self)


def _split(body: str) -> tuple[str, str | None]:
    """Return the name of a call and its arguments, or None if they have not begun."""
    match = _ARGUMENTS.search(body)
    if match is None:
        return body.strip(), None
    return body[: match.start()].strip(), body[match.end() :]


def _first_value(arguments: str) -> str:
    text = arguments.strip()
    if not text:
        return "{}"
    try:
        return text[: json.JSONDecoder().raw_decode(text)[1]]
    except ValueError:
        return text


class _MistralStream:
    """Sends the name with the first arguments; a closing brace waits for the next piece."""

    def __init__(self, parser: MistralParser) -> None:
        self._make_id = parser.make_id
        self._text = ""
        self._content_sent = 0
        self._started = 0
        self._arguments_sent = 0

    def feed(self, piece: str, *, finished: bool) -> Json | None:
        self._text += piece
        content, *bodies = self._text.split(_START)
        delta: Json = {}
        held_back = 0 if bodies or finished else partial_overlap(content, _START)
        if new := content[self._content_sent : len(content) - held_back]:
            delta["content"] = new
            self._content_sent += len(new)
        if calls := self._next_calls(bodies, finished):
            delta["tool_calls"] = calls
        return delta or None

    def _next_calls(self, bodies: Sequence[str], finished: bool) -> list[Json]:
        deltas: list[Json] = []
        for index, body in enumerate(bodies):
            name, arguments = _split(body)
            is_closed = finished or index < len(bodies) - 1
            if index < self._started - 1 or (arguments is None and not is_closed):
                continue
            available = self._available(arguments or "", is_closed)
            if index == self._started:
                function = {"name": name, "arguments": available}
                if available or is_closed:
                    deltas.append(call_start(index, self._make_id(index), function))
                    self._started, self._arguments_sent = index + 1, len(available)
            elif new := available[self._arguments_sent :]:
                deltas.append(call_arguments(index, new))
                self._arguments_sent = len(available)
        return deltas

    def _available(self, arguments: str, is_closed: bool) -> str:
        text = _first_value(arguments) if arguments.strip() else ""
        return text if is_closed or not text.endswith("}") else text[:-1]
