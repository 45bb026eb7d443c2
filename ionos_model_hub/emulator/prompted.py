"""Agents that are steered by their prompt alone: ReAct, and code to be executed."""

import ast
import json
import re
from typing import Any

from ionos_model_hub.emulator.contract import Json
from ionos_model_hub.emulator.conversation import Call, text_of
from ionos_model_hub.emulator.text import sentences
from ionos_model_hub.emulator.tools import Tool, choose_calls

_REACT_TOOL = re.compile(
    r"^>?\s*Tool Name:\s*(\S+)\s*\nTool Description:\s*(.*?)\nTool Args:\s*(\{.*\})",
    re.MULTILINE | re.DOTALL,
)
_LISTED_TOOL = re.compile(
    r"^([A-Za-z_][\w-]*)(?:\([^\n]*?\)[^\n:]*?)?(?::| -)\s+([^\n]+)$", re.MULTILINE
)
_ONE_OF = re.compile(r"one of \[?([\w, -]+)\]?")
_ACTION = re.compile(r"^Action:\s*(\S+)\s*\nAction Input:\s*(.*)$", re.MULTILINE)
_OBSERVATION = re.compile(
    r"^Observation:\s*(.*?)(?=\n(?:Thought|Action|Observation|Question):|\Z)",
    re.MULTILINE | re.DOTALL,
)
_DEFINITION = re.compile(
    r"^(?:async )?def (\w+)(\(.*\)[^\n]*):\n((?:(?!def ).*\n?)*)", re.MULTILINE
)
_TYPES = {
    "int": "integer",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
}
_THOUGHT = "Thought: I need to use a tool to help me answer the question."
_DONE = "Thought: I can answer without using any more tools. I'll use the user's language to answer"


def reply(messages: list[Json], answer: str) -> str | None:
    """Return the answer in the format that the prompt prescribes, or None if it prescribes none.

    Args:
        messages: Messages of the request.
        answer: What to say where no tool helps.

    Raises:
        UnsatisfiableError: No arguments satisfy the schema of a tool.
    """
    header = "\n".join(text_of(m) for m in messages if m["role"] in ("system", "user"))
    if "Action Input:" in header and "Thought:" in header and "Observation" in header:
        return _react(header, messages, answer)
    if "<execute>" in header:
        return _code(header, messages, answer)
    return None


def _react(header: str, messages: list[Json], answer: str) -> str:
    final = "Final Answer:" if "Final Answer:" in header else "Answer:"
    script = _after_instructions(messages)
    called = [Call(name, _arguments(given)) for name, given in _ACTION.findall(script)]
    question = _question(messages, script)
    # A single string stands for the input of tools that take one.
    calls = choose_calls(_react_tools(header), question, called)
    if calls:
        given = json.dumps(calls[0].arguments, ensure_ascii=False)
        return f"{_THOUGHT}\nAction: {calls[0].name}\nAction Input: {given}"
    seen = [found.strip() for found in _OBSERVATION.findall(script)]
    return f"{_DONE}\n{final} {' '.join(seen) or answer}"


def _react_tools(header: str) -> list[Tool]:
    described = [Tool(name, about, _loads(args)) for name, about, args in _each_tool(header)]
    if described:
        return described
    allowed = {name.strip() for found in _ONE_OF.findall(header) for name in found.split(",")}
    single = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
    return [
        Tool(name, about, single) for name, about in _LISTED_TOOL.findall(header) if name in allowed
    ]


def _each_tool(header: str) -> list[tuple[str, str, str]]:
    blocks = re.split(r"(?=^>?\s*Tool Name:)", header, flags=re.MULTILINE)
    found = []
    for block in blocks:
        match = re.match(
            r">?\s*Tool Name:\s*(\S+)\s*\nTool Description:\s*(.*?)\nTool Args:\s*([^\n]*)",
            block,
            re.DOTALL,
        )
        if match:
            found.append((match[1], match[2], match[3]))
    return found


def _after_instructions(messages: list[Json]) -> str:
    texts = [text_of(message) for message in messages]
    last = max(
        (
            i
            for i, text in enumerate(texts)
            if "Action Input:" in text and "Thought:" in text and "Observation" in text
        ),
        default=0,
    )
    tail = texts[last].rpartition("Begin!")[2] if "Begin!" in texts[last] else ""
    return "\n".join([tail, *texts[last + 1 :]])


def _question(messages: list[Json], script: str) -> str:
    asked = re.findall(r"^Question:\s*(.+)$", script, re.MULTILINE)
    said = [text_of(m) for m in messages if m["role"] == "user"]
    said = [text for text in said if not text.startswith("Observation:")]
    return asked[-1] if asked else (said or [""])[-1]


def _arguments(given: str) -> Json:
    value = _loads(given)
    return value if isinstance(value, dict) else {"input": given.strip()}


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {}


def _code(header: str, messages: list[Json], answer: str) -> str:
    said = [text_of(m) for m in messages if m["role"] == "user"]
    results = [text for text in said if text.startswith("Result of executing")]
    if results:
        return " ".join(results[-1].partition(":")[2].split())
    question = (said or [""])[-1]
    functions = header.rpartition("following functions:")[2]
    calls = choose_calls(_functions(functions), question, ())
    lines = [f"print({_expression(call)})" for call in calls] or [f"print({answer!r})"]
    return "<execute>\n" + "\n".join(lines) + "\n</execute>"


def _functions(text: str) -> list[Tool]:
    return [_function(*found) for found in _DEFINITION.findall(text)]


def _function(name: str, signature: str, body: str) -> Tool:
    definition = ast.parse(f"def f{signature}: ...").body[0]
    properties: Json = {}
    required: list[str] = []
    if isinstance(definition, ast.FunctionDef):
        given = definition.args.args + definition.args.kwonlyargs
        for argument in given:
            kind = _TYPES.get(ast.unparse(argument.annotation)) if argument.annotation else None
            properties[argument.arg] = {"type": kind} if kind else {}
        required = [a.arg for a in given][: len(given) - len(definition.args.defaults)]
    about = " ".join(sentences(body.replace('"""', "")))
    return Tool(name, about, {"type": "object", "properties": properties, "required": required})


def _expression(call: Call) -> str:
    return f"{call.name}({', '.join(f'{key}={value!r}' for key, value in call.arguments.items())})"
