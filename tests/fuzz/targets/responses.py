"""Any body of a response gives a typed value that JSON can represent, or a ModelHubError."""

import json
import pickle
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from math import isfinite
from typing import Any

from pydantic import JsonValue

from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.wire import responses
from ionos_model_hub.wire.assembly import ChatAssembler, CompletionAssembler
from ionos_model_hub.wire.responses import parse_response

HEADERS: Mapping[str, str] = {"x-trace-id": "t-1"}

READERS: tuple[Callable[[JsonValue], Any], ...] = (
    lambda body: ChatAssembler("mistralai/Mistral-Small", None, {"add": {}}).parse_body(body),
    lambda body: CompletionAssembler().parse_body(body),
    partial(responses.read_embeddings, expected=2),
    partial(responses.read_embeddings, expected=1, dimensions=1),
    partial(responses.read_ranking, documents=2, top_n=1),
    partial(responses.read_images, expected=1),
    responses.read_models,
)


def check(data: bytes) -> None:
    for read in READERS:
        try:
            value = parse_response(data, HEADERS, read)
        except ModelHubError as error:
            assert str(pickle.loads(pickle.dumps(error))) == str(error)
            str(error).encode("utf-8")
        else:
            check_value(value)


def check_value(value: Any) -> None:
    """Check that a value can be encoded as UTF-8, and that its numbers are finite."""
    values = value if isinstance(value, list) else [value]
    for item in map(asdict, values):
        json.dumps(item, default=repr, ensure_ascii=False).encode("utf-8")
        assert isfinite(item.get("score", 0))
        for vector in item.get("vectors", ()):
            assert all(isfinite(number) for number in vector)
