"""Agents with tool calls recorded from vLLM 0.32.0: invalid calls do not run, agents continue."""

import json
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.tools import FunctionTool, ToolMetadata
from pydantic import BaseModel, create_model

from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.wire.tool_calls import CUT_OFF, LEFT_IN_TEXT, NOT_AN_OBJECT
from llama_index_ionos import IONOS

# LlamaIndex's agents use deprecated parts of pydantic and of its workflows.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]

DATA = Path(__file__).parents[2] / "data" / "vllm_0.32.0_tool_calls.json"
RECORDINGS: dict[tuple[str, str], dict[str, Any]] = {
    (recording["name"], recording["parser"]): recording
    for recording in json.loads(DATA.read_text("utf-8"))
}
BERLIN = ("get_weather", {"city": "Berlin"})
MUNSTER = ("get_time", {"city": "Münster ä 🚢"})

# Calls that run, and the reason why another call does not.
OUTCOMES: dict[tuple[str, str], tuple[list[tuple[str, dict[str, Any]]], str | None]] = {
    ("tools auto stream", "hermes"): ([BERLIN], None),
    ("tools auto parallel", "hermes"): ([BERLIN, MUNSTER], None),
    ("tools junk stream", "hermes"): ([], NOT_AN_OBJECT),
    ("tool without parameters required", "hermes"): ([("now", {})], None),
    ("tool without parameters named", "hermes"): ([("now", {})], None),
    ("tools auto stream", "llama3_json"): ([BERLIN], None),
    ("tools parallel_tool_calls=false", "llama3_json"): ([], NOT_AN_OBJECT),
    ("tools named cut", "llama3_json"): ([], CUT_OFF),
    ("tools junk", "llama3_json"): ([], LEFT_IN_TEXT),
    ("tools junk stream", "llama3_json"): ([], LEFT_IN_TEXT),
    ("tools required", "qwen3_coder"): ([], CUT_OFF),
    ("tools required cut stream", "qwen3_coder"): ([], CUT_OFF),
    ("tools named stream", "qwen3_coder"): ([], CUT_OFF),
}


def make_tools(recording: dict[str, Any], executed: list[Any]) -> list[FunctionTool]:
    """Return tools that record how they are called and accept any arguments."""

    def make_tool(name: str, parameters: dict[str, Any]) -> FunctionTool:
        fields: dict[str, Any] = dict.fromkeys(parameters.get("properties", {}), (str, ...))
        schema: type[BaseModel] = create_model(name, **fields)

        def run(**arguments: Any) -> str:
            executed.append((name, arguments))
            return "42"

        return FunctionTool(run, ToolMetadata("A tool.", name, schema))

    return [make_tool(name, parameters) for name, parameters in recording["tools"].items()]


def replay(recording: dict[str, Any]) -> Reply:
    return Reply(json=recording.get("body"), stream=recording.get("events"))


def text_reply(text: str, *, streaming: bool) -> Reply:
    if not streaming:
        return Reply(json={"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": "stop"}
    return Reply(stream=[{"choices": [choice]}])


@pytest.mark.parametrize("workflow", [False, True])
@pytest.mark.parametrize("key", OUTCOMES, ids="-".join)
async def test_agent_continues(
    key: tuple[str, str], workflow: bool, ionos_emulator_env: Emulator
) -> None:
    recording = RECORDINGS[key]
    runs, reason = OUTCOMES[key]
    streaming = "events" in recording
    executed: list[Any] = []
    agent = FunctionAgent(
        llm=IONOS(model="meta-llama/Llama-3.3-70B-Instruct"),
        tools=make_tools(recording, executed),
        streaming=streaming,
    )
    memory = ChatMemoryBuffer.from_defaults(llm=agent.llm)
    ionos_emulator_env.script(
        replay(recording),
        text_reply("done", streaming=streaming),
        text_reply("again", streaming=streaming),
    )
    run = AgentWorkflow(agents=[agent]).run if workflow else agent.run

    output = await run("Weather", memory=memory)
    second = await agent.run("And now?", memory=memory)

    assert executed == runs
    assert (output.response.content, second.response.content) == ("done", "again")
    check_requests([request.json for request in ionos_emulator_env.requests[1:]], reason)


@pytest.mark.parametrize(
    "text", ["<tool_call>", '<tool_call>{"na', "[TOOL_CALLS]", '[TOOL_CALLS]get_weather[ARGS]{"ci']
)
@pytest.mark.parametrize("streaming", [True, False])
async def test_call_that_was_cut_off_in_the_text(
    text: str, streaming: bool, ionos_emulator_env: Emulator
) -> None:
    recording = RECORDINGS["tools named cut", "llama3_json"]
    executed: list[Any] = []
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "length"}
    ionos_emulator_env.script(
        Reply(stream=[{"choices": [{**choice, "delta": message}]}])
        if streaming
        else Reply(json={"choices": [{**choice, "message": message}]}),
        text_reply("done", streaming=streaming),
    )
    agent = FunctionAgent(llm=IONOS(), tools=make_tools(recording, executed), streaming=streaming)

    output = await agent.run("Weather")

    assert executed == []
    assert output.response.content == "done"
    (_, request) = ionos_emulator_env.requests
    check_requests([request.json], CUT_OFF)


def check_requests(requests: list[dict[str, Any]], reason: str | None) -> None:
    """Check that each call in a history is a JSON object and has a result, which has the reason."""
    for request in requests:
        calls = [
            call for message in request["messages"] for call in message.get("tool_calls") or ()
        ]
        results = [message for message in request["messages"] if message["role"] == "tool"]
        assert calls
        assert all(isinstance(json.loads(call["function"]["arguments"]), dict) for call in calls)
        assert all(call["function"]["name"] for call in calls)
        assert [call["id"] for call in calls] == [result["tool_call_id"] for result in results]
        assert reason is None or reason in str(results[-1]["content"])
