"""Prompts in a known format with invalid parts get a response as well."""

from typing import Any

import pytest

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.chat import create_chat_completion

REACT = (
    "Thought: x\nAction Input: y\nObservation: z\n"
    "Tool Name: foo\nTool Description: foo it\nTool Args: {}\nQuestion: foo it"
)
CODE = "<execute> following functions:\ndef foo{}:\n    pass\nfoo it"


def respond(prompt: str, **changes: Any) -> Any:
    body = {
        "model": "meta-llama/Llama-3.3-70B-Instruct",
        "messages": [{"role": "user", "content": prompt}],
    }
    (choice,) = create_chat_completion({**body, **changes}, ServerConfig())["choices"]
    return choice["message"]


@pytest.mark.parametrize("arguments", ['{"type": 5}', "[1]", '{"a":' * 3_000, "[" * 3_000])
def test_tools_of_react_prompts_with_invalid_parameters(arguments: str) -> None:
    assert "Action: foo\n" in respond(REACT.replace("{}", arguments))["content"]


@pytest.mark.parametrize("signature", ["(x y)", "(x=\0)", f"(a={'(' * 500}{')' * 500})"])
def test_functions_of_code_prompts_with_invalid_signatures(signature: str) -> None:
    assert "foo()" in respond(CODE.replace("{}", signature))["content"]


def test_schemas_in_prompts_that_are_nested_too_deeply() -> None:
    assert respond("Follow this schema: " + '{"a":' * 3_000)["content"]


@pytest.mark.parametrize("description", ["{1, 2}", "{" * 300, "{'a': }"])
def test_handoff_tools_whose_description_lists_no_agents(description: str) -> None:
    properties = {"to_agent": {"type": "string"}}
    parameters = {"type": "object", "properties": properties}
    function = {"name": "handoff", "description": description, "parameters": parameters}
    tools = [{"type": "function", "function": function}]
    assert "tool_calls" not in respond("Please book a boat.", tools=tools)


def test_labelled_question_without_an_answer_is_quoted() -> None:
    prompt = "Context: Fish swim.\nQuery: Describe a berth. Also describe its price.\nAnswer: "
    content = respond(prompt)["content"]
    assert "You asked: Also describe its price." in content
    assert not content.startswith("Query:")
