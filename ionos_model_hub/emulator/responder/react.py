"""Agents that are steered by their prompt: Thought, Action, Action Input, Observation, Answer."""

import ast
import json
import re
from typing import Any

from ionos_model_hub.emulator.contract import Json
from ionos_model_hub.emulator.responder.conversation import Call, text_of
from ionos_model_hub.emulator.responder.tools import Tool, choose_calls

_DESCRIBED = re.compile(
    r"Tool Name:\s*(\S+)\s*\nTool Description:\s*(.*?)\nTool Args:\s*([^\n]*)", re.DOTALL
)
_LISTED = re.compile(r"^([A-Za-z_][\w-]*)(?:\([^\n]*\)[^\n]*?)?(?: -|:)\s+([^\n]+)$", re.MULTILINE)
_ALLOWED = re.compile(r"one of \[([\w, -]+)\]")
_ACTION = re.compile(r"^Action:\s*(\S+)\s*\nAction Input:\s*(.*)$", re.MULTILINE)
_OBSERVATION = re.compile(
    r"^Observation:\s*(.*?)(?=\n(?:Thought|Action|Observation|Question):|\Z)",
    re.MULTILINE | re.DOTALL,
)
_QUESTION = re.compile(r"^Question:\s*(.+)$", re.MULTILINE)
_THOUGHT = "Thought: I need to use a tool to help me answer the question."
_DONE = "Thought: I can answer without using any more tools. I'll use the user's language to answer"


def reply(messages: list[Json], answer: str) -> str | None:
    """Return the next step in the format that the prompt prescribes, or None if it does not.

    Args:
        messages: Messages of the request.
        answer: What to say where no tool helps.

    Raises:
        UnsatisfiableError: No arguments satisfy the schema of a tool.
    """
    texts = [text_of(message) for message in messages]
    rules = [index for index, text in enumerate(texts) if _prescribes(text)]
    if not rules:
        return None
    header = texts[rules[-1]]
    transcript = "\n".join([header.partition("Begin!")[2], *texts[rules[-1] + 1 :]])
    called = [Call(name, _arguments(given)) for name, given in _ACTION.findall(transcript)]
    calls = choose_calls(_tools(header), _question(messages, transcript), called)
    if calls:
        return f"{_THOUGHT}\nAction: {calls[0].name}\nAction Input: {_input(header, calls[0])}"
    seen = [found.strip() for found in _OBSERVATION.findall(transcript)]
    final = "Final Answer:" if "Final Answer:" in header else "Answer:"
    return f"{_DONE}\n{final} {' '.join(seen) or answer}"


def _prescribes(text: str) -> bool:
    return all(word in text for word in ("Thought:", "Action Input:", "Observation:"))


def _tools(header: str) -> list[Tool]:
    described = _DESCRIBED.findall(header)
    if described:
        return [Tool(name, about, _arguments(schema)) for name, about, schema in described]
    allowed = {name.strip() for names in _ALLOWED.findall(header) for name in names.split(",")}
    text = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
    return [Tool(name, about, text) for name, about in _LISTED.findall(header) if name in allowed]


def _question(messages: list[Json], transcript: str) -> str:
    asked: list[str] = _QUESTION.findall(transcript)
    said = [text_of(message) for message in messages if message["role"] == "user"]
    said = [text for text in said if not text.startswith("Observation:")]
    return (asked or said or [""])[-1]


def _input(header: str, call: Call) -> str:
    """Return JSON, or bare text for tools that the prompt lists without a schema."""
    if "Tool Args:" in header:
        return json.dumps(call.arguments, ensure_ascii=False)
    return str(call.arguments["input"])


def _arguments(given: str) -> Json:
    value = _loads(given)
    return value if isinstance(value, dict) else {"input": given.strip()}


def _loads(text: str) -> Any:
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text)
        except (ValueError, SyntaxError):
            continue
    return None
