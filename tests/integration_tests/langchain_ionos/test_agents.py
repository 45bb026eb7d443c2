"""LangChain and LangGraph agents with the chat model, against the emulator."""

from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    HumanInTheLoopMiddleware,
    ModelFallbackMiddleware,
    ModelRetryMiddleware,
    SummarizationMiddleware,
)
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.exceptions import (
    ModelAuthenticationError,
    ModelError,
    ModelInvalidRequestError,
)
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import MessagesState, StateGraph
from langgraph.types import Command, RetryPolicy
from pydantic import BaseModel

from ionos_model_hub.emulator import Emulator, Reply
from langchain_ionos import ChatIONOS

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")

QUESTION = "What is the weather in Paris and in Berlin?"


class Weather(BaseModel):
    """The weather somewhere."""

    city: str
    degrees: int


@tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"It is 20 degrees in {city}."


@pytest.fixture
def hub(ionos_emulator_env: Emulator) -> Emulator:
    return ionos_emulator_env


@pytest.fixture
def llm(hub: Emulator) -> ChatIONOS:
    return ChatIONOS(max_retries=0)


def user_input(text: str) -> dict[str, Any]:
    return {"messages": [HumanMessage(text)]}


def tool_results(messages: list[Any]) -> list[str]:
    return [str(message.content) for message in messages if isinstance(message, ToolMessage)]


BOTH = ["It is 20 degrees in Paris.", "It is 20 degrees in Berlin."]


async def test_agent_runs_parallel_tools(llm: ChatIONOS) -> None:
    agent = create_agent(llm, [get_weather])
    for state in (agent.invoke(user_input(QUESTION)), await agent.ainvoke(user_input(QUESTION))):
        first = state["messages"][1]
        assert [call["args"]["city"] for call in first.tool_calls] == ["Paris", "Berlin"]
        assert tool_results(state["messages"]) == BOTH
        assert "20 degrees in Berlin" in state["messages"][-1].text


def test_agent_streams_messages(llm: ChatIONOS) -> None:
    agent = create_agent(llm, [get_weather])
    chunks = [
        chunk
        for chunk, _ in agent.stream(user_input(QUESTION), stream_mode="messages")
        if isinstance(chunk, AIMessageChunk)
    ]
    assert len([chunk for chunk in chunks if chunk.tool_call_chunks]) > 4
    assert len([chunk for chunk in chunks if chunk.text]) > 4
    assert len([chunk for chunk in chunks if chunk.usage_metadata]) == 2
    assert "20 degrees in Berlin" in "".join(chunk.text for chunk in chunks)


async def test_agent_streams_protocol_events(llm: ChatIONOS) -> None:
    agent = create_agent(llm, [get_weather])
    run = agent.stream_events(user_input(QUESTION), version="v3")
    messages = list(run.messages)
    calls = [call for message in messages for call in message.output.tool_calls]
    assert [call["args"]["city"] for call in calls] == ["Paris", "Berlin"]
    assert "20 degrees in Berlin" in messages[-1].output.text
    assert tool_results(run.output["messages"]) == BOTH
    history = run.output["messages"]
    assert all(m.response_metadata["output_version"] == "v1" for m in history if m.type == "ai")
    arun = await agent.astream_events(user_input(QUESTION), version="v3")
    output = await arun.output()
    assert tool_results(output["messages"]) == BOTH
    again = await agent.ainvoke({"messages": [*output["messages"], HumanMessage("Thanks!")]})
    assert again["messages"][-1].text


async def test_agent_streams_version_2_events(llm: ChatIONOS) -> None:
    agent = create_agent(llm, [get_weather])
    events = [event async for event in agent.astream_events(user_input(QUESTION), version="v2")]
    streamed = [event for event in events if event["event"] == "on_chat_model_stream"]
    assert len(streamed) > 8


