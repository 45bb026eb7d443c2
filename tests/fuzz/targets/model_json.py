"""Any text of a model is parsed as JSON or ends in a ResponseError, and so does each prefix."""

import json

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.model_json import find_waste, read_json, read_partial_json


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
    find_waste(text)


def check_wrapped(text: str) -> None:
    """Any text in a JSON object is restored, whatever surrounds the object."""
    value = {"text": text, "n": [1]}
    for wrapping in ("{}", "```json\n{}\n```", "<think>[so]</think>{}", "Look:\n{}\nDone."):
        assert read_json(wrapping.replace("{}", json.dumps(value))) == value
