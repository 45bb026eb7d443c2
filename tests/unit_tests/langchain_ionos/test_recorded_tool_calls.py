"""Responses recorded from vLLM: which tool calls may run, by every method of the chat model."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import Runnable
from langchain_server import Connect, Json, respond, stream_response

from langchain_ionos import ChatIONOS

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")

RECORDINGS: list[Json] = json.loads(
    (Path(__file__).parents[2] / "data/vllm_0.32.0_tool_calls.json").read_text()
)
BERLIN: Json = {"city": "Berlin"}
BOTH = [("get_weather", BERLIN), ("get_time", {"city": "Münster ä 🚢"})]
# Recording and parser to the valid calls, and to the names of the invalid ones.
EXPECTED: dict[tuple[str, str], tuple[list[tuple[str, Json]], list[str]]] = {
    ("tools auto parallel", "hermes"): (BOTH, []),
    ("tools junk stream", "hermes"): ([], ["get_weather"]),
    ("tool without parameters required", "hermes"): ([("now", {})], []),
    ("tool without parameters named", "llama3_json"): ([("now", {})], []),
    ("tools auto stream", "llama3_json"): ([("get_weather", BERLIN)], []),
    ("tools parallel_tool_calls=false", "llama3_json"): ([], ["get_weather"]),
    ("tools named cut", "llama3_json"): ([], ["get_weather"]),
    ("tools junk", "llama3_json"): ([], ["get_weather"]),
    ("tools required", "qwen3_coder"): ([], ["get_time"]),
    ("tools required cut stream", "qwen3_coder"): ([], ["ge"]),
    ("tools named stream", "qwen3_coder"): ([], ["get_weather"]),
    ("tool without parameters required", "qwen3_coder"): ([("now", {})], []),
}


def bind(connect: Connect, recording: Json) -> Runnable[Any, AIMessage]:
    """Return a model whose server sends a recorded response."""

    def send(request: Json) -> httpx.Response:
        if "events" in recording:
            return stream_response(recording["events"])
        return respond(request, recording["body"])

    tools = [
        {"type": "function", "function": {"name": name, "parameters": parameters}}
        for name, parameters in recording["tools"].items()
    ]
    streaming = {"streaming": True} if "events" in recording else {}
    return ChatIONOS(**connect(send), **streaming).bind_tools(tools)


async def messages_of(llm: Any, *, is_stream: bool) -> list[AIMessage]:
    """Return the message from every method."""
    messages = [llm.stream_events("?", version="v3").output, sum_chunks(list(llm.stream("?")))]
    messages.append(sum_chunks([chunk async for chunk in llm.astream("?")]))
    messages.append(await (await llm.astream_events("?", version="v3")).output)
    return messages if is_stream else [*messages, llm.invoke("?"), await llm.ainvoke("?")]


def sum_chunks(chunks: list[Any]) -> AIMessage:
    message = chunks[0]
    for chunk in chunks[1:]:
        message = message + chunk
    assert isinstance(message, AIMessage)
    return message


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda r: f"{r['parser']}-{r['name']}")
def test_recorded_calls(connect: Connect, recording: Json) -> None:
    llm = bind(connect, recording)
    messages = asyncio.run(messages_of(llm, is_stream="events" in recording))
    outcomes = [
        (
            [(call["name"], call["args"]) for call in message.tool_calls],
            [call["name"] for call in message.invalid_tool_calls],
        )
        for message in messages
    ]
    first, *others = outcomes
    assert others == [first] * len(others)
    assert first == EXPECTED.get((recording["name"], recording["parser"]), first)
    for name, arguments in first[0]:
        assert arguments.keys() >= set(recording["tools"][name].get("required", ()))


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda r: f"{r['parser']}-{r['name']}")
def test_conversation_continues_after_a_recorded_response(
    connect: Connect, recording: Json
) -> None:
    bodies: list[Json] = []

    def record(request: Json) -> httpx.Response:
        bodies.append(request)
        return httpx.Response(200, json={"choices": [{"index": 0, "message": {"content": "OK"}}]})

    messages = asyncio.run(messages_of(bind(connect, recording), is_stream="events" in recording))
    for message in messages:
        calls = [*message.tool_calls, *message.invalid_tool_calls]
        results = [ToolMessage("done", tool_call_id=str(call["id"])) for call in calls]
        ChatIONOS(**connect(record)).invoke([message, *results, HumanMessage("Go on")])
        sent = bodies[-1]["messages"][0].get("tool_calls", [])
        assert len(sent) == len(calls)
        for call in sent:
            assert isinstance(json.loads(call["function"]["arguments"]), dict)


def test_every_expectation_has_a_recording() -> None:
    assert EXPECTED.keys() <= {(each["name"], each["parser"]) for each in RECORDINGS}
