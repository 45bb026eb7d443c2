"""Any events give a response and deltas that add up to it, or a ModelHubError."""

import json
from typing import Any

from fuzz.draw import Draw
from fuzz.texts import texts_of_deltas, texts_of_response
from fuzz.vocabulary import CONTENT, MODELS, SCHEMAS, choice_of

from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.wire.assembly import DONE, ChatAssembler, CompletionAssembler
from ionos_model_hub.wire.response_types import Delta

WORDS = (
    *("choices", "delta", "message", "content", "tool_calls", "usage", "error", "logprobs", "id"),
    *("index", "function", "name", "arguments", "finish_reason", "reasoning", "refusal", "text"),
    *("httpStatus", "messages", "code", "prompt_tokens", "completion_tokens", "tokens", "created"),
)


def check(data: bytes) -> None:
    draw = Draw(data)
    model = draw.one_of(MODELS)
    events = [json.dumps(event_of(draw)) for _ in range(draw.below(24))]
    if draw.yes():
        events.append(DONE)
    check_chat(model, events)
    check_completion(events)


def event_of(draw: Draw) -> Any:
    """Draw a well-formed event, or any JSON."""
    if draw.below(8) == 7:
        return draw.json((*WORDS, *CONTENT))
    return {"id": "c", "choices": [choice_of(draw) for _ in range(1 + draw.below(2))]}


def check_chat(model: str, events: list[str]) -> None:
    assembler = ChatAssembler(model, None, SCHEMAS)
    deltas: list[Delta] = []
    try:
        for event in events:
            deltas += assembler.feed(event)
        held_back, response = assembler.finish()
    except ModelHubError as error:
        assembler.attach_partial(error)
        return
    assert texts_of_deltas(deltas + held_back) == texts_of_response(response)


def check_completion(events: list[str]) -> None:
    assembler = CompletionAssembler()
    texts: dict[int, str] = {}
    try:
        for event in events:
            for delta in assembler.feed(event):
                texts[delta.index] = texts.get(delta.index, "") + delta.text
        _, response = assembler.finish()
    except ModelHubError as error:
        assembler.attach_partial(error)
        return
    assert {c.index: c.text for c in response.choices if c.text} == {
        index: text for index, text in texts.items() if text
    }
