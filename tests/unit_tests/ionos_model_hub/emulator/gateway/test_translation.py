"""Requests for engines, their responses and errors, and the addresses of engines."""

import json

import pytest

from ionos_model_hub.catalogue import find_model
from ionos_model_hub.emulator.gateway.engine import (
    KEY_VARIABLE,
    Engine,
    engine_for,
    parse_engines,
    split_mapping,
)
from ionos_model_hub.emulator.gateway.engine_errors import engine_error
from ionos_model_hub.emulator.gateway.tool_prompt import without_tools
from ionos_model_hub.emulator.gateway.translation import engine_body, hub_body, hub_event
from ionos_model_hub.emulator.profiles import HUB

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}


def test_request_for_an_engine() -> None:
    body = {
        "model": "hub",
        "messages": [{"role": "assistant", "tool_calls": [CALL]}],
        "max_completion_tokens": 5,
        "top_p": -1,
        "stop": None,
        "temperature": 0,
    }
    assert engine_body(body, "engine") == {
        "model": "engine",
        "messages": [{"role": "assistant", "tool_calls": [CALL], "content": ""}],
        "max_tokens": 5,
        "temperature": 0,
    }


def test_response_has_the_name_and_fields_of_the_hub() -> None:
    message = {"role": "assistant", "reasoning_content": "Hm.", "content": "Hi"}
    body = {"model": "engine", "timings": {}, "choices": [{"index": 0, "message": message}]}
    assert hub_body(body, "hub") == {
        "model": "hub",
        "choices": [
            {"index": 0, "message": {"reasoning": "Hm.", "role": "assistant", "content": "Hi"}}
        ],
    }


def test_other_events_are_unchanged() -> None:
    for event in (b"data: [DONE]\n\n", b": ping\n\n", b'data: {"error": {"message": "x"}}\n\n'):
        assert hub_event(event, "hub") == event
    chunk = hub_event('data: {"model": "\u2028", "choices": []}\n\n'.encode(), "hub")
    assert json.loads(chunk.removeprefix(b"data: ")) == {"model": "hub", "choices": []}


def test_conversation_without_tools_is_plain_text() -> None:
    messages = [
        {"role": "user", "content": "Q"},
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "1", "content": "42"},
        {"role": "user", "content": "And now?"},
    ]
    body = without_tools({"messages": messages, "tools": [TOOL], "tool_choice": "auto"})
    assert body.keys() == {"messages", "response_format"}
    system, question, answer, result = body["messages"]
    assert '"name": "f"' in system["content"]
    assert question == messages[0]
    assert json.loads(answer["content"]) == {"tool_calls": [{"name": "f", "arguments": {"a": 1}}]}
    assert result == {"role": "user", "content": "Result of f: 42\nAnd now?"}
    plain = without_tools({"messages": messages, "tools": [TOOL], "tool_choice": "none"})
    assert plain.keys() == {"messages"}
    assert [message["role"] for message in plain["messages"]] == ["user", "assistant", "user"]


def test_model_that_repeats_a_call_must_reply() -> None:
    turn = [
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "1", "content": "42"},
    ]
    question = {"role": "user", "content": "Q"}
    for turns, can_call in [(turn, True), (turn * 2, False), ([*turn, question, *turn], True)]:
        body = without_tools({"messages": [question, *turns], "tools": [TOOL]})
        assert body["messages"][-1]["content"].endswith("or call another function.")
        schema = body["response_format"]["json_schema"]["schema"]
        assert ("anyOf" in schema) is can_call


@pytest.mark.parametrize(
    ("status", "body", "expected", "text"),
    [
        (400, b'{"error": {"message": "too long", "param": "messages"}}', 400, "too long"),
        (422, b'{"detail": "bad"}', 400, "bad"),
        (429, b"{}", 429, "Rate limit exceeded"),
        (500, b'{"error": "crash"}', 500, "crash"),
        (503, b'{"error": {"message": "Loading model"}}', 503, "Loading model"),
        (401, b"", 503, "responded with 401: no explanation"),
        (404, b"not found", 503, "http://e/v1 responded with 404: not found"),
    ],
)
def test_engine_errors(status: int, body: bytes, expected: int, text: str) -> None:
    error = engine_error(status, body, "http://e/v1")
    assert error.status == expected
    assert text in error.body(HUB)["error"]["message"]


def test_address_of_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "secret")
    engine = Engine.parse("http://localhost:11434/#qwen3:4b")
    assert (engine.url, engine.model) == ("http://localhost:11434/v1", "qwen3:4b")
    assert engine.headers["authorization"] == "Bearer secret"
    assert "secret" not in repr(engine)
    assert Engine.parse("https://host/api/v3/").url == "https://host/api/v3"
    own = Engine.parse("http://:own-key@host:8000")
    assert (own.url, own.api_key) == ("http://host:8000/v1", "own-key")


@pytest.mark.parametrize(
    "address", ["localhost:11434", "ftp://host", "http://", "http://e:99999", "ftp://:secret@h"]
)
def test_invalid_addresses_are_rejected(address: str) -> None:
    with pytest.raises(ValueError, match="must be an http or https URL") as caught:
        Engine.parse(address)
    assert "secret" not in str(caught.value)


def test_unknown_models_are_rejected() -> None:
    with pytest.raises(ValueError, match="'gpt-5' is not a model of the catalogue"):
        parse_engines({"gpt-5": "http://localhost"})


def test_engine_of_a_model() -> None:
    pairs = ["http://one", "BAAI/bge-m3=http://two#bge", "openai/gpt-oss-120b=http://three/v1"]
    engines = parse_engines(dict(map(split_mapping, pairs)))

    def url(endpoint: str, model: str) -> str | None:
        found = find_model(model)
        assert found is not None
        engine = engine_for(engines, endpoint, found)
        return engine.url if engine else None

    assert url("chat", "openai/gpt-oss-120b") == "http://three/v1"
    assert url("completions", "meta-llama/Llama-3.3-70B-Instruct") == "http://one/v1"
    assert url("embeddings", "BAAI/bge-m3") == "http://two/v1"
    assert url("embeddings", "BAAI/bge-large-en-v1.5") is None
    assert url("chat", "lightonai/LightOnOCR-2-1B") is None
    assert url("chat", "BAAI/bge-m3") is None
