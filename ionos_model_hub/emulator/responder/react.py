"""Responses to ReAct prompts: Thought, Action, Action Input, Observation, Answer."""

import ast
import json
import re
from typing import Any

from ionos_model_hub.emulator.engine.parsed import FunctionCall
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.responder.conversation import question_of, text_of
from ionos_model_hub.emulator.responder.tool_selection import choose_calls
from ionos_model_hub.emulator.responder.tools import Tool, make_tool
from ionos_model_hub.emulator.text import PARSE_ERRORS

_DESCRIBED_TOOL = re.compile(
    r"Tool Name:\s*(\S+)\s*\nTool Description:\s*(.*?)\nTool Args:\s*([^\n]*)", re.DOTALL
)
_LISTED_TOOL = re.compile(
    r"^([A-Za-z_][\w-]*)(?:\([^\n]*\)[^\n]*?)?(?: -|:)\s+([^\n]+)$", re.MULTILINE
)
_ALLOWED_NAMES = re.compile(r"one of \[([\w, -]+)\]")
_ACTION = re.compile(r"^Action:\s*(\S+)\s*\nAction Input:\s*(.*)$", re.MULTILINE)
_OBSERVATION = re.compile(
    r"^Observation:\s*(.*?)(?=\n(?:Thought|Action|Observation|Question):|\Z)",
    re.MULTILINE | re.DOTALL,
)
_HANDOFF_NOTICE = re.compile(r"Agent .+ is now handling the request ")
_QUESTION = re.compile(r"^Question:\s*(.+)$", re.MULTILINE)
_THOUGHT = "Thought: I need to use a tool to help me answer the question."
_FINAL_THOUGHT = (
    "Thought: I can answer without using any more tools. I'll use the user's language to answer"
)


def react_response(messages: list[Json], default: str) -> str | None:
    """Return the next step in the format of the prompt, or None if it is not a ReAct prompt.

    Args:
        messages: Messages of the request.
        default: Final answer if no tool is relevant.
    """
    texts = [text_of(message) for message in messages]
    prompts_at = [index for index, text in enumerate(texts) if _is_react_prompt(text)]
    if not prompts_at:
        return None
    prompt = texts[prompts_at[-1]]
    transcript = "\n".join([prompt.partition("Begin!")[2], *texts[prompts_at[-1] + 1 :]])
    called = [FunctionCall(name, _arguments(text)) for name, text in _ACTION.findall(transcript)]
    calls = choose_calls(_tools(prompt), _question(messages, transcript), called)
    if calls:
        return f"{_THOUGHT}\nAction: {calls[0].name}\nAction Input: {_input(prompt, calls[0])}"
    observations = [
        text.strip() for text in _OBSERVATION.findall(transcript) if not _HANDOFF_NOTICE.match(text)
    ]
    label = "Final Answer:" if "Final Answer:" in prompt else "Answer:"
    return f"{_FINAL_THOUGHT}\n{label} {' '.join(observations) or default}"


def _is_react_prompt(text: str) -> bool:
    return all(word in text for word in ("Thought:", "Action Input:", "Observation:"))


def _tools(prompt: str) -> list[Tool]:
    described = _DESCRIBED_TOOL.findall(prompt)
    if described:
        return [
            make_tool(name, description, _arguments(schema))
            for name, description, schema in described
        ]
    allowed = {
        name.strip() for names in _ALLOWED_NAMES.findall(prompt) for name in names.split(",")
    }
    schema = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
    return [
        Tool(name, description, schema)
        for name, description in _LISTED_TOOL.findall(prompt)
        if name in allowed
    ]


def _question(messages: list[Json], transcript: str) -> str:
    labelled: list[str] = _QUESTION.findall(transcript)
    user_texts = [question_of(message) for message in messages if message["role"] == "user"]
    user_texts = [text for text in user_texts if not text.startswith("Observation:")]
    return (labelled or user_texts or [""])[-1]


def _input(prompt: str, call: FunctionCall) -> str:
    """Return JSON, or plain text for tools that the prompt lists without a schema."""
    if "Tool Args:" in prompt:
        return json.dumps(call.arguments, ensure_ascii=False)
    return str(call.arguments["input"])


def _arguments(text: str) -> Json:
    value = _parse(text)
    return value if isinstance(value, dict) else {"input": text.strip()}


def _parse(text: str) -> Any:
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text)
        except PARSE_ERRORS:
            continue
    return None
