"""Arguments of scripted replies, and the requests for which replies are meant."""

import re
from datetime import date
from typing import Any

import pytest

from ionos_model_hub.emulator import Call, RecordedRequest, Reply
from ionos_model_hub.emulator.recorded import record_request
from ionos_model_hub.emulator.script_queue import ScriptQueue


def request(body: bytes = b"{}", path: str = "/v1/chat/completions") -> RecordedRequest:
    return record_request("POST", path, {}, body, authorised=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"embeddings": [1.0, 2.0]},
            "embeddings: Input should be an instance of Sequence",
        ),
        ({"scores": 5}, "scores: "),
        ({"text": 5}, "text: Input should be a valid string"),
        ({"text": [1]}, "text: Input should be a valid string"),
        ({"text": "a", "times": "2"}, "times: Input should be a valid integer, got '2'"),
        ({"json": {}, "status": "200"}, "status: Input should be a valid integer"),
        ({"delay": "1"}, "delay: Input should be a valid number"),
        ({"error": "bogus"}, "error: Input should be 'unauthorised', 'forbidden', "),
        ({"text": "a", "finish_reason": "bogus"}, "finish_reason: Input should be 'stop' or"),
        ({"reset_after": "end"}, "reset_after: Input should be "),
        ({"images": b"GIF89a"}, "images: "),
        ({"images": ["GIF89a"]}, "images: Input should be a valid bytes"),
        ({"body": 5}, "body: "),
        ({"stream": ["data: 1"]}, "stream: "),
        ({"generated": [["a", 5]]}, "generated: Input should be a valid string"),
        ({"generated": []}, "generated must contain the tokens of at least one choice"),
        ({"text": "a", "usage": 5}, "usage: "),
        ({"refusal": 5}, "refusal: Input should be a valid string, got 5"),
        ({"tool_calls": [{"name": "f"}]}, "tool_calls: Input should be "),
        ({"text": "a", "contains": ["b"]}, "contains: Input should be a valid string"),
        ({"text": "a", "when": 5}, "when: Input should be callable"),
        ({"text": "a", "times": 1.5}, "times: Input should be a valid integer"),
        ({"delay": None}, "delay: Input should be a valid number"),
        ({"headers": {"a": 5}}, "headers: Input should be a valid string"),
    ],
)
def test_arguments_of_other_types_are_rejected(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        Reply(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"json": {}, "body": b""}, "only one of json, body"),
        ({"text": "a", "error": "timeout"}, "only one of text, error"),
        ({"text": "a", "tool_calls": [Call("f")]}, "text or tool_calls"),
        ({"text": "a", "refusal": "b"}, "refusal, or text and tool_calls"),
        ({"text": "a", "status": 500}, "status is only for"),
        ({"status": 101}, "status must be between 200 and 599, got 101"),
        ({"json": {"day": date(2026, 1, 1)}}, "json contains a value that JSON does not have"),
        ({"structured": float("nan")}, "structured contains a value that JSON does not have"),
        ({"tool_calls": [Call("f", a={1})]}, "tool_calls contains a value that JSON does not"),
        ({"stream": [{"a": b""}]}, "stream contains a value that JSON does not have"),
        ({"embeddings": [[float("inf")]]}, "embeddings contains a value that JSON does not"),
        ({"headers": {"a\nb": "c"}}, r"'a\\nb' is not a valid header name"),
        ({"headers": {"a": "b\r\nc: d"}}, "is not a valid value of the header 'a'"),
        ({"headers": {"a": "€"}}, "is not a valid value of the header 'a'"),
        ({"delay": float("nan")}, "delay must be a number of seconds, got nan"),
        ({"error": "overloaded", "retry_after": float("inf")}, "retry_after must be a number"),
        ({"text": "a", "done": False}, "done is only for stream"),
        ({"endpoint": "bogus"}, "endpoint must be one of chat, "),
        ({"text": "a", "endpoint": "embeddings"}, "text is only for the endpoint chat or compl"),
        ({"retry_after": 1}, "retry_after is only for error"),
        ({"json": {}, "usage": {"prompt_tokens": 1}}, "usage is only for output"),
        ({"json": {}, "finish_reason": "length"}, "finish_reason is only for"),
        ({"text": "a", "times": 0}, "times must be at least 1"),
        ({"probability": 0}, "probability must be above 0"),
        ({"delay": -1}, "delay must be a number of seconds, got -1"),
        ({"stall_after": 1, "reset_after": 1}, "only one of stall_after, reset_after"),
        ({"reset_after": -1}, "reset_after must be a number of chunks or 'head', got -1"),
        ({"chunk_bytes": [3, 0]}, "chunk_bytes must be at least 1"),
        ({"chunk_bytes": []}, "chunk_bytes must be at least 1"),
    ],
)
def test_contradictory_arguments_are_rejected(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Reply(**arguments)


def test_unknown_arguments_are_rejected() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'texts'"):
        Reply(texts="a")  # type: ignore[call-arg]


def test_kinds_of_replies() -> None:
    assert Reply().is_default
    assert Reply(delay=1).is_default
    assert not Reply(delay=1).is_raw
    assert Reply(status=503).is_raw
    assert Reply(json={}).is_raw
    assert not Reply(text="a").is_raw
    assert not Reply(text="a").is_default


@pytest.mark.parametrize(
    ("fields", "matches"),
    [
        ({"seed": 1}, True),
        ({"seed": 2}, False),
        ({"seed": True}, False),
        ({"missing": None}, False),
        ({"a": {"b": 1}}, True),
        ({"a": {"b": 1, "c": 3}}, False),
        ({"list": [{"x": 1}, 2]}, True),
        ({"list": [{"x": 1}]}, False),
    ],
)
def test_replies_for_fields_of_the_body(fields: dict[str, Any], matches: bool) -> None:
    body = b'{"seed": 1, "a": {"b": 1, "c": 2}, "list": [{"x": 1, "y": 1}, 2]}'
    assert Reply(fields=fields).matches(request(body)) is matches


def test_probability_depends_on_the_seed_only() -> None:
    def drawn(seed: int) -> list[bool]:
        queue = ScriptQueue([Reply(text="a", probability=0.3, times=None)], seed)
        return [queue.take(request()) is not None for _ in range(500)]

    assert drawn(0) == drawn(0)
    assert drawn(0) != drawn(1)
    assert 100 < sum(drawn(0)) < 200


def test_queue_counts_uses() -> None:
    twice, always = Reply(text="twice", times=2), Reply(text="always", times=None)
    queue = ScriptQueue([twice, always])
    assert queue.pending == [(twice, 2), (always, None)]
    assert queue.take(request()) is twice
    assert queue.pending == [(twice, 1), (always, None)]
    assert queue.unused == [twice]
    assert [queue.take(request()) for _ in range(2)] == [twice, always]
    queue.replace([twice])
    assert (len(queue), queue.unused) == (1, [twice])


def test_other_items_are_rejected() -> None:
    with pytest.raises(TypeError, match="A script contains replies and functions, got 'text'"):
        ScriptQueue(["text"])  # type: ignore[list-item]


def test_functions_must_return_replies() -> None:
    queue = ScriptQueue([lambda _: "text"])  # type: ignore[list-item,return-value]
    with pytest.raises(TypeError, match="it must return a Reply or None, got 'text'"):
        queue.take(request())
