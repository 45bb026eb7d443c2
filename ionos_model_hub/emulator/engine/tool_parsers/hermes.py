"""Tool calls between `<tool_call>` tags, as JSON objects with `name` and `arguments`."""

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

_START, _END = "<tool_call>", "</tool_call>"
_REGION = re.compile(rf"{_START}(.*?)(?:{_END}|\Z)", re.DOTALL)
_NAME = re.compile(r'"name"\s*:\s*"([^"]+)"')
_ARGUMENTS = re.compile(r'"arguments"\s*:\s*')


class HermesParser(ToolParser):
    """vLLM's tool parser `hermes`; one malformed call leaves all of them in the text."""

    @staticmethod
    def render(calls: Sequence[FunctionCall]) -> str:
        """Return the text that a model generates for calls."""
        bodies = ({"name": call.name, "arguments": call.arguments} for call in calls)
        return "\n".join(
            f"{_START}\n{json.dumps(body, ensure_ascii=False)}\n{_END}" for body in bodies
        )

    def parse(self, text: str) -> ParsedOutput:
        """Parse a complete text."""
        try:
            bodies = [json.loads(region) for region in _REGION.findall(text)]
            calls = tuple(
                ToolCall(
                    self.make_id(index),
                    body["name"],
                    json.dumps(body["arguments"], ensure_ascii=False),
                )
                for index, body in enumerate(bodies)
            )
        except (ValueError, KeyError, TypeError):
            calls = ()
        return ParsedOutput(text.partition(_START)[0] or None if calls else text, calls)

    def stream(self) -> "_HermesStream":
        """Return a parser for one streamed text."""
        return _HermesStream(self)


class _HermesStream:
    def __init__(self, parser: HermesParser) -> None:
        self._make_id = parser.make_id
        self._text = ""
        self._content_sent = 0
        self._arguments_sent: list[int] = []

    def feed(self, piece: str, *, finished: bool) -> Json | None:
        self._text += piece
        content = self._next_content()
        calls = self._next_calls()
        if calls:
            if finished:  # a name without arguments is completed by an empty object
                function = calls[-1]["function"]
                function.setdefault("arguments", "" if self._arguments_sent[-1] else "{}")
            return {"content": content, "tool_calls": calls}
        return {"content": content} if content else None

    def _next_content(self) -> str | None:
        end = self._text.find(_START)
        if end < 0:
            end = len(self._text) - partial_overlap(self._text, _START)
        content = self._text[self._content_sent : end]
        self._content_sent = max(self._content_sent, end)
        return content or None

    def _next_calls(self) -> list[Json]:
        deltas: list[Json] = []
        for index, (body, is_complete) in enumerate(self._regions()):
            if index == len(self._arguments_sent):
                name = _NAME.search(body)
                if name is None:
                    break
                deltas.append(call_start(index, self._make_id(index), {"name": name[1]}))
                self._arguments_sent.append(0)
            arguments = _arguments_of(body, is_complete)
            if len(arguments) > self._arguments_sent[index]:
                deltas.append(call_arguments(index, arguments[self._arguments_sent[index] :]))
                self._arguments_sent[index] = len(arguments)
        return deltas

    def _regions(self) -> list[tuple[str, bool]]:
        """Return the text of each call, and whether it is complete."""
        regions: list[tuple[str, bool]] = []
        for start in self._text.split(_START)[1:]:
            body, end, _ = start.partition(_END)
            if not end:
                body = body[: len(body) - partial_overlap(body, _END)]
            regions.append((body.strip(), bool(end) or _is_json(body)))
        return regions


def _arguments_of(body: str, is_complete: bool) -> str:
    match = _ARGUMENTS.search(body)
    if match is None:
        return ""
    arguments = body[match.end() :]
    # The last brace closes the call, not its arguments.
    return arguments.rstrip().removesuffix("}").rstrip() if is_complete else arguments


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
