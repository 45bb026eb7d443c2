"""The tool calls that a question asks for, with their arguments."""

import ast
import re
from collections.abc import Sequence

from ionos_model_hub.emulator.engine.parsed import FunctionCall
from ionos_model_hub.emulator.json_instances.extraction import proper_names, takes_question
from ionos_model_hub.emulator.json_instances.instances import UnsatisfiableError, make_instance
from ionos_model_hub.emulator.json_instances.properties import property_schema
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.responder.tools import Tool, meanings
from ionos_model_hub.emulator.text import PARSE_ERRORS, stems

_OPERATOR = re.compile(r"(?<=[\d)])\s*([-+*/x^])\s*(?=[\d(])")
_OPERATOR_NAMES = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "x": "multiply",
    "/": "divide",
    "^": "power",
}
_FIRST_WORD = re.compile(r"(?:^|(?<=[.!?]\s))\w+")
_CLAUSE = re.compile(r"((?:,|;|\?|\.|\band\b|\bthen\b)\s+)")
_LISTED_AGENT = re.compile(r"^[\s*>-]*([\w-]+)\s*:\s*(.+)$", re.MULTILINE)


def choose_calls(
    tools: Sequence[Tool],
    question: str,
    called: Sequence[FunctionCall],
    *,
    forced: bool = False,
) -> list[FunctionCall]:
    """Return the calls that the question asks for and that have not been made yet.

    Args:
        tools: The tools offered.
        question: Text of the user.
        called: Calls already made for this question; none of them is repeated.
        forced: Return at least one call, a repeated one if there is no other.
    """
    own = [tool for tool in tools if not tool.hands_off]
    requested = [call for tool, text in _assign(own, question) for call in _make_calls(tool, text)]
    calls = [call for call in requested if call not in called]
    for tool in tools:
        if tool.hands_off and not calls:
            calls = _handoff(tool, own, question, called)
    if calls or not forced:
        return calls
    used_names = {call.name for call in called}
    unused = [tool for tool in tools if tool.name not in used_names] or tools
    return _make_calls(max(unused, key=lambda tool: tool.score(question)), question)[:1]


def _assign(tools: Sequence[Tool], question: str) -> list[tuple[Tool, str]]:
    """Return the relevant tools, each with the clauses of the question that fit it best."""
    text = _OPERATOR.sub(lambda match: f" math {_OPERATOR_NAMES[match[1]]} {match[0]}", question)
    relevant = _relevant_tools(tools, text)
    if len(relevant) < 2:
        return [(tool, question) for tool in relevant]
    parts = _CLAUSE.split(question)
    clauses: dict[str, str] = {}
    owner = relevant[0]
    for clause, separator in zip(parts[::2], [*parts[1::2], ""], strict=True):
        spoken = _OPERATOR.sub(lambda match: f" {_OPERATOR_NAMES[match[1]]} ", clause)
        best = max(relevant, key=lambda tool: tool.score(spoken))
        owner = best if best.score(spoken) else owner
        clauses[owner.name] = clauses.get(owner.name, "") + clause + separator
    return [(tool, clauses.get(tool.name, question)) for tool in relevant]


def _relevant_tools(tools: Sequence[Tool], text: str) -> list[Tool]:
    """Return the best tool, then those that match words not matched by earlier ones."""
    chosen: list[Tool] = []
    matched: set[str] = set()
    for tool in sorted(tools, key=lambda tool: -tool.score(text)):
        matches = tool.matching_stems(text)
        by_name = matches & tool.name_stems if chosen else matches
        if (by_name | (matches & {tool.name})) - matched:
            chosen.append(tool)
            matched |= matches
    return chosen


def _make_calls(tool: Tool, text: str) -> list[FunctionCall]:
    """Fill the arguments; a single string parameter gives one call for each name in the text."""
    text = _FIRST_WORD.sub(lambda match: _lower_if_about(match[0], tool), text)
    base = _fill_arguments(tool, text)
    alternatives = _values_of_single_parameter(tool.parameters, text)
    arguments = [{**base, key: value} for key, value in alternatives] or [base]
    return [FunctionCall(tool.name, argument) for argument in arguments]


def _fill_arguments(tool: Tool, text: str) -> Json:
    """Return arguments with values from a text; empty if none satisfy the schema."""
    try:
        arguments = make_instance(tool.parameters or {"type": "object"}, text, fill_optional=False)
    except UnsatisfiableError:
        return {}
    return arguments if isinstance(arguments, dict) else {}


def _values_of_single_parameter(parameters: Json, text: str) -> list[tuple[str, str]]:
    required = parameters.get("required", [])
    if len(required) != 1 or takes_question(required[0]):
        return []
    schema = property_schema(parameters, required[0])
    if not isinstance(schema, dict) or schema.get("type") != "string":
        return []
    names = proper_names(text) if not {"enum", "format", "pattern"} & schema.keys() else []
    return [(required[0], name) for name in names] if len(names) > 1 else []


def _lower_if_about(word: str, tool: Tool) -> str:
    """Return a word in lower case if it refers to the tool, so that it is not taken for a name."""
    refers = meanings(word) & (tool.name_stems | tool.other_stems)
    return word.lower() if refers else word


def _handoff(
    tool: Tool, own: Sequence[Tool], question: str, called: Sequence[FunctionCall]
) -> list[FunctionCall]:
    """Hand off to the agent that fits the part of the question not covered so far."""
    agents = _agents(tool.description)
    visited = {call.arguments.get("to_agent") for call in called}
    capable = [*own, *(agent for agent in agents if agent.name in visited)]
    covered = {word for one in capable for word in one.name_stems | one.other_stems}
    rest = " ".join(stems(question) - covered)
    candidates = [
        agent for agent in agents if agent.name not in visited and agent.matching_stems(rest)
    ]
    if not candidates:
        return []
    best = max(candidates, key=lambda agent: agent.score(rest))
    base = _fill_arguments(tool, question)
    return [FunctionCall(tool.name, {**base, "to_agent": best.name})]


def _agents(description: str) -> list[Tool]:
    """Return the agents in a handoff tool's description: a dict, or lines of `name: purpose`."""
    as_dict = re.search(r"\{.*\}", description, re.DOTALL)
    listed: object = dict(_LISTED_AGENT.findall(description))
    if as_dict:
        try:
            listed = ast.literal_eval(as_dict[0])
        except PARSE_ERRORS:
            listed = {}
    agents = listed.items() if isinstance(listed, dict) else ()
    return [Tool(str(name), str(purpose)) for name, purpose in agents]
