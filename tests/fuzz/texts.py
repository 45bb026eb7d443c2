"""The texts of deltas and of a response, in the same form."""

from dataclasses import asdict
from typing import Any

from ionos_model_hub.wire.response_types import ChatCompletion, Delta


def texts_of_deltas(deltas: list[Delta]) -> dict[int, list[Any]]:
    """Return the content, reasoning, refusal and tool calls that the deltas add up to."""
    choices: dict[int, list[Any]] = {}
    for delta in deltas:
        texts = choices.setdefault(delta.index, ["", "", "", {}])
        for field, text in enumerate((delta.text, delta.reasoning, delta.refusal)):
            texts[field] += text
        for piece in delta.tool_calls:
            call = texts[3].setdefault(piece.index, ["", "", ""])
            for field, text in enumerate((piece.id, piece.name, piece.arguments)):
                call[field] += text
    return choices


def texts_of_response(response: ChatCompletion) -> dict[int, list[Any]]:
    """Return the same of a response, without choices that have no deltas."""
    return {
        choice.index: [
            choice.message.content,
            choice.message.reasoning,
            choice.message.refusal,
            {n: [c.id, c.name, c.arguments] for n, c in enumerate(choice.message.tool_calls)},
        ]
        for choice in response.choices
        if choice.finish_reason or choice.logprobs or any(asdict(choice.message).values())
    }