def test_checkpointer_keeps_the_conversation(llm: ChatIONOS) -> None:
    agent = create_agent(llm, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    agent.invoke(user_input("My name is Ada."), config)
    state = agent.invoke(user_input("What is my name?"), config)
    assert len(state["messages"]) == 4
    assert "Ada" in state["messages"][-1].text


def test_human_edits_a_tool_call(llm: ChatIONOS) -> None:
    agent = create_agent(
        llm,
        [get_weather],
        middleware=[HumanInTheLoopMiddleware(interrupt_on={"get_weather": True})],
        checkpointer=InMemorySaver(),
    )
    config: Any = {"configurable": {"thread_id": "1"}}
    state = agent.invoke(user_input("What is the weather in Paris?"), config)
    assert state["__interrupt__"]
    assert tool_results(state["messages"]) == []
    edited = {"name": "get_weather", "args": {"city": "Rome"}}
    decision = {"type": "edit", "edited_action": edited}
    state = agent.invoke(Command(resume={"decisions": [decision]}), config)
    (result,) = tool_results(state["messages"])
    assert result.endswith("It is 20 degrees in Rome.")
    assert "Rome" in state["messages"][-1].text


@pytest.mark.parametrize("strategy", [ToolStrategy, ProviderStrategy])
async def test_structured_responses_with_both_strategies(
    llm: ChatIONOS, hub: Emulator, strategy: Any
) -> None:
    agent = create_agent(llm, [get_weather], response_format=strategy(Weather))
    for state in (agent.invoke(user_input(QUESTION)), await agent.ainvoke(user_input(QUESTION))):
        response = state["structured_response"]
        assert isinstance(response, Weather)
        assert response.city in ("Paris", "Berlin")
    sent = hub.requests[-1].json
    assert ("response_format" in sent) == (strategy is ProviderStrategy)
    if strategy is ToolStrategy:
        assert sent["tool_choice"] == "required"
    else:  # the engine lets the model call tools before it answers only if they are strict
        assert tool_results(state["messages"]) == BOTH


def test_profile_selects_the_native_strategy(llm: ChatIONOS, hub: Emulator) -> None:
    create_agent(llm, response_format=Weather).invoke(user_input("Paris: 20 degrees"))
    wrapper = hub.requests[-1].json["response_format"]["json_schema"]
    assert wrapper["schema"]["additionalProperties"] is False
    other = ChatIONOS(model="Qwen/Qwen3-Coder-Next")
    create_agent(other, response_format=Weather).invoke(user_input("Paris: 20 degrees"))
    assert "response_format" not in hub.requests[-1].json


def test_summaries_start_at_a_fraction_of_the_context(hub: Emulator) -> None:
    llm = ChatIONOS(profile={"max_input_tokens": 400})
    agent = create_agent(
        llm,
        middleware=[SummarizationMiddleware(llm, trigger=("fraction", 0.5), keep=("messages", 2))],
    )
    history: list[Any] = []
    for turn in range(8):
        history += [HumanMessage(f"Fact {turn}: " + "the sea is deep. " * 8), AIMessage("I see.")]
    state = agent.invoke({"messages": [*history, HumanMessage("How deep is the sea?")]})
    assert len(state["messages"]) < len(history)
    assert len(hub.requests) == 2


def test_reported_usage_triggers_summaries(llm: ChatIONOS, hub: Emulator) -> None:
    """SummarizationMiddleware uses it only if `ls_provider` is the message's provider."""
    middleware = SummarizationMiddleware(llm, trigger=("tokens", 1_000), keep=("messages", 1))
    agent = create_agent(llm, middleware=[middleware])
    reply = AIMessage(
        "I see.",
        usage_metadata={"input_tokens": 5_000, "output_tokens": 10, "total_tokens": 5_010},
        response_metadata={"model_provider": "ionos"},
    )
    agent.invoke({"messages": [HumanMessage("Hi"), reply, HumanMessage("Hello")]})
    assert len(hub.requests) == 2


def failed(status: int, message: str) -> Reply:
    return Reply(status=status, json={"error": {"message": message}})


def test_retry_middleware_retries_transient_errors(llm: ChatIONOS, hub: Emulator) -> None:
    retry = ModelRetryMiddleware(max_retries=2, initial_delay=0, on_failure="error")
    agent = create_agent(llm, middleware=[retry])
    hub.script(failed(503, "Busy."), failed(429, "Slow down."))
    assert agent.invoke(user_input("Hello"))["messages"][-1].text.startswith("Hello")
    assert len(hub.requests) == 3


def test_retry_middleware_does_not_retry_final_errors(llm: ChatIONOS, hub: Emulator) -> None:
    retry = ModelRetryMiddleware(max_retries=2, initial_delay=0, on_failure="error")
    agent = create_agent(llm, middleware=[retry])
    hub.script(failed(401, "Who are you?"))
    with pytest.raises(ModelAuthenticationError):
        agent.invoke(user_input("Hello"))
    assert len(hub.requests) == 1


@pytest.mark.parametrize(
    ("status", "requests"), [(400, 1), (401, 1), (403, 1), (404, 1), (429, 3), (503, 3)]
)
def test_default_retry_policy_of_langgraph_retries_only_transient_errors(
    llm: ChatIONOS, hub: Emulator, status: int, requests: int
) -> None:
    graph = StateGraph(MessagesState)
    policy = RetryPolicy(initial_interval=0, jitter=False)
    graph.add_node(
        "model",
        lambda state: {"messages": [llm.invoke(state["messages"])]},
        retry_policy=policy,
    )
    graph.set_entry_point("model")
    hub.script(*[failed(status, "No.")] * 3)
    with pytest.raises(ModelError):
        graph.compile().invoke({"messages": [HumanMessage("Hello")]})
    assert len(hub.requests) == requests


def test_fallback_middleware_uses_another_model(llm: ChatIONOS, hub: Emulator) -> None:
    other = ChatIONOS(model="meta-llama/Llama-3.3-70B-Instruct")
    agent = create_agent(llm, middleware=[ModelFallbackMiddleware(other)])
    hub.script(failed(500, "Oops."))
    state = agent.invoke(user_input("Hello"))
    name = state["messages"][-1].response_metadata["model_name"]
    assert name == "meta-llama/Llama-3.3-70B-Instruct"


def test_context_overflow_shortens_the_summary_request(llm: ChatIONOS, hub: Emulator) -> None:
    middleware = SummarizationMiddleware(llm, trigger=("messages", 20), keep=("messages", 1))
    agent = create_agent(llm, middleware=[middleware])
    hub.script(failed(400, "This model's maximum context length is 8192 tokens."))
    history = [HumanMessage(f"Fact {turn}: " + "the sea is deep. " * 40) for turn in range(20)]
    state = agent.invoke({"messages": [*history, HumanMessage("Hello")]})
    assert state["messages"][-1].text
    too_long, shorter, _ = [len(str(request.json)) for request in hub.requests]
    assert shorter < too_long


async def test_file_in_a_tool_result_does_not_end_the_run(llm: ChatIONOS, hub: Emulator) -> None:
    """MCP servers return resource links and files, which the API does not accept."""

    @tool
    def get_report(city: str) -> list[dict[str, Any]]:
        """Get the report of a city."""
        file = {"type": "file", "url": "https://e.org/a.pdf", "mime_type": "application/pdf"}
        return [{"type": "text", "text": f"Report of {city}:"}, file]

    agent = create_agent(llm, [get_report], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    state = await agent.ainvoke(user_input("Get the report of Paris"), config)
    assert isinstance(state["messages"][2], ToolMessage)
    sent = hub.requests[1].json["messages"][-1]
    assert sent["content"] == (
        "Report of Paris:\n[file that cannot be shown: https://e.org/a.pdf, application/pdf]"
    )
    agent.invoke(user_input("Hello"), config)
    assert len(hub.requests) == 3


@pytest.mark.parametrize(
    "message",
    ["Unexpected role 'user' after role 'tool'", "System message must be at the beginning."],
)
def test_rejected_conversation_can_be_repaired(llm: ChatIONOS, hub: Emulator, message: str) -> None:
    call = {"name": "get_weather", "args": {"city": "Paris"}, "id": "1"}
    history: list[Any] = [
        HumanMessage("Weather?"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("Sunny.", tool_call_id="1"),
        HumanMessage("Hello"),
        SystemMessage("Be kind."),
    ]
    hub.script(failed(400, message))
    with pytest.raises(ModelInvalidRequestError, match="repair_conversation=True"):
        llm.invoke(history)
    ChatIONOS(repair_conversation=True).invoke(history)
    roles = [sent["role"] for sent in hub.requests[-1].json["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]
