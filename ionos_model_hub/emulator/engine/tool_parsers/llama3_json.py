"""Tool calls as JSON objects with `name` and `parameters`, instead of any text."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic_core import from_json

from ionos_model_hub.emulator.engine.parsed import (
    FunctionCall,
    ParsedOutput,
    ToolCall,
    call_arguments,
    call_start,
)
from ionos_model_hub.emulator.engine.tool_parsers.base import ToolParser
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.text import common_prefix

_PREFIX = "<|python_tag|>"
_SEPARATOR = "; "


class Llama3JsonParser(ToolParser):
    """vLLM's tool parser `llama3_json`; one malformed call leaves all of them in the text."""

    @staticmethod
    def render(calls: Sequence[FunctionCall]) -> str:
        """Return the text that a model generates for calls."""
        bodies = ({"name": call.name, "parameters": call.arguments} for call in calls)
        return _SEPARATOR.join(json.dumps(body, ensure_ascii=False) for body in bodies)

    def parse(self, text: str) -> ParsedOutput:
        """Parse a complete text."""
        try:
            bodies = list(_objects(text))
            calls = tuple(
                ToolCall(self.make_id(index), body["name"], _dumps(_arguments(body)))
                for index, body in enumerate(bodies)
            )
        except (ValueError, KeyError, TypeError):
            calls = ()
        return ParsedOutput(None if calls else text, calls)

    def stream(self) -> "_Llama3JsonStream":
        """Return a parser for one streamed text."""
        return _Llama3JsonStream(self)


def _objects(text: str) -> list[Json]:
    """Return all JSON objects in a text."""
    found: list[Json] = []
    start = text.find("{")
    while start >= 0:
        value, end = json.JSONDecoder().raw_decode(text, start)
        found.append(value)
        start = text.find("{", end)
    return found


def _arguments(body: Json) -> Any:
    return body["arguments"] if "arguments" in body else body["parameters"]


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


class _Llama3JsonStream:
    """Sends the arguments that stay the same with the next piece; empty ones are never sent."""

    def __init__(self, parser: Llama3JsonParser) -> None:
        self._make_id = parser.make_id
        self._text = ""
        self._index = -1
        self._name_sent = False
        self._sent = ""
        self._previous: list[tuple[Json, bool]] = []

    def feed(self, piece: str, *, finished: bool) -> Json | None:
        self._text += piece
        if not self._text.startswith((_PREFIX, "{")):
            return {"content": piece}
        try:
            return self._next_calls(finished)
        except (AttributeError, LookupError, TypeError):
            return None  # a value is not a call; the engine skips the chunk as well

    def _next_calls(self, finished: bool) -> Json | None:
        calls = self._parse()
        if not calls:
            return None
        delta = self._next_delta(calls)
        self._previous = calls
        return {"tool_calls": [self._finish(delta, finished)]} if delta else None

    def _next_delta(self, calls: list[tuple[Json, bool]]) -> Json | None:
        if len(calls) > self._index + 1:
            return self._start_call(calls)
        if not self._name_sent:
            return self._send_name(calls[self._index][0])
        return self._send_arguments(*calls[self._index])

    def _start_call(self, calls: list[tuple[Json, bool]]) -> Json | None:
        """Send the rest of the previous call; its successor follows with the next piece."""
        delta = None
        if self._index >= 0 and (arguments := calls[self._index][0].get("arguments")):
            delta = self._send(_dumps(arguments))
        self._index, self._name_sent, self._sent = len(calls) - 1, False, ""
        return delta

    def _send_name(self, body: Json) -> Json | None:
        if not body.get("name"):
            return None
        self._name_sent = True
        return call_start(self._index, self._make_id(self._index), {"name": body["name"]})

    def _send_arguments(self, body: Json, is_complete: bool) -> Json | None:
        arguments = body.get("arguments")
        if not arguments:
            return None
        text = _dumps(arguments)
        if is_complete:
            return self._send(text)
        previous = self._previous[self._index][0].get("arguments")
        if not previous or previous == arguments:
            return None
        return self._send(common_prefix(_dumps(previous), text))

    def _send(self, arguments: str) -> Json:
        rest = arguments[len(self._sent) :]
        self._sent += rest
        return call_arguments(self._index, rest)

    def _finish(self, delta: Json, finished: bool) -> Json:
        """At the end of a truncated text, append the arguments so far, or an empty object."""
        if finished:
            arguments = self._previous[self._index][0].get("arguments")
            rest = _dumps(arguments or {})[len(self._sent) :]
            delta["function"]["arguments"] = delta["function"].get("arguments", "") + rest
        return delta

    def _parse(self) -> list[tuple[Json, bool]]:
        """Return the objects so far, the last one maybe incomplete."""
        text = self._text.removeprefix(_PREFIX)
        calls: list[tuple[Json, bool]] = []
        start = 0
        while start < len(text):
            try:
                body, end = json.JSONDecoder().raw_decode(text, start)
            except ValueError:
                body = self._parse_partial(text[start:].rstrip())
                return [*calls, (body, False)] if body is not None else calls
            calls.append((_with_arguments(body), True))
            start = end + len(_SEPARATOR)
        return calls

    def _parse_partial(self, text: str) -> Json | None:
        try:
            # A name is sent at once, so that an incomplete one is not used.
            body = from_json(text, allow_partial="trailing-strings" if self._name_sent else "on")
        except ValueError:
            return None
        return _with_arguments(body) if isinstance(body, dict) else None


def _with_arguments(body: Json) -> Json:
    return {**body, "arguments": body["parameters"]} if "parameters" in body else body
