"""Agents recorded in front of one server are replayed exactly without it."""

from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessageChunk
from langchain_core.tools import tool
from llama_index.core.agent.workflow import AgentStream, FunctionAgent
from llama_index.core.tools import FunctionTool

from ionos_model_hub.emulator import Emulator
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

# LlamaIndex's agents use deprecated parts of pydantic and of its workflows.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]

QUESTION = "What is the weather in Berlin, and what time is it there?"


@tool
def get_weather(city: str) -> str:
    """Return the weather in a city."""
    return f"sunny in {city}"


def get_time(city: str) -> str:
    """Return the time in a city."""
    return f"noon in {city}"


def run_langgraph(url: str) -> list[Any]:
    """Return the streamed chunks of the model; tools run in parallel, in any order."""
    agent = create_agent(ChatIONOS(api_key="any", base_url=url), [get_weather, tool(get_time)])
    inputs: Any = {"messages": [("user", QUESTION)]}
    chunks = [chunk for chunk, _ in agent.stream(inputs, stream_mode="messages")]
    messages = [chunk for chunk in chunks if isinstance(chunk, AIMessageChunk)]
    return [(each.text, each.tool_call_chunks, each.usage_metadata) for each in messages]


async def run_llama_index(url: str) -> list[Any]:
    """Return the streamed deltas, the tool calls and the final text of an agent."""
    tools = [FunctionTool.from_defaults(get_time), FunctionTool.from_defaults(get_weather.func)]
    llm = IONOS(api_key="any", base_url=url)
    handler = FunctionAgent(tools=tools, llm=llm, streaming=True).run(QUESTION)
    results = [
        (event.delta, [call.tool_kwargs for call in event.tool_calls])
        async for event in handler.stream_events()
        if isinstance(event, AgentStream)
    ]
    return [*results, str(await handler)]


@pytest.fixture
def engine_url(ionos_emulator: Emulator) -> str:
    return ionos_emulator.base_url


def test_langgraph_agent(engine_url: str, tmp_path: Path) -> None:
    with Emulator(record=tmp_path, upstream=engine_url) as recorder:
        recorded = run_langgraph(recorder.base_url)
    assert sum(bool(calls) for _, calls, _ in recorded) > 3, "tool calls are streamed"
    with Emulator(replay=tmp_path) as replayer:
        assert run_langgraph(replayer.base_url) == recorded
        assert run_langgraph(replayer.base_url) == recorded
        assert {request.response.source for request in replayer.requests} == {"replay"}


async def test_llama_index_agent(engine_url: str, tmp_path: Path) -> None:
    with Emulator(record=tmp_path, upstream=engine_url) as recorder:
        recorded = await run_llama_index(recorder.base_url)
    assert any(calls for _, calls in recorded[:-1]), "tools are called"
    with Emulator(replay=tmp_path) as replayer:
        assert await run_llama_index(replayer.base_url) == recorded
