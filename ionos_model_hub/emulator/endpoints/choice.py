"""One choice of a completion, truncated at stop sequences and token limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ionos_model_hub.emulator.contract import Json
from ionos_model_hub.emulator.responder.text import count_tokens, digest, tokens


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call of a response; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str

    def to_json(self) -> Json:
        """Return the tool call as part of a message."""
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice.

    Attributes:
        content: Text of the message.
        reasoning: Reasoning text, written before the content.
        calls: Tool calls.
        finish_reason: `stop`, `length` or `tool_calls`.
    """

    content: str = ""
    reasoning: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish_reason: str = "stop"

    def count_tokens(self) -> int:
        """Estimate the completion tokens of this choice."""
        calls = (call.name + call.arguments for call in self.calls)
        return sum(map(count_tokens, (self.reasoning, self.content, *calls)))


def truncate(choice: Choice, stops: Sequence[str], max_tokens: int | None) -> Choice:
    """End a choice before its first stop sequence and after `max_tokens` tokens."""
    ends = [at for stop in stops if stop and (at := choice.content.find(stop)) >= 0]
    if ends:
        choice = replace(choice, content=choice.content[: min(ends)])
    if max_tokens is None or choice.count_tokens() <= max_tokens:
        return choice
    reasoning = tokens(choice.reasoning)[:max_tokens]
    content = tokens(choice.content)[: max_tokens - len(reasoning)]
    tokens_left = max_tokens - len(reasoning) - len(content)
    calls = tuple(_truncate_calls(choice.calls, tokens_left))
    return Choice("".join(content), "".join(reasoning), calls, "length")


def token_usage(prompt_tokens: int, choices: Sequence[Choice]) -> Json:
    """Return the token usage of a request with all its choices."""
    completion = sum(choice.count_tokens() for choice in choices)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": prompt_tokens + completion,
    }


def chat_logprobs(text: str, top: int) -> Json:
    """Return plausible `logprobs` of a chat choice, with the `top` most likely tokens."""
    return {"content": [_logprob(token, top) for token in tokens(text)]}


def completion_logprobs(text: str, top: int) -> Json:
    """Return plausible `logprobs` of a text completion."""
    entries = [_logprob(token, top) for token in tokens(text)]
    pieces = [entry["token"] for entry in entries]
    return {
        "tokens": pieces,
        "token_logprobs": [entry["logprob"] for entry in entries],
        "top_logprobs": [
            {other["token"]: other["logprob"] for other in entry["top_logprobs"]}
            for entry in entries
        ],
        "text_offset": [len("".join(pieces[:index])) for index in range(len(pieces))],
    }


def _logprob(token: str, top: int) -> dict[str, Any]:
    logprob = -(int(digest(token)[:4], 16) % 1000) / 1000
    alternatives = [_entry(f"{token}{'~' * rank}", logprob - rank) for rank in range(1, top)]
    entry = _entry(token, logprob)
    return {**entry, "top_logprobs": [entry, *alternatives][:top]}


def _entry(token: str, logprob: float) -> Json:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode("utf-8", "replace"))}


def _truncate_calls(calls: Sequence[ToolCall], max_tokens: int) -> Iterator[ToolCall]:
    for call in calls:
        max_tokens -= count_tokens(call.name)
        if max_tokens < 0:
            return
        arguments = tokens(call.arguments)[:max_tokens]
        max_tokens -= len(arguments)
        yield replace(call, arguments="".join(arguments))
