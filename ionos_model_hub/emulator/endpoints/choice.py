"""One choice of an answer: what the model says, cut where the request wants it cut."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ionos_model_hub.emulator.contract import Json
from ionos_model_hub.emulator.responder.text import count_tokens, digest, tokens


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call as it goes over the wire; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str

    def wire(self) -> Json:
        """Return the object that stands in a message."""
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


@dataclass(frozen=True, slots=True)
class Answer:
    """One choice.

    Attributes:
        content: Text of the answer.
        reasoning: What a reasoning model thinks before it answers.
        calls: Tool calls.
        finish: `stop`, `length` or `tool_calls`.
    """

    content: str = ""
    reasoning: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish: str = "stop"

    def count_tokens(self) -> int:
        """Estimate the completion tokens of this choice."""
        return sum(map(count_tokens, (self.reasoning, self.content, *map(_call_text, self.calls))))


def cut(answer: Answer, stops: Sequence[str], budget: int | None) -> Answer:
    """End the answer before the first stop sequence and after `budget` tokens."""
    ends = [at for stop in stops if stop and (at := answer.content.find(stop)) >= 0]
    if ends:
        answer = replace(answer, content=answer.content[: min(ends)])
    if budget is None or answer.count_tokens() <= budget:
        return answer
    reasoning = tokens(answer.reasoning)[:budget]
    content = tokens(answer.content)[: budget - len(reasoning)]
    left = budget - len(reasoning) - len(content)
    return Answer(
        "".join(content), "".join(reasoning), tuple(_cut_calls(answer.calls, left)), "length"
    )


def usage(prompt_tokens: int, answers: Sequence[Answer]) -> Json:
    """Return the token counts of a request and all its choices."""
    completion = sum(answer.count_tokens() for answer in answers)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": prompt_tokens + completion,
    }


def chat_logprobs(text: str, top: int) -> Json:
    """Return plausible `logprobs` of a chat choice, with `top` alternatives per token."""
    return {"content": [_logprob(token, top) for token in tokens(text)]}


def completion_logprobs(text: str, top: int) -> Json:
    """Return plausible `logprobs` of a text completion."""
    pieces = [_logprob(token, top) for token in tokens(text)]
    names = [piece["token"] for piece in pieces]
    return {
        "tokens": names,
        "token_logprobs": [piece["logprob"] for piece in pieces],
        "top_logprobs": [{o["token"]: o["logprob"] for o in p["top_logprobs"]} for p in pieces],
        "text_offset": [len("".join(names[:index])) for index in range(len(names))],
    }


def _logprob(token: str, top: int) -> dict[str, Any]:
    chance = -(int(digest(token)[:4], 16) % 1000) / 1000
    others = [_scored(f"{token}{'~' * rank}", chance - rank) for rank in range(1, top)]
    own = _scored(token, chance)
    return {**own, "top_logprobs": [own, *others][:top]}


def _scored(token: str, chance: float) -> Json:
    return {"token": token, "logprob": chance, "bytes": list(token.encode("utf-8", "replace"))}


def _call_text(call: ToolCall) -> str:
    return call.name + call.arguments


def _cut_calls(calls: Sequence[ToolCall], budget: int) -> Iterator[ToolCall]:
    for call in calls:
        budget -= count_tokens(call.name)
        if budget < 0:
            return
        arguments = tokens(call.arguments)[:budget]
        budget -= len(arguments)
        yield replace(call, arguments="".join(arguments))
