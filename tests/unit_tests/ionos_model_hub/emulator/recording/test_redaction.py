"""API keys are removed from recordings."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.emulator.recording.redaction import Redactor, secrets_in
from ionos_model_hub.emulator.recording.requests import recorded_path

KEY = "my-very-secret-key"
TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0ZXN0In0.c2lnbmF0dXJl"


def chunk(text: str) -> dict[str, Any]:
    return {"seconds": 0.1, "json": {"choices": [{"index": 0, "delta": {"content": text}}]}}


def content(event: dict[str, Any]) -> str:
    text: str = event["json"]["choices"][0]["delta"]["content"]
    return text


def test_keys_in_headers_are_secrets() -> None:
    headers = {"authorization": f"Bearer {KEY}", "x-api-key": "other-secret", "accept": "a/b"}
    assert secrets_in(headers) == (KEY, "other-secret")
    assert secrets_in({"authorization": "Bearer any"}) == ()


def test_keys_are_replaced_wherever_they_occur() -> None:
    body = {"messages": [{"content": f"my key is {KEY}!"}], KEY: f"{TOKEN} and {KEY}"}
    assert Redactor([KEY]).value(body) == {
        "messages": [{"content": "my key is ***!"}],
        "***": "*** and ***",
    }


@pytest.mark.parametrize("text", [TOKEN, "sk-abcdefghijklmnopqrst"])
def test_texts_that_look_like_keys_are_replaced(text: str) -> None:
    assert Redactor().text(f"use {text} now") == "use *** now"


def test_secret_fields_are_replaced() -> None:
    body = {"api_key": "x", "Password": "y", "secret": 3, "note": None}
    assert Redactor().value(body) == {
        "api_key": "***",
        "Password": "***",
        "secret": 3,
        "note": None,
    }


@given(st.lists(st.integers(0, len(KEY)), max_size=6))
def test_key_that_spans_several_events_is_replaced(cuts: list[int]) -> None:
    text = f"a {KEY} b"
    bounds = [0, *sorted(cut + 2 for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(bounds)]
    cleaned = Redactor([KEY]).stream([chunk(piece) for piece in pieces])
    assert "".join(map(content, cleaned)) == "a *** b"


def test_keys_in_the_query_are_replaced() -> None:
    redactor = Redactor([KEY])
    assert recorded_path("/v1/models", f"x={KEY}&api_key=a&b=", redactor) == (
        "/v1/models?x=***&api_key=***&b="
    )
    assert recorded_path("/v1/models", "a=%20b&c", redactor) == "/v1/models?a=%20b&c"
    assert recorded_path("/v1/models", "", redactor) == "/v1/models"


def test_events_without_keys_are_unchanged() -> None:
    events = [chunk("Hallo"), {"seconds": 0.2, "text": "data: [DONE]\n\n"}]
    assert Redactor([KEY]).stream(events) == events
