"""Default responses to a supervisor that hands over to other agents, as langgraph-supervisor."""

from typing import Any

import pytest

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.chat import create_chat_completion

SYSTEM = (
    "You are a supervisor of two agents.\n"
    "- research_expert: searches the web for current events\n"
    "- math_expert: solves equations and adds numbers"
)


def tool(agent: str) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": f"transfer_to_{agent}",
            "description": f"Ask agent '{agent}' for help",
            "parameters": {"type": "object", "properties": {}},
        },
    }


def call(name: str, number: int) -> dict[str, Any]:
    function = {"name": name, "arguments": "{}"}
    return {"id": f"call-{number}", "type": "function", "function": function}


def respond(question: str, *following: dict[str, Any]) -> dict[str, Any]:
    """Return the message of the supervisor."""
    body = {
        "model": "meta-llama/Llama-3.3-70B-Instruct",
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": question},
            *following,
        ],
        "tools": [tool("research_expert"), tool("math_expert")],
    }
    response = create_chat_completion(body, ServerConfig())
    assert isinstance(response, dict)
    message: dict[str, Any] = response["choices"][0]["message"]
    return message


@pytest.mark.parametrize(
    ("question", "agent"),
    [
        ("Ask the math expert.", "math_expert"),
        ("Solve these equations: x = 1", "math_expert"),
        ("Which current events are on the web?", "research_expert"),
        ("What is 3 + 4?", "math_expert"),
    ],
)
def test_supervisor_hands_over_to_the_agent_described_in_its_prompt(
    question: str, agent: str
) -> None:
    calls = respond(question)["tool_calls"]
    assert [each["function"]["name"] for each in calls] == [f"transfer_to_{agent}"]


def test_supervisor_returns_the_result_of_the_agent() -> None:
    message = respond(
        "Ask the math expert: 3 + 4",
        {"role": "assistant", "content": "", "tool_calls": [call("transfer_to_math_expert", 1)]},
        {
            "role": "tool",
            "content": "Successfully transferred to math_expert",
            "tool_call_id": "call-1",
        },
        {"role": "assistant", "content": "The sum is 7.", "name": "math_expert"},
        {
            "role": "assistant",
            "content": "Transferring back to supervisor",
            "tool_calls": [call("transfer_back_to_supervisor", 2)],
        },
        {"role": "tool", "content": "Successfully transferred back", "tool_call_id": "call-2"},
    )
    assert message["content"] == "The sum is 7."
    assert "tool_calls" not in message


def test_supervisor_greets() -> None:
    assert respond("Hello!")["content"] == "Hello! How can I help you today?"
