import json
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.agent.workflow import (
    AgentStream,
    AgentStreamStructuredOutput,
    AgentWorkflow,
    CodeActAgent,
    FunctionAgent,
    ReActAgent,
    ToolCallResult,
)
from llama_index.core.base.llms.types import ChatMessage, DocumentBlock, ImageBlock, TextBlock
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.tools import FunctionTool, ToolMetadata
from llama_index.core.workflow import Context
from pydantic import BaseModel
from workflows.errors import WorkflowRuntimeError

from ionos_model_hub.emulator import Call, Emulator, Reply
from llama_index_ionos import IONOS

# LlamaIndex's agents use deprecated parts of pydantic and of its workflows.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 24


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def weather(city: str) -> str:
    """Report the weather in a city."""
    return f"It is sunny in {city}."


class City(BaseModel):
    """A city."""

    name: str


ANSWER = ("Thought: I can answer without using any more tools.\nAnswer: done", "stop")


def text_reply(text: str, finish_reason: str) -> Reply:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish_reason}
    return Reply(stream=[{"choices": [choice]}])


@pytest.fixture
def llm(ionos_emulator_env: Emulator) -> IONOS:
    return IONOS()


@pytest.mark.parametrize("streaming", [True, False])
async def test_function_agent_calls_tools_and_answers(llm: IONOS, streaming: bool) -> None:
    agent = FunctionAgent(tools=[add, weather], llm=llm, streaming=streaming)

    output = await agent.run("What is 3 + 4?")

    assert [call.tool_output.content for call in output.tool_calls] == ["7"]
    assert "7" in (output.response.content or "")
    assert output.raw["usage"]["total_tokens"] > 0


@pytest.mark.parametrize("streaming", [True, False])
async def test_function_agent_makes_parallel_calls(llm: IONOS, streaming: bool) -> None:
    agent = FunctionAgent(tools=[weather], llm=llm, streaming=streaming)
    output = await agent.run("What is the weather in Berlin and in Paris?")
    assert [call.tool_kwargs for call in output.tool_calls] == [
        {"city": "Berlin"},
        {"city": "Paris"},
    ]


async def test_function_agent_without_parallel_calls(llm: IONOS) -> None:
    agent = FunctionAgent(tools=[weather], llm=llm, allow_parallel_tool_calls=False)
    handler = agent.run("What is the weather in Berlin and in Paris?")
    steps = [event async for event in handler.stream_events() if isinstance(event, AgentStream)]
    output = await handler

    assert len(output.tool_calls) == 2
    assert max(len(step.tool_calls) for step in steps) == 1


async def test_streamed_deltas_of_an_agent_add_up_to_its_response(llm: IONOS) -> None:
    handler = FunctionAgent(tools=[add], llm=llm).run("What is 3 + 4?")
    steps = [event async for event in handler.stream_events() if isinstance(event, AgentStream)]
    output = await handler

    assert "".join(step.delta for step in steps) == output.response.content
    assert "".join(step.thinking_delta or "" for step in steps)
    assert steps[-1].raw["choices"][0]["finish_reason"] == "stop"  # type: ignore[index]
    assert steps[-1].response == output.response.content


async def test_initial_tool_choice_is_sent_only_once(llm: IONOS, ionos_emulator: Emulator) -> None:
    agent = FunctionAgent(tools=[add, weather], llm=llm, initial_tool_choice="weather")
    output = await agent.run("Hello there.")
    assert output.tool_calls[0].tool_name == "weather"
    named = {"type": "function", "function": {"name": "weather"}}
    choices = [request.json.get("tool_choice") for request in ionos_emulator.requests]
    assert choices == [named, None]


async def test_agent_with_output_cls_returns_an_object(llm: IONOS) -> None:
    agent = FunctionAgent(tools=[weather], llm=llm, output_cls=City, system_prompt="Be exact.")
    handler = agent.run("What is the weather in Berlin?")
    events = [event async for event in handler.stream_events()]
    output = await handler

    assert output.get_pydantic_model(City) == City(name="Berlin")
    assert any(isinstance(event, AgentStreamStructuredOutput) for event in events)


