"""IONOSImageTool against the emulator, alone and in an agent."""

import asyncio
import pickle
from base64 import b64decode

import pytest
from langchain.agents import create_agent
from langchain_core.exceptions import ModelRateLimitError
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from ionos_model_hub.emulator import Emulator, Reply
from langchain_ionos import ChatIONOS, IONOSImageTool

REQUEST = {"messages": [HumanMessage("Please generate an image of a lighthouse at dusk")]}


@pytest.fixture
def tool(ionos_emulator_env: Emulator) -> IONOSImageTool:
    return IONOSImageTool(size="512x512")


def test_artifact_contains_image_files(tool: IONOSImageTool) -> None:
    message = tool.invoke(
        {"type": "tool_call", "id": "1", "name": tool.name, "args": {"prompt": "A lake", "n": 2}}
    )
    assert len(message.artifact) == 2
    for block in message.artifact:
        data = b64decode(block["base64"])
        assert data.startswith(b"\x89PNG")
        assert int.from_bytes(data[16:20]) == 512


@pytest.mark.parametrize(
    ("show_to_model", "model"),
    [(False, "openai/gpt-oss-120b"), (True, "mistralai/Mistral-Small-24B-Instruct")],
)
async def test_agent_generates_images(
    tool: IONOSImageTool, ionos_emulator: Emulator, show_to_model: bool, model: str
) -> None:
    tool.show_to_model = show_to_model
    agent = create_agent(ChatIONOS(model=model), [tool])
    for state in (agent.invoke(REQUEST), await agent.ainvoke(REQUEST)):
        _, call, result, reply = state["messages"]
        assert isinstance(call, AIMessage)
        assert isinstance(result, ToolMessage)
        assert (result.name, result.status) == ("generate_image", "success")
        assert result.artifact[0]["mime_type"] == "image/png"
        assert reply.text
        block_types = [block["type"] for block in result.content_blocks]
        assert block_types == (["text", "image"] if show_to_model else ["text"])
    sent = [request.json for request in ionos_emulator.requests]
    assert [len(body.get("tools", ())) for body in sent] == [1, 0, 1] * 2
    assert ("image_url" in str(sent[-1]["messages"])) is show_to_model


async def test_rate_limit_errors_are_raised(tool: IONOSImageTool, ionos_emulator: Emulator) -> None:
    tool.max_retries = 0
    rejection = Reply(status=429, json={"error": {"message": "slow down"}})
    ionos_emulator.script(rejection, rejection)
    with pytest.raises(ModelRateLimitError):
        tool.invoke({"prompt": "A lake"})
    with pytest.raises(ModelRateLimitError):
        await tool.ainvoke({"prompt": "A lake"})


def test_several_event_loops_and_a_pickle(tool: IONOSImageTool) -> None:
    for each in (tool, pickle.loads(pickle.dumps(tool))):  # our own pickle
        for _ in range(3):
            assert asyncio.run(each.ainvoke({"prompt": "A lake"}))
