"""Whatever a model writes is read as JSON or ends in a ResponseError; no prefix of it is worse."""

import json

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.model_json import read_json, read_partial_json


def check(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    partial = read_partial_json(text)
    for end in range(min(len(text), 64)):
        read_partial_json(text[:end])
    try:
        value = read_json(text)
    except ResponseError as error:
        assert len(str(error)) < 500
    else:
        assert json.dumps(value) == json.dumps(partial)
    check_wrapped(text)


def check_wrapped(text: str) -> None:
    """A text inside an answer comes back, whatever it is."""
    answer = {"said": text, "n": [1]}
    for wrapping in ("{}", "```json\n{}\n```", "<think>[so]</think>{}", "Look:\n{}\nDone."):
        assert read_json(wrapping.replace("{}", json.dumps(answer))) == answer
