"""Whatever bytes a stream holds, its pieces do not matter, and only ModelHubErrors leave it."""

import pickle
from dataclasses import asdict
from math import inf
from typing import Any

from fuzz.pieces import cuttings
from fuzz.replies import Reply
from fuzz.told import told_by, told_in
from fuzz.vocabulary import MODELS, TOOLS

from ionos_model_hub.transport.sync_io import run_blocking
from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.transport.event_stream import EventStream
from ionos_model_hub.wire.assembly import ChatAssembler
from ionos_model_hub.wire.response_types import ChatCompletion, Delta


def check(data: bytes) -> None:
    model = MODELS[data[0] % len(MODELS)] if data else "m"
    outcomes = [outcome(model, pieces) for pieces in cuttings(data[1:])]
    assert all(other == outcomes[0] for other in outcomes[1:])


def outcome(model: str, pieces: list[bytes]) -> dict[str, Any]:
    """Return what a stream comes to: the text of its deltas, its answer, or its error."""
    reply = Reply(pieces)
    watch = CallTimer(lambda: 0.0, timeout=None, ends_at=inf)
    stream = EventStream(
        reply, ChatAssembler(model, None, dict.fromkeys(TOOLS, {})), watch, Key("made-up")
    )
    deltas: list[Delta] = []
    error = run_blocking(read(stream, deltas))
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
