"""Assemble one of the `n` choices of a chat response."""

from collections.abc import Mapping

from pydantic import JsonValue

from ionos_model_hub.wire.json_fields import as_dict, get_str
from ionos_model_hub.wire.quirks.leaked_calls import ToolCallSieve
from ionos_model_hub.wire.quirks.raw_calls import find_raw_call
from ionos_model_hub.wire.quirks.table import faults, fix_tool_name
from ionos_model_hub.wire.quirks.think_tags import ThinkSplitter
from ionos_model_hub.wire.response_types import Choice, Delta, Message, ToolCall
from ionos_model_hub.wire.tool_call_assembly import ToolCallAssembler
from ionos_model_hub.wire.tool_calls import CUT_OFF, LEFT_IN_TEXT, call_error
from ionos_model_hub.wire.tool_names import ToolNames


class ChoiceAssembler:
    """Parses the deltas of one choice, fixes model quirks and accumulates the message.

    Args:
        index: The choice's index, from 0 to `n` - 1.
        model: The model whose quirks are fixed; "" fixes none.
        names: Maps the tools' names on the wire to the caller's.
        tools: The JSON Schema of each tool's parameters, by the caller's name.
        seed: Makes ids of tool calls unique if the server sends none.
    """

    def __init__(
        self,
        index: int,
        *,
        model: str,
        names: ToolNames,
        tools: Mapping[str, Mapping[str, object]],
        seed: str,
    ) -> None:
        self.finish_reason: str | None = None
        self._index = index
        self._model = model
        self._names = names
        self._tools = tools
        self._wire_names = [names.to_wire(name) for name in tools]
        self._calls = ToolCallAssembler(seed, self._own_name)
        self._raw_call: int | None = None
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._logprobs: dict[str, JsonValue] | None = None
        self._is_faulty = bool(faults(model) - {"marked_tool_names"})
        self._thinking = ThinkSplitter(model)
        self._sieve = ToolCallSieve(model, self._wire_names)

    def feed(self, choice: dict[str, JsonValue]) -> Delta | None:
        """Parse an entry of `choices`; return its delta, or None if it adds nothing."""
        # Runs for each token: a field is tested before a function is called to read it.
        streamed = choice.get("delta")
        source = as_dict(streamed or choice.get("message"))
        delta = Delta(self._index, *self._read_texts(source))
        if isinstance(pieces := source.get("tool_calls"), list):
            delta.tool_calls = self._calls.feed(pieces, are_calls=not streamed)
        if refusal := source.get("refusal") and get_str(source, "refusal"):
            self._refusal.append(refusal)
            delta.refusal = refusal
        if logprobs := choice.get("logprobs") and as_dict(choice["logprobs"]):
            self._logprobs = merge_logprobs(self._logprobs, logprobs)
            delta.logprobs = logprobs
        if reason := choice.get("finish_reason") and get_str(choice, "finish_reason"):
            self.finish_reason = delta.finish_reason = reason
        return delta if delta.text or _adds_something(delta) else None

    def release(self) -> Delta | None:
        """Return the text that was held back until the end, or None if there is none.

        Tool calls that a model or the server left in the text are part of it.
        """
        delta = Delta(self._index)
        content, delta.reasoning = self._thinking.finish()
        shown = self._sieve.feed(content)
        rest, leaked = self._sieve.finish()
        delta.text = shown + rest
        self._content.append(delta.text)
        self._reasoning.append(delta.reasoning)
        calls = [self._calls.add(name, arguments) for name, arguments in leaked]
        if self._model and self._tools and (raw := self._find_raw_call()):
            self._raw_call = len(self._calls.calls())
            calls.append(self._calls.add(*raw))
        delta.tool_calls = tuple(calls)
        return delta if _adds_something(delta) else None

    def choice(self) -> Choice:
        """Return the choice as received so far."""
        message = Message(
            "".join(self._content),
            "".join(self._reasoning),
            self._checked_calls(),
            "".join(self._refusal),
        )
        return Choice(self._index, message, self.finish_reason, self._logprobs)

    def _checked_calls(self) -> list[ToolCall]:
        """Return the tool calls, with an error in those that must not run."""
        calls = self._calls.calls()
        for index, call in enumerate(calls):
            if index == self._raw_call:
                call.error = CUT_OFF if self.finish_reason == "length" else LEFT_IN_TEXT
            else:
                call.error = call_error(
                    call,
                    self._tools,
                    is_last=index == len(calls) - 1,
                    finish_reason=self.finish_reason,
                )
        return calls

    def _find_raw_call(self) -> tuple[str, str] | None:
        is_cut = self.finish_reason == "length"
        return find_raw_call("".join(self._content), self._wire_names, is_cut=is_cut)

    def _read_texts(self, source: dict[str, JsonValue]) -> tuple[str, str]:
        """Return the new content and the new reasoning."""
        content = source.get("content")
        if not isinstance(content, str):
            content = _join_parts(content)
        reasoning = ""
        if "reasoning" in source or "reasoning_content" in source:
            reasoning = get_str(source, "reasoning") or get_str(source, "reasoning_content")
        if self._is_faulty and content:
            content, thought = self._fix_quirks(content)
            reasoning += thought
        if content:
            self._content.append(content)
        if reasoning:
            self._reasoning.append(reasoning)
        return content, reasoning

    def _fix_quirks(self, content: str) -> tuple[str, str]:
        content, thought = self._thinking.feed(content)
        return self._sieve.feed(content), thought

    def _own_name(self, name: str) -> str:
        return self._names.from_wire(fix_tool_name(self._model, name))


def merge_logprobs(
    so_far: dict[str, JsonValue] | None, new: dict[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return log probabilities with their lists concatenated."""
    merged = dict(so_far or {})
    for name, value in new.items():
        before = merged.get(name)
        if isinstance(before, list) and isinstance(value, list):
            merged[name] = before + value
        else:
            merged[name] = value
    return merged


def _join_parts(content: JsonValue) -> str:
    """Return the text of a content that is a list of parts."""
    if not isinstance(content, list):
        return ""
    return "".join(get_str(part, "text") for part in content if isinstance(part, dict))


def _adds_something(delta: Delta) -> bool:
    return bool(
        delta.text
        or delta.reasoning
        or delta.tool_calls
        or delta.finish_reason
        or delta.refusal
        or delta.logprobs
    )