async def test_image_from_tool_is_sent_to_the_model(llm: IONOS, ionos_emulator: Emulator) -> None:
    def look() -> list[TextBlock | ImageBlock]:
        """Look out of the window."""
        return [TextBlock(text="There:"), ImageBlock(image=PNG)]

    llm.model = "mistralai/Mistral-Small-24B-Instruct"
    agent = FunctionAgent(tools=[look], llm=llm, initial_tool_choice="look")
    await agent.run("Look out of the window.")

    (result,) = [m for m in ionos_emulator.requests[-1].json["messages"] if m["role"] == "tool"]
    assert [part["type"] for part in result["content"]] == ["text", "image_url"]


async def test_return_direct_ends_the_run(llm: IONOS) -> None:
    tool = FunctionTool.from_defaults(add, return_direct=True)
    memory = ChatMemoryBuffer.from_defaults(llm=llm)
    agent = FunctionAgent(tools=[tool], llm=llm)

    output = await agent.run("What is 3 + 4?", memory=memory)
    second = await agent.run("Say exactly: done", memory=memory)

    assert output.response.content == "7"
    assert second.response.content == "done"


def team(llm: IONOS) -> AgentWorkflow:
    """Return two agents; the first hands calculations over to the second."""
    researcher = FunctionAgent(
        name="Researcher",
        description="Looks up the weather of cities",
        system_prompt="You know the weather.",
        tools=[weather],
        llm=llm,
        can_handoff_to=["Calculator"],
    )
    calculator = FunctionAgent(
        name="Calculator",
        description="Adds numbers",
        system_prompt="You calculate.",
        tools=[add],
        llm=llm,
    )
    return AgentWorkflow(agents=[researcher, calculator], root_agent="Researcher")


async def test_workflow_hands_off_to_another_agent(llm: IONOS) -> None:
    handler = team(llm).run("Hand off to the Calculator: what is 3 + 4?")
    called = [
        event.tool_name
        async for event in handler.stream_events()
        if isinstance(event, ToolCallResult)
    ]
    output = await handler

    assert called == ["handoff", "add"]
    assert output.current_agent_name == "Calculator"
    assert "7" in (output.response.content or "")


@pytest.mark.parametrize("agent", [FunctionAgent, ReActAgent])
async def test_state_of_a_workflow_is_not_part_of_the_question(agent: Any, llm: IONOS) -> None:
    forecaster = agent(name="Forecaster", tools=[weather], llm=llm)
    workflow = AgentWorkflow(agents=[forecaster], initial_state={"city": "Rome", "visits": 3})
    output = await workflow.run("What is the weather in Kiel?")
    assert [call.tool_kwargs for call in output.tool_calls] == [{"city": "Kiel"}]


async def test_react_agent_answers_without_the_notice_of_a_handoff(llm: IONOS) -> None:
    office = ReActAgent(name="Office", description="Adds numbers", tools=[add], llm=llm)
    forecaster = ReActAgent(
        name="Forecaster", description="Knows the weather of cities", tools=[weather], llm=llm
    )
    workflow = AgentWorkflow(agents=[office, forecaster], root_agent="Office")
    output = await workflow.run("What is the weather in Kiel?")
    assert output.current_agent_name == "Forecaster"
    assert output.response.content == weather("Kiel")


def test_workflow_from_functions_uses_function_agent(llm: IONOS) -> None:
    workflow = AgentWorkflow.from_tools_or_functions([add], llm=llm)
    assert all(isinstance(agent, FunctionAgent) for agent in workflow.agents.values())


@pytest.mark.parametrize("streaming", [True, False])
async def test_react_agent_calls_tools_and_answers(llm: IONOS, streaming: bool) -> None:
    output = await ReActAgent(tools=[add], llm=llm, streaming=streaming).run("What is 3 + 4?")
    assert [call.tool_output.content for call in output.tool_calls] == ["7"]
    assert "7" in (output.response.content or "")


async def test_react_agent_does_not_run_a_truncated_action(
    llm: IONOS, ionos_emulator: Emulator
) -> None:
    executed: list[int] = []

    def double(number: int) -> int:
        """Double a number."""
        executed.append(number)
        return 2 * number

    action = 'Thought: I need a tool.\nAction: double\nAction Input: {"number": 1'
    ionos_emulator.script(
        *(text_reply(text, reason) for text, reason in ((action, "length"), ANSWER))
    )

    output = await ReActAgent(tools=[double], llm=llm).run("What is 2 * 12?")

    assert executed == []
    assert output.response.content == "done"


