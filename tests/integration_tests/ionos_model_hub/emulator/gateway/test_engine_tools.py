"""Tool calls with an engine that ignores or rejects tools, through its JSON grammar."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from ionos_model_hub.emulator import Emulator, RecordedRequest, Reply
from langchain_ionos import ChatIONOS

CALL = '{"tool_calls": [{"name": "get_weather", "arguments": {"city": "Berlin"}}]}'
ANSWER = '{"message": "It is sunny in Berlin."}'


class Weather(BaseModel):
    """The weather in a city."""

    city: str
    sunny: bool


@tool
def get_weather(city: str) -> str:
    """Return the weather in a city."""
    return f"sunny in {city}"


def without_parser(request: RecordedRequest) -> Reply | None:
    """Return the reply of an engine without a tool parser but with a grammar."""
    if request.method != "POST":
        return None
    if request.json.get("tools"):
        return Reply(error="bad_request")
    if "response_format" not in request.json:
        return Reply(text="plain text")
    return Reply(text=ANSWER if "Result of get_weather" in request.text else CALL)


@pytest.fixture
def engine() -> Iterator[Emulator]:
    with Emulator(profile="vllm", script=[without_parser]) as emulator:
        yield emulator


@pytest.fixture
def model(engine: Emulator) -> Iterator[ChatIONOS]:
    with Emulator(engine=engine.base_url) as hub:
        yield ChatIONOS(api_key="any", base_url=hub.base_url, max_retries=0)


def schema_of(request: RecordedRequest) -> dict[str, Any]:
    schema: dict[str, Any] = request.json["response_format"]["json_schema"]["schema"]
    return schema


@pytest.mark.parametrize("stream", [False, True])
def test_agent(model: ChatIONOS, engine: Emulator, stream: bool) -> None:
    agent = create_agent(model.model_copy(update={"streaming": stream}), [get_weather])
    state = agent.invoke({"messages": [("user", "What is the weather in Berlin?")]})
    first, result, last = state["messages"][1:]
    assert isinstance(first, AIMessage)
    assert [(call["name"], call["args"]) for call in first.tool_calls] == [
        ("get_weather", {"city": "Berlin"})
    ]
    assert first.response_metadata["finish_reason"] == "tool_calls"
    assert isinstance(result, ToolMessage)
    assert last.text == "It is sunny in Berlin."
    assert "anyOf" in schema_of(engine.requests[-1])


def test_text_is_streamed(model: ChatIONOS, engine: Emulator) -> None:
    engine.inject(Reply(text=ANSWER, contains="Hallo"))
    chunks = list(model.bind_tools([get_weather]).stream("Hallo"))
    assert sum(bool(chunk.text) for chunk in chunks) > 3
    total = chunks[0]
    for chunk in chunks[1:]:
        total += chunk
    assert isinstance(total, AIMessageChunk)
    assert total.text == "It is sunny in Berlin."
    assert total.usage_metadata is not None


def test_forced_calls_allow_no_text(model: ChatIONOS, engine: Emulator) -> None:
    message = model.bind_tools([get_weather], tool_choice="any").invoke("Hallo")
    assert [call["name"] for call in message.tool_calls] == ["get_weather"]
    assert list(schema_of(engine.requests[-1])["properties"]) == ["tool_calls"]


def test_call_that_is_cut_off_is_invalid(model: ChatIONOS, engine: Emulator) -> None:
    engine.inject(Reply(text=CALL[:-12], finish_reason="length", contains="Hallo"))
    message = model.bind_tools([get_weather]).invoke("Hallo")
    assert message.tool_calls == []
    assert [call["name"] for call in message.invalid_tool_calls] == ["get_weather"]


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_structured_output(model: ChatIONOS, engine: Emulator, method: str) -> None:
    weather = {"city": "Berlin", "sunny": True}
    call = {"tool_calls": [{"name": "Weather", "arguments": weather}]}
    text = json.dumps(weather if method == "json_schema" else call)
    engine.inject(Reply(text=text, contains="sunny"))
    structured = model.with_structured_output(Weather, method=method)
    assert structured.invoke("It is sunny in Berlin.") == Weather(**weather)


def test_engine_is_probed_once(model: ChatIONOS, engine: Emulator) -> None:
    for _ in range(3):
        model.bind_tools([get_weather]).invoke("Hallo")
    assert sum(bool(request.json and request.json.get("tools")) for request in engine.requests) == 1
