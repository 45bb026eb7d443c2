"""Whatever bytes a stream holds, its pieces do not matter, and only ModelHubErrors leave it."""

import pickle
from dataclasses import asdict
from math import inf
from typing import Any

from fuzz.pieces import cuttings
from fuzz.replies import Reply

from ionos_model_hub.client import run
from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.keys import Key
from ionos_model_hub.policy.deadline import Watch
from ionos_model_hub.streams import EventStream
from ionos_model_hub.wire.answers import ChatCompletion
from ionos_model_hub.wire.assemble import ChatAssembler
from ionos_model_hub.wire.deltas import Delta

MODELS = ("m", "Qwen/Qwen3.5-9B", "mistralai/Mistral-Small-24B-Instruct", "openai/gpt-oss-120b")
TOOLS = ("add", "now")


def check(data: bytes) -> None:
    model = MODELS[data[0] % len(MODELS)] if data else "m"
    outcomes = [outcome(model, pieces) for pieces in cuttings(data[1:])]
    assert all(other == outcomes[0] for other in outcomes[1:])


def outcome(model: str, pieces: list[bytes]) -> dict[str, Any]:
    """Return what a stream comes to: the text of its deltas, its answer, or its error."""
    reply = Reply(pieces)
    watch = Watch(lambda: 0.0, timeout=None, ends_at=inf)
    stream = EventStream(reply, ChatAssembler(model, None, TOOLS), watch, Key("made-up"))
    deltas: list[Delta] = []
    error = run(read(stream, deltas))
    assert reply.is_closed
    told = told_by(deltas)
    if error is None:
        assert told == told_in(stream.answer)
        return {"told": told, "answer": asdict(stream.answer)}
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    return {"told": told, "error": (type(error), str(error), error.partial)}


async def read(stream: EventStream[ChatCompletion], deltas: list[Delta]) -> ModelHubError | None:
    try:
        while not stream.done:
            deltas += await stream.step()
    except ModelHubError as error:
        return error
    finally:
        await stream.close()
    return None


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
    told = {
        choice.index: [
            choice.message.content,
            choice.message.reasoning,
            choice.message.refusal,
            {n: [c.id, c.name, c.arguments] for n, c in enumerate(choice.message.tool_calls)},
        ]
        for choice in answer.choices
        if choice.finish_reason or choice.logprobs or any(asdict(choice.message).values())
    }
    return told
