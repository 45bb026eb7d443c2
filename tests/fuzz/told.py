"""What deltas say, and what an answer says, in one form."""

from dataclasses import asdict
from typing import Any

from ionos_model_hub.wire.response_types import ChatCompletion, Delta


def told_by(deltas: list[Delta]) -> dict[int, list[Any]]:
    """Join what the deltas of each choice say."""
    told: dict[int, list[Any]] = {}
    for delta in deltas:
        texts = told.setdefault(delta.index, ["", "", "", {}])
        for place, text in enumerate((delta.text, delta.reasoning, delta.refusal)):
            texts[place] += text
        for piece in delta.tool_calls:
            call = texts[3].setdefault(piece.index, ["", "", ""])
            for place, text in enumerate((piece.id, piece.name, piece.arguments)):
                call[place] += text
    return told


def told_in(answer: ChatCompletion) -> dict[int, list[Any]]:
    """Return the same of an answer; choices that say nothing have no deltas."""
    return {
        choice.index: [
            choice.message.content,
            choice.message.reasoning,
            choice.message.refusal,
            {n: [c.id, c.name, c.arguments] for n, c in enumerate(choice.message.tool_calls)},
        ]
        for choice in answer.choices
        if choice.finish_reason or choice.logprobs or any(asdict(choice.message).values())
    }
