"""Which tools a question calls for, and with what arguments."""

import ast
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ionos_model_hub.emulator.contract import Json
from ionos_model_hub.emulator.json_instances.extraction import proper_names, takes_all
from ionos_model_hub.emulator.json_instances.instances import check_schema, make_instance
from ionos_model_hub.emulator.json_instances.properties import property_schema
from ionos_model_hub.emulator.responder.conversation import Call
from ionos_model_hub.emulator.responder.text import stem, stems, words

# Words of descriptions that say nothing of what a tool is for.
_FILLER = frozenset(
    stem(word)
    for word in words("""
        agent answer answering available call current data function given handle help information
        input integer integers list name number numbers object output parameter provide question
        request result return returns string take takes text tool tools useful user value
    """)
)
_SAME_MEANING = {
    stem(word): stem(meaning)
    for meaning, group in {
        "add": "addition adder plus sum total",
        "multiply": "times product multiplied multiplication",
        "subtract": "minus difference less subtraction",
        "divide": "quotient division over",
        "weather": "forecast temperature rain sunny",
    }.items()
    for word in words(group)
}
_OPERATOR = re.compile(r"(?<=[\d)])\s*([-+*/x^])\s*(?=[\d(])")
_OPERATOR_WORDS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "x": "multiply",
    "/": "divide",
    "^": "power",
}
_FIRST_WORD = re.compile(r"(?:^|(?<=[.!?]\s))\w+")
_CLAUSE = re.compile(r"((?:,|;|\?|\.|\band\b|\bthen\b)\s+)")
_AGENT = re.compile(r"^[\s*>-]*([\w-]+)\s*:\s*(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Tool:
    """A function offered to the model.

    Attributes:
        name: Its name.
        description: What it is for.
        parameters: JSON Schema of its arguments.

    Raises:
        UnsatisfiableError: `parameters` is no JSON Schema.
    """

    name: str
    description: str = ""
    parameters: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_schema(json.dumps(self.parameters))

    @cached_property
    def title_stems(self) -> set[str]:
        """Stems of the words of the name."""
        return _meanings(self.name)

    @cached_property
    def other_stems(self) -> set[str]:
        """Stems of the description, the parameters' names and their enumerated values."""
        texts = [self.description]
        for name, schema in self.parameters.get("properties", {}).items():
            texts += (
                [name, *map(str, schema.get("enum", ()))] if isinstance(schema, dict) else [name]
            )
        return _meanings(" ".join(texts)) - self.title_stems

    @property
    def hands_off(self) -> bool:
        """Whether it passes the conversation on to another agent."""
        return "to_agent" in self.parameters.get("properties", {})

    def explains(self, text: str) -> set[str]:
        """Return the stems of a text that speak for this tool; empty if too few do."""
        if re.search(rf"(?<!\w){re.escape(self.name)}(?!\w)", text):
            return {self.name, *(_meanings(text) & self.title_stems)}
        asked = _meanings(text)
        title, other = asked & self.title_stems, asked & self.other_stems
        telling = title or len(other) > 1 or any(len(word) > 4 for word in other)
        return title | other if telling else set()

    def score(self, text: str) -> int:
        """Return how well the tool fits a text; a word of the name counts three times."""
        found = self.explains(text)
        return 9 * (self.name in found) + sum(3 if w in self.title_stems else 1 for w in found)


def read_tools(wire: Iterable[Json]) -> list[Tool]:
    """Return the functions of a request's `tools`."""
    functions = [tool["function"] for tool in wire]
    return [Tool(f["name"], f.get("description", ""), f.get("parameters", {})) for f in functions]


def choose_calls(
    tools: Sequence[Tool], question: str, called: Sequence[Call], *, forced: bool = False
) -> list[Call]:
    """Return the calls that the question asks for and that were not made yet.

    Args:
        tools: What may be called.
        question: The user's words.
        called: Calls already made for this question; none of them is made again.
        forced: Return at least one call, a repeated one if there is no other.

    Raises:
        UnsatisfiableError: No arguments satisfy a tool's schema.
    """
    own = [tool for tool in tools if not tool.hands_off]
    wanted = [call for tool, text in _assignments(own, question) for call in _calls(tool, text)]
    calls = [call for call in wanted if not any(call.same_as(other) for other in called)]
    for tool in tools:
        if tool.hands_off and not calls:
            calls = _handoff(tool, own, question, called)
    if calls or not forced:
        return calls
    names = {call.name for call in called}
    unused = [tool for tool in tools if tool.name not in names] or tools
    return _calls(max(unused, key=lambda tool: tool.score(question)), question)[:1]


def _assignments(tools: Sequence[Tool], question: str) -> list[tuple[Tool, str]]:
    """Give each clause of the question to the tool that fits it best."""
    text = _OPERATOR.sub(lambda found: f" {_OPERATOR_WORDS[found[1]]} {found[0]}", question)
    chosen = _cover(tools, text)
    if len(chosen) < 2:
        return [(tool, question) for tool in chosen]
    parts = _CLAUSE.split(question)
    shares: dict[str, str] = {}
    owner = chosen[0]
    for clause, joint in zip(parts[::2], [*parts[1::2], ""], strict=True):
        spoken = _OPERATOR.sub(lambda found: f" {_OPERATOR_WORDS[found[1]]} ", clause)
        best = max(chosen, key=lambda tool: tool.score(spoken))
        owner = best if best.score(spoken) else owner
        shares[owner.name] = shares.get(owner.name, "") + clause + joint
    return [(tool, shares.get(tool.name, question)) for tool in chosen]


def _cover(tools: Sequence[Tool], text: str) -> list[Tool]:
    """Return the best tool, then those that explain words which the ones before do not."""
    ranked = sorted(tools, key=lambda tool: -tool.score(text))
    chosen: list[Tool] = []
    explained: set[str] = set()
    for tool in ranked:
        found = tool.explains(text)
        own = found & tool.title_stems if chosen else found
        if (own | (found & {tool.name})) - explained:
            chosen.append(tool)
            explained |= found
    return chosen


def _calls(tool: Tool, text: str) -> list[Call]:
    """Fill the arguments; a single free parameter is filled once for each value in the text."""
    text = _FIRST_WORD.sub(lambda found: _without_capital(found[0], tool), text)
    base = make_instance(tool.parameters or {"type": "object"}, text, everything=False)
    arguments = [{**base, key: value} for key, value in _fan_out(tool.parameters, text)] or [base]
    return [Call(tool.name, argument) for argument in arguments]


def _fan_out(parameters: Json, text: str) -> list[tuple[str, str]]:
    required = parameters.get("required", [])
    if len(required) != 1 or takes_all(required[0]):
        return []
    schema = property_schema(parameters, required[0])
    if not isinstance(schema, dict) or schema.get("type") != "string":
        return []
    names = proper_names(text) if not {"enum", "format", "pattern"} & schema.keys() else []
    return [(required[0], name) for name in names] if len(names) > 1 else []


def _without_capital(word: str, tool: Tool) -> str:
    """Write a word that speaks of the tool small, so that it is not taken for a name."""
    known = _meanings(word) & (tool.title_stems | tool.other_stems)
    return word.lower() if known else word


def _handoff(tool: Tool, own: Sequence[Tool], question: str, called: Sequence[Call]) -> list[Call]:
    """Hand over to the agent that fits what neither these tools nor earlier agents could do."""
    agents = _agents(tool.description)
    visited = {call.arguments.get("to_agent") for call in called}
    able = [*own, *(agent for agent in agents if agent.name in visited)]
    done = {word for one in able for word in one.title_stems | one.other_stems}
    rest = " ".join(stems(question) - done)
    open_to = [agent for agent in agents if agent.name not in visited and agent.explains(rest)]
    if not open_to:
        return []
    best = max(open_to, key=lambda agent: agent.score(rest))
    base = make_instance(tool.parameters, question, everything=False)
    return [Call(tool.name, {**base, "to_agent": best.name})]


def _agents(description: str) -> list[Tool]:
    listed = re.search(r"\{.*\}", description, re.DOTALL)
    try:
        found = ast.literal_eval(listed[0]) if listed else dict(_AGENT.findall(description))
    except (ValueError, SyntaxError):
        found = {}
    return [Tool(str(name), str(about)) for name, about in found.items()]


def _meanings(text: str) -> set[str]:
    found = {_SAME_MEANING.get(word, word) for word in stems(text)} - _FILLER
    return {word for word in found if not word[0].isdigit()}
