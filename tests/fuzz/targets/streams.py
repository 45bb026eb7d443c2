"""The result of a stream does not depend on how its bytes are split, and all errors are ours."""

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
    results = [read_stream(model, parts) for parts in splits(data[1:])]
    assert all(other == results[0] for other in results[1:])


def read_stream(model: str, parts: list[bytes]) -> dict[str, Any]:
    """Return the texts of the deltas of a stream, and its response or error."""
    reply = Reply(parts)
    timer = CallTimer(lambda: 0.0, timeout=None, ends_at=inf)
    assembler = ChatAssembler(model, None, SCHEMAS)
    stream = EventStream(reply, assembler, timer, Key("made-up").scrub)
    deltas: list[Delta] = []
    error = run_blocking(collect(stream, deltas))
    assert reply.is_closed
    texts = texts_of_deltas(deltas)
    if error is None:
        assert texts == texts_of_response(stream.answer)
        return {"texts": texts, "answer": asdict(stream.answer)}
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    return {"texts": texts, "error": (type(error), str(error), error.partial)}


async def collect(stream: EventStream[ChatCompletion], deltas: list[Delta]) -> ModelHubError | None:
    """Add the deltas of a stream to a list and return its error, or None."""
    try:
        while not stream.done:
            deltas += await stream.step()
    except ModelHubError as error:
        return error
    finally:
        await stream.close()
    return None
