"""Agents whose model is cut off in a tool call, against a server that checks the history."""

import json
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from pydantic import BaseModel

from ionos_model_hub.emulator import Emulator, Reply
from langchain_ionos import ChatIONOS

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")

# A name, the arguments that arrived, and whether the response was cut off.
CUT_CALLS = {
    "in_the_arguments": ("delete", '{"path": "/ho', "length"),
    "after_the_name": ("delete", "", "length"),
    "closed_by_the_server": ("delete", "{}", "length"),
    "required_key_missing": ("delete", '{"force": true}', "length"),
    "all_optional_after_the_name": ("clean", "", "length"),
    "all_optional_closed_by_the_server": ("clean", "{}", "length"),
    "in_the_name": ("del", "{}", "length"),
    "malformed": ("delete", '{"path" "/home"}', "tool_calls"),
    "not_an_object": ("delete", "true", "tool_calls"),
}


@pytest.fixture
def executed() -> list[str]:
    return []


@pytest.fixture
def tools(executed: list[str]) -> list[BaseTool]:
    @tool
    def delete(path: str, force: bool = False) -> str:
        """Delete a directory."""
        executed.append(f"delete {path}")
        return "Deleted."

    @tool
    def clean(days: int = 30) -> str:
        """Delete old files."""
        executed.append(f"clean {days}")
        return "Cleaned."

    @tool
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        executed.append(f"get_weather {city}")
        return "Sunny."

    return [delete, clean, get_weather]


@pytest.fixture
def hub(ionos_emulator_env: Emulator) -> Emulator:
    return ionos_emulator_env


def reply(*calls: tuple[str, str], finish_reason: str, stream: bool) -> Reply:
    """Return a response with tool calls, streamed in the pieces that vLLM sends."""
    tool_calls = [
        {"index": index, "id": f"call-{index}", "function": {"name": name, "arguments": arguments}}
        for index, (name, arguments) in enumerate(calls)
    ]
    if not stream:
        message = {"role": "assistant", "content": None, "tool_calls": tool_calls}
        choice = {"index": 0, "message": message, "finish_reason": finish_reason}
        return Reply(json={"choices": [choice]})
    deltas: list[dict[str, Any]] = []
    for call in tool_calls:
        function: Any = call["function"]
        name_only = {**call, "function": {"name": function["name"]}}
        arguments = {"index": call["index"], "function": {"arguments": function["arguments"]}}
        deltas += [{"tool_calls": [name_only]}, {"tool_calls": [arguments]}]
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": finish_reason})
    return Reply(stream=[{"choices": [choice]} for choice in choices])


def run(agent: Any, text: str, config: Any, *, stream: bool) -> list[Any]:
    """Run an agent; return the messages of its checkpoint."""
    state = {"messages": [HumanMessage(text)]}
    if stream:
        list(agent.stream(state, config, stream_mode="messages"))
    else:
        agent.invoke(state, config)
    messages: list[Any] = agent.get_state(config).values["messages"]
    return messages


def check_histories(hub: Emulator) -> None:
    """Check, as vLLM does, that arguments in a history are JSON objects."""
    for request in hub.requests:
        for message in request.json["messages"]:
            for call in message.get("tool_calls", ()):
                assert isinstance(json.loads(call["function"]["arguments"]), dict)


def plain_graph(llm: ChatIONOS, tools: list[BaseTool]) -> Any:
    """Return LangGraph's usual loop of a model and its tools, without LangChain's agent."""
    model = llm.bind_tools(tools)
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode(tools))
    graph.set_entry_point("model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=InMemorySaver())


def agent_graph(llm: ChatIONOS, tools: list[BaseTool]) -> Any:
    return create_agent(llm, tools, checkpointer=InMemorySaver())


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("make", [agent_graph, plain_graph])
@pytest.mark.parametrize("case", CUT_CALLS)
def test_cut_call_does_not_run_and_the_thread_continues(
    hub: Emulator, tools: list[BaseTool], executed: list[str], make: Any, case: str, stream: bool
) -> None:
    name, arguments, finish_reason = CUT_CALLS[case]
    agent = make(ChatIONOS(max_retries=0), tools)
    config = {"configurable": {"thread_id": "1"}}
    hub.script(reply((name, arguments), finish_reason=finish_reason, stream=stream))
    messages = run(agent, "Hello", config, stream=stream)
    assert executed == []
    (call,) = messages[1].invalid_tool_calls
    assert messages[1].tool_calls == []
    assert (call["id"], call["name"]) == ("call-0", name)
    messages = run(agent, "Hello", config, stream=stream)
    assert messages[-1].text.startswith("Hello")
    assert executed == []
    check_histories(hub)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("make", [agent_graph, plain_graph])
def test_complete_call_before_a_cut_one_runs(
    hub: Emulator, tools: list[BaseTool], executed: list[str], make: Any, stream: bool
) -> None:
    agent = make(ChatIONOS(max_retries=0), tools)
    config = {"configurable": {"thread_id": "1"}}
    calls = ("get_weather", '{"city": "Berlin"}'), ("delete", '{"path": "/ho')
    hub.script(reply(*calls, finish_reason="length", stream=stream))
    messages = run(agent, "Hello", config, stream=stream)
    assert executed == ["get_weather Berlin"]
    assert [call["name"] for call in messages[1].invalid_tool_calls] == ["delete"]
    assert isinstance(messages[-1], AIMessage)
    run(agent, "Hello", config, stream=stream)
    assert len(hub.requests) == 3
    check_histories(hub)


@pytest.mark.parametrize("stream", [False, True])
def test_unknown_tool_is_left_to_the_agent(
    hub: Emulator, tools: list[BaseTool], executed: list[str], stream: bool
) -> None:
    agent = agent_graph(ChatIONOS(max_retries=0), tools)
    hub.script(reply(("no_such_tool", "{}"), finish_reason="tool_calls", stream=stream))
    messages = run(agent, "Hello", {"configurable": {"thread_id": "1"}}, stream=stream)
    assert executed == []
    assert any(isinstance(m, ToolMessage) and "no_such_tool" in m.text for m in messages)


async def test_protocol_events_report_cut_calls_as_invalid(
    hub: Emulator, tools: list[BaseTool], executed: list[str]
) -> None:
    for name, arguments, finish_reason in CUT_CALLS.values():
        hub.script(reply((name, arguments), finish_reason=finish_reason, stream=True))
        hub.script(reply((name, arguments), finish_reason=finish_reason, stream=True))
        llm: Any = ChatIONOS(max_retries=0).bind_tools(tools)
        for output in (
            llm.stream_events("?", version="v3").output,
            await (await llm.astream_events("?", version="v3")).output,
        ):
            assert output.tool_calls == []
            assert [call["name"] for call in output.invalid_tool_calls] == [name]
    assert executed == []


class Weather(BaseModel):
    city: str
    degrees: int


def test_forced_calls_of_agents_are_strict(hub: Emulator) -> None:
    agent = create_agent(ChatIONOS(), response_format=ToolStrategy(Weather))
    state = agent.invoke({"messages": [HumanMessage("Berlin: 20 degrees")]})
    assert isinstance(state["structured_response"], Weather)
    (sent,) = hub.requests[0].json["tools"]
    assert sent["function"]["strict"] is True
    assert sent["function"]["parameters"]["additionalProperties"] is False
