"""Put one of the `n` answers of a chat together."""

from collections.abc import Collection

from pydantic import JsonValue

from ionos_model_hub.wire.json_fields import as_dict, get_str
from ionos_model_hub.wire.quirks import ThinkSplitter, ToolCallSieve, faults, mend_tool_name
from ionos_model_hub.wire.response_types import Choice, Delta, Message
from ionos_model_hub.wire.tool_calls import ToolCallAssembler
from ionos_model_hub.wire.tool_names import ToolNames


class ChoiceAssembler:
    """Takes the deltas of one answer, cleans them and keeps the whole.

    Args:
        index: Which of the `n` answers this is.
        model: The model whose faults are mended; "" mends none.
        names: Turns the tools' names back into the caller's.
        offered: The tools' names as they were sent.
        seed: What ids of tool calls are made from, where the server gives none.
    """

    def __init__(
        self, index: int, *, model: str, names: ToolNames, offered: Collection[str], seed: str
    ) -> None:
        self.finish_reason: str | None = None
        self._index = index
        self._model = model
        self._names = names
        self._calls = ToolCallAssembler(seed, self._own_name)
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._logprobs: dict[str, JsonValue] | None = None
        self._is_faulty = bool(faults(model) - {"marked_tool_names"})
        self._thinking = ThinkSplitter(model)
        self._sieve = ToolCallSieve(model, offered)

    def feed(self, choice: dict[str, JsonValue]) -> Delta | None:
        """Take an entry of `choices`; return what it adds, or None for nothing."""
        # Run for each token: a field is looked at before a function is called to read it.
        source = as_dict(choice.get("delta") or choice.get("message"))
        delta = Delta(self._index, *self._told(source))
        if isinstance(pieces := source.get("tool_calls"), list):
            delta.tool_calls = self._calls.feed(pieces)
        if refusal := source.get("refusal") and get_str(source, "refusal"):
            self._refusal.append(refusal)
            delta.refusal = refusal
        if logprobs := choice.get("logprobs") and as_dict(choice["logprobs"]):
            self._logprobs = merged_logprobs(self._logprobs, logprobs)
            delta.logprobs = logprobs
        if reason := choice.get("finish_reason") and get_str(choice, "finish_reason"):
            self.finish_reason = delta.finish_reason = reason
        return delta if delta.text or _says_something(delta) else None

    def release(self) -> Delta | None:
        """Return what was held back until the end, or None for nothing."""
        delta = Delta(self._index)
        for kind, piece in self._thinking.finish():
            if kind == "reasoning":
                delta.reasoning = piece
            else:
                delta.text = self._sieve.feed(piece)
        rest, leaked = self._sieve.finish()
        delta.text += rest
        delta.tool_calls = tuple(self._calls.add(name, arguments) for name, arguments in leaked)
        self._content.append(delta.text)
        self._reasoning.append(delta.reasoning)
        return delta if _says_something(delta) else None

    def choice(self) -> Choice:
        """Return the answer as far as it has come."""
        message = Message(
            "".join(self._content),
            "".join(self._reasoning),
            self._calls.calls(),
            "".join(self._refusal),
        )
        return Choice(self._index, message, self.finish_reason, self._logprobs)

    def _told(self, source: dict[str, JsonValue]) -> tuple[str, str]:
        """Return the new content and the new reasoning."""
        content = source.get("content")
        if not isinstance(content, str):
            content = _text_of_parts(content)
        reasoning = ""
        if "reasoning" in source or "reasoning_content" in source:
            reasoning = get_str(source, "reasoning") or get_str(source, "reasoning_content")
        if self._is_faulty and content:
            content, thought = self._mended(content)
            reasoning += thought
        if content:
            self._content.append(content)
        if reasoning:
            self._reasoning.append(reasoning)
        return content, reasoning

    def _mended(self, content: str) -> tuple[str, str]:
        pieces = self._thinking.feed(content)
        shown = "".join(self._sieve.feed(piece) for kind, piece in pieces if kind == "content")
        return shown, "".join(piece for kind, piece in pieces if kind == "reasoning")

    def _own_name(self, name: str) -> str:
        return self._names.from_wire(mend_tool_name(self._model, name))


def merged_logprobs(
    so_far: dict[str, JsonValue] | None, new: dict[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return log probabilities with their lists joined."""
    merged = dict(so_far or {})
    for name, value in new.items():
        before = merged.get(name)
        if isinstance(before, list) and isinstance(value, list):
            merged[name] = before + value
        else:
            merged[name] = value
    return merged


def _text_of_parts(content: JsonValue) -> str:
    """Return the text of a content that came as a list of parts."""
    if not isinstance(content, list):
        return ""
    return "".join(get_str(part, "text") for part in content if isinstance(part, dict))


def _says_something(delta: Delta) -> bool:
    return bool(
        delta.text
        or delta.reasoning
        or delta.tool_calls
        or delta.finish_reason
        or delta.refusal
        or delta.logprobs
    )
