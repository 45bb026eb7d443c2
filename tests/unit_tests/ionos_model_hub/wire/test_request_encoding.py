"""Bodies that cannot be encoded as JSON are rejected before sending."""

import pytest
from request_bodies import USER, rejected, sent, tool

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import requests


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (object(), "Unable to serialize unknown type: <class 'object'>"),
        (float("nan"), "it contains a number that is not finite"),
        (float("inf"), "it contains a number that is not finite"),
        (-float("inf"), "it contains a number that is not finite"),
    ],
)
def test_values_that_json_cannot_represent_are_rejected(value: object, reason: str) -> None:
    tools = [tool("a", parameters={"default": value})]
    error = rejected(None, requests.chat, "m", [USER], {"tools": tools})
    assert error.message == f"The request cannot be encoded as JSON: {reason}."
    assert error.hint == (
        "Pass only strings, numbers, booleans, None, lists and dicts, and valid Unicode."
    )


def test_lone_surrogates_are_located() -> None:
    tools = [tool("a", parameters={"default": "\ud800"})]
    place = "tools[0].function.parameters.default"
    error = rejected(place, requests.chat, "m", [USER], {"tools": tools})
    assert error.message == (
        f"{place} contains half of a character (a lone surrogate), which UTF-8 cannot encode."
    )
    assert error.hint == "Remove it, or replace it: text.encode('utf-8', 'replace').decode()."
    messages = [USER, {"role": "user", "content": [{"type": "text", "text": "\ud83d"}]}]
    rejected("messages[1].content[0].text", requests.chat, "m", messages, {})
    rejected("prompt", requests.completion, "m", "\ud83d", {})


def test_streamed_requests_are_checked() -> None:
    call = requests.completion("m", "\ud83d", {})
    with pytest.raises(InvalidRequestError):
        call.encode_for_stream(include_usage=True)


def test_nan_and_infinity_in_texts_are_sent() -> None:
    messages = [{"role": "user", "content": "NaN, Infinity and -Infinity"}]
    assert sent(requests.chat("m", messages, {}))["messages"] == messages
