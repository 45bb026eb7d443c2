"""The harmony format of gpt-oss: channels for reasoning, tool calls and text."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ionos_model_hub.emulator.engine.parsed import (
    FunctionCall,
    MakeId,
    ParsedOutput,
    ToolCall,
    call_arguments,
    call_start,
)
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.text import count_tokens

_CHANNEL, _MESSAGE, _END = "<|channel|>", "<|message|>", "<|end|>"
_NEXT = f"{_END}<|start|>assistant"
_BOUNDARY = re.compile(r"<\|(?:end|call|return)\|>(?:<\|start\|>assistant)?")
_RECIPIENT = re.compile(r"to=functions\.([\w-]+)")


class _Segment(NamedTuple):
    """A message of the format: its kind, its recipient and its text so far."""

    kind: str
    recipient: str
    text: str


def render_harmony(reasoning: str, calls: Sequence[FunctionCall], text: str) -> str:
    """Return the text that gpt-oss generates, with its special tokens."""
    parts = [f"{_CHANNEL}analysis{_MESSAGE}{reasoning}"] if reasoning else []
    parts += [
        f"{_CHANNEL}commentary to=functions.{call.name} <|constrain|>json{_MESSAGE}"
        f"{json.dumps(call.arguments, ensure_ascii=False)}"
        for call in calls
    ]
    parts += [] if calls else [f"{_CHANNEL}final{_MESSAGE}{text}"]
    return _NEXT.join(parts)


def parse_harmony(text: str, make_id: MakeId) -> ParsedOutput:
    """Parse a complete text; a header that was cut off becomes content."""
    segments = list(_segments(text))
    reasoning = "\n".join(s.text for s in segments if s.kind == "analysis" and s.text)
    content = "\n".join(s.text for s in segments if s.kind == "final" and s.text)
    named = [segment for segment in segments if segment.kind == "call"]
    calls = tuple(
        ToolCall(make_id(index), segment.recipient, _normalised(segment.text))
        for index, segment in enumerate(named)
    )
    return ParsedOutput(content or None, calls, reasoning or None)


def count_reasoning_tokens(text: str) -> int:
    """Return the number of reasoning tokens; the engine counts those of tool calls as well."""
    kinds = ("analysis", "call")
    return sum(count_tokens(segment.text) for segment in _segments(text) if segment.kind in kinds)


def _segments(text: str, *, finished: bool = True) -> Iterator[_Segment]:
    for part in _BOUNDARY.split(text):
        header, message, body = part.partition(_MESSAGE)
        if not message:
            if part and finished:
                yield _Segment("final", "", part)
            continue
        recipient = _RECIPIENT.search(header)
        if recipient:
            yield _Segment("call", recipient[1], body)
        else:
            yield _Segment("analysis" if "analysis" in header else "final", "", body)


def _normalised(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments))
    except ValueError:
        return arguments


class HarmonyStream:
    """Parses the harmony format; special tokens arrive in pieces of their own."""

    def __init__(self, make_id: MakeId) -> None:
        self._make_id = make_id
        self._text = ""
        self._sent: list[int] = []
        self._calls = 0

    def feed(self, piece: str, *, finished: bool) -> Json | None:
        """Parse the next piece; return the delta of a chunk, or None if there is none yet."""
        self._text += piece
        delta: Json = {}
        for number, segment in enumerate(_segments(self._text, finished=finished)):
            is_new = number == len(self._sent)
            if is_new:
                self._sent.append(0)
            new = segment.text[self._sent[number] :]
            self._sent[number] = len(segment.text)
            if segment.kind == "call" and (is_new or new):
                delta.setdefault("tool_calls", []).append(self._call(segment, is_new, new))
            elif new:
                key = "reasoning" if segment.kind == "analysis" else "content"
                delta[key] = delta.get(key, "") + new
        return delta or None

    def _call(self, segment: _Segment, is_new: bool, new: str) -> Json:
        if not is_new:
            return call_arguments(self._calls - 1, new)
        self._calls += 1
        index = self._calls - 1
        function = {"name": segment.recipient, "arguments": new}
        return call_start(index, self._make_id(index), function)