async def test_lone_surrogate_in_a_tool_result_is_replaced(
    llm: IONOS, ionos_emulator: Emulator
) -> None:
    def look() -> str:
        """Look out of the window."""
        return "half \ud83d"

    agent = FunctionAgent(tools=[look], llm=llm, initial_tool_choice="look")
    await agent.run("Look out of the window.")

    (result,) = [m for m in ionos_emulator.requests[-1].json["messages"] if m["role"] == "tool"]
    assert result["content"] == "half \ufffd"


async def test_document_from_a_tool_does_not_end_the_run(
    llm: IONOS, ionos_emulator: Emulator
) -> None:
    def fetch() -> DocumentBlock:
        """Fetch the contract."""
        return DocumentBlock(data=b"%PDF-1.7", title="contract.pdf")

    ionos_emulator.script(Reply(tool_calls=[Call("fetch")]), Reply(text="It is a PDF file."))

    output = await FunctionAgent(tools=[fetch], llm=llm).run("Fetch the contract.")

    assert output.response.content == "It is a PDF file."
    assert "contract.pdf" in ionos_emulator.requests[-1].json["messages"][-1]["content"]


async def test_tool_without_description_is_called(llm: IONOS, ionos_emulator: Emulator) -> None:
    tool = FunctionTool(lambda: "12:00", ToolMetadata(description=None, name="now"))  # type: ignore[arg-type]
    agent = FunctionAgent(tools=[tool], llm=llm, initial_tool_choice="now")

    output = await agent.run("What time is it?")

    assert [call.tool_name for call in output.tool_calls] == ["now"]
    assert "description" not in ionos_emulator.requests[0].json["tools"][0]["function"]


@pytest.mark.parametrize("streaming", [True, False])
async def test_code_agent_executes_code(llm: IONOS, streaming: bool) -> None:
    executed: list[str] = []

    def execute(code: str) -> str:
        executed.append(code)
        return "7"

    agent = CodeActAgent(tools=[add], llm=llm, code_execute_fn=execute, streaming=streaming)
    output = await agent.run("What is 3 + 4?")

    assert "add(" in executed[0]
    assert "7" in (output.response.content or "")


async def test_context_is_restored_from_json(llm: IONOS) -> None:
    agent = FunctionAgent(tools=[add], llm=llm)
    memory = ChatMemoryBuffer.from_defaults(llm=llm)
    context = Context(agent)
    await agent.run("What is 3 + 4?", ctx=context, memory=memory)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LlamaIndex warns that the memory is not included
        dumped = json.dumps(context.to_dict())
        messages = json.dumps([message.model_dump() for message in await memory.aget()])
    restored = Context.from_dict(agent, json.loads(dumped))
    history = [ChatMessage.model_validate(each) for each in json.loads(messages)]
    output = await agent.run("Say exactly: done", ctx=restored, chat_history=history)

    assert [message.role.value for message in history] == ["user", "assistant", "tool", "assistant"]
    assert output.response.content == "done"


async def test_max_iterations_is_error(llm: IONOS) -> None:
    agent = FunctionAgent(tools=[add], llm=llm)
    with pytest.raises(WorkflowRuntimeError, match="Max iterations of 1"):
        await agent.run("What is 3 + 4?", max_iterations=1)


@pytest.mark.parametrize("merge", [False, True])
async def test_max_iterations_with_early_stopping_generates_response(
    llm: IONOS, ionos_emulator: Emulator, merge: bool
) -> None:
    llm.merge_system_messages = merge
    agent = FunctionAgent(tools=[add], llm=llm, system_prompt="Be exact.")
    run: Callable[..., Any] = agent.run

    output = await run("What is 3 + 4?", max_iterations=1, early_stopping_method="generate")

    roles = [message["role"] for message in ionos_emulator.requests[-1].json["messages"]]
    assert roles == (["system", "user"] if merge else ["system", "user", "system"])
    assert output.response.content
