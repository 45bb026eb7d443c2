"""Whatever bytes a stream holds, its pieces do not matter, and only ModelHubErrors leave it."""

import pickle
from dataclasses import asdict
from math import inf
from typing import Any

from fuzz.pieces import splits
from fuzz.replies import Reply
from fuzz.texts import texts_of_deltas, texts_of_response
from fuzz.vocabulary import MODELS, SCHEMAS

from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.transport.event_stream import EventStream
from ionos_model_hub.transport.sync_io import run_blocking
from ionos_model_hub.wire.assembly import ChatAssembler
from ionos_model_hub.wire.response_types import ChatCompletion, Delta


def check(data: bytes) -> None:
    model = MODELS[data[0] % len(MODELS)] if data else "m"
    outcomes = [outcome(model, pieces) for pieces in splits(data[1:])]
    assert all(other == outcomes[0] for other in outcomes[1:])


def outcome(model: str, pieces: list[bytes]) -> dict[str, Any]:
    """Return what a stream comes to: the text of its deltas, its answer, or its error."""
    reply = Reply(pieces)
    watch = CallTimer(lambda: 0.0, timeout=None, ends_at=inf)
    stream = EventStream(reply, ChatAssembler(model, None, SCHEMAS), watch, Key("made-up"))
    deltas: list[Delta] = []
    error = run_blocking(read(stream, deltas))
    assert reply.is_closed
    told = texts_of_deltas(deltas)
    if error is None:
        assert told == texts_of_response(stream.answer)
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
