"""Read messages and tool calls from the JSON that `tool_schema` describes, while it arrives."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json

from ionos_model_hub.emulator.engine.parsed import FunctionCall, ToolCall, call_start
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.text import digest


class ToolOutput:
    """The output of one choice.

    Args:
        identity: Id of the response and index of the choice, from which call ids are derived.

    Attributes:
        calls: The tool calls so far.
        content: The text so far.
    """

    def __init__(self, *identity: object) -> None:
        self._identity = identity
        self._text = ""
        self._number_read = 0
        self.calls: list[ToolCall] = []
        self.content = ""

    def feed(self, text: str) -> Iterator[Json]:
        """Add generated text; yield the deltas that it completes."""
        self._text += text
        yield from self._read(is_final=False)

    def finish(self) -> Iterator[Json]:
        """Yield the rest at the end of the output, which may be cut off."""
        yield from self._read(is_final=True)

    def _read(self, *, is_final: bool) -> Iterator[Json]:
        try:
            value = from_json(self._text, allow_partial="trailing-strings")
        except ValueError:
            return  # an escape sequence is incomplete, or the engine ignored the schema
        if not isinstance(value, dict):
            return
        calls = value.get("tool_calls")
        if isinstance(calls, list):
            is_complete = is_final and self._is_complete()
            yield from self._read_calls(calls, is_final=is_final, is_complete=is_complete)
        else:
            yield from self._read_message(value.get("message"), is_final=is_final)

    def _read_message(self, message: Any, *, is_final: bool) -> Iterator[Json]:
        if message is not None and not isinstance(message, str):
            if not is_final:
                return
            message = json.dumps(message, ensure_ascii=False)
        if message and message.startswith(self.content) and message != self.content:
            yield {"content": message[len(self.content) :]}
            self.content = message

    def _read_calls(self, calls: list[Any], *, is_final: bool, is_complete: bool) -> Iterator[Json]:
        """Yield the calls that are complete; the last one is once another begins, or at the end.

        Equal calls are left out: small models repeat themselves.
        """
        for number in range(self._number_read, len(calls)):
            call, is_last = calls[number], number == len(calls) - 1
            is_call = isinstance(call, dict) and "arguments" in call
            if not is_call or (is_last and not is_final):
                return
            arguments = json.dumps(call["arguments"], ensure_ascii=False)
            if is_last and not is_complete:
                arguments = self._cut_off_arguments()
            self._number_read += 1
            name = str(call["name"])
            if (name, arguments) not in [(each.name, each.arguments) for each in self.calls]:
                yield self._add_call(FunctionCall(name, arguments))

    def _cut_off_arguments(self) -> str:
        """Return the arguments of the last call of a text that was cut off."""
        rest = self._text.rpartition('"arguments"')[2].lstrip(" :\n")
        try:
            return json.dumps(json.JSONDecoder().raw_decode(rest)[0], ensure_ascii=False)
        except ValueError:
            return rest

    def _add_call(self, function: FunctionCall) -> Json:
        index = len(self.calls)
        call_id = f"chatcmpl-tool-{digest(*self._identity, index)[:16]}"
        call = ToolCall(call_id, function.name, function.arguments)
        self.calls.append(call)
        described = {"name": call.name, "arguments": call.arguments}
        return {"tool_calls": [call_start(index, call_id, described)]}

    def _is_complete(self) -> bool:
        try:
            json.loads(self._text)
        except ValueError:
            return False
        return True


def complete_response(body: Json) -> Json:
    """Return a complete response whose texts are read as messages and tool calls."""
    return {**body, "choices": [_complete_choice(body, choice) for choice in body["choices"]]}


def _complete_choice(body: Json, choice: Json) -> Json:
    message = choice["message"]
    output = ToolOutput(body.get("id"), choice.get("index"))
    for _ in (*output.feed(message.get("content") or ""), *output.finish()):
        pass
    rest = {name: value for name, value in message.items() if name != "tool_calls"}
    changed: Json = {**rest, "content": output.content or None}
    if output.calls:
        changed["tool_calls"] = [call.to_json() for call in output.calls]
    elif not output.content:
        changed["content"] = ""
    reason = finish_reason(choice["finish_reason"], output)
    return {**choice, "message": changed, "finish_reason": reason}


def finish_reason(reason: str, output: ToolOutput) -> str:
    """Return the finish reason of a message: that of the engine, or `tool_calls`."""
    return "tool_calls" if output.calls and reason == "stop" else reason


class ToolStream:
    """The choices of a streamed response."""

    def __init__(self) -> None:
        self._outputs: dict[int, ToolOutput] = {}

    def read(self, chunk: Json) -> Iterator[Json]:
        """Yield the chunks for a chunk of the engine: with text and calls instead of JSON."""
        if not chunk["choices"]:
            yield chunk
        for choice in chunk["choices"]:
            for changed in self._read_choice(chunk, choice):
                yield {**chunk, "choices": [changed]}

    def _read_choice(self, chunk: Json, choice: Json) -> Iterator[Json]:
        index = choice.get("index", 0)
        output = self._outputs.setdefault(index, ToolOutput(chunk.get("id"), index))
        delta = choice.get("delta") or {}
        text = delta.get("content") or ""
        rest = {name: value for name, value in delta.items() if name != "content" and value}
        reason = choice.get("finish_reason")
        deltas = list(output.feed(text)) if text else []
        if rest:
            deltas.insert(0, {"content": "", **rest} if "role" in rest else rest)
        if reason:
            deltas += output.finish()
        unfinished = {**choice, "finish_reason": None}
        yield from ({**unfinished, "delta": each} for each in deltas)
        if reason:
            yield {**choice, "delta": {}, "finish_reason": finish_reason(reason, output)}
