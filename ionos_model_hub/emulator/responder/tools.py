"""Tools offered to the model, and how relevant they are for a text."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from ionos_model_hub.emulator.engine.request_types import FunctionDefinition, ToolParam
from ionos_model_hub.emulator.json_instances.instances import UnsatisfiableError, check_schema
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.text import sentences, stem, stems, words

# Words in descriptions that do not say what a tool is for.
_FILLER_STEMS = frozenset(
    stem(word)
    for word in words("""
        agent answer answering available call current data function given handle help information
        input integer integers list name number numbers object output parameter provide question
        request result return returns string take takes text tool tools useful user value
    """)
)
_HANDOFF_NAME = re.compile(r"(?:transfer|hand_?off|handover|delegate)_(?:back_)?to_(\w+)")
_SYNONYMS = {
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


@dataclass(frozen=True)
class Tool:
    """A function offered to the model.

    Attributes:
        name: Name of the function.
        description: Purpose of the function.
        parameters: JSON Schema of its arguments.

    Raises:
        UnsatisfiableError: `parameters` is not a valid JSON Schema.
    """

    name: str
    description: str = ""
    parameters: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_schema(json.dumps(self.parameters))

    @cached_property
    def name_stems(self) -> set[str]:
        """Stems of the words in the name."""
        return meanings(self.name)

    @cached_property
    def other_stems(self) -> set[str]:
        """Stems of the description, the parameters' names and their enumerated values."""
        texts = [self.description]
        for name, schema in self.parameters.get("properties", {}).items():
            options = schema.get("enum", ()) if isinstance(schema, dict) else ()
            texts += [name, *map(str, options)]
        return meanings(" ".join(texts)) - self.name_stems

    @property
    def hands_off(self) -> bool:
        """Whether the tool passes the conversation to another agent."""
        return "to_agent" in self.parameters.get("properties", {})

    def matching_stems(self, text: str) -> set[str]:
        """Return the stems of a text that indicate this tool; empty if there are too few."""
        if re.search(rf"(?<!\w){re.escape(self.name)}(?!\w)", text):
            return {self.name, *(meanings(text) & self.name_stems)}
        in_text = meanings(text)
        in_name, in_rest = in_text & self.name_stems, in_text & self.other_stems
        significant = in_name or len(in_rest) > 1 or any(len(word) > 4 for word in in_rest)
        return in_name | in_rest if significant else set()

    def score(self, text: str) -> int:
        """Return how well the tool fits a text; words of the name count three times."""
        matches = self.matching_stems(text)
        by_name = 9 * (self.name in matches)
        return by_name + sum(3 if word in self.name_stems else 1 for word in matches)


def read_tools(items: Iterable[ToolParam], system: str = "") -> list[Tool]:
    """Return the functions in the `tools` of a request; invalid parameters become empty.

    Args:
        items: The tools.
        system: System prompt. Its sentences about an agent complete the descriptions of tools
            that hand over to this agent.
    """
    return [_read_tool(item.function, system) for item in items]


def _read_tool(function: FunctionDefinition, system: str) -> Tool:
    description = " ".join([function.description or "", *_agent_sentences(function.name, system)])
    return make_tool(function.name, description, function.parameters or {})


def make_tool(name: str, description: str, parameters: Json) -> Tool:
    """Return a tool; parameters that are not a valid schema become empty."""
    try:
        return Tool(name, description, parameters)
    except UnsatisfiableError:
        return Tool(name, description)


def _agent_sentences(name: str, system: str) -> list[str]:
    """Return the sentences about the agent to which a tool hands over."""
    handoff = _HANDOFF_NAME.fullmatch(name)
    if handoff is None:
        return []
    agent = re.compile(rf"(?<!\w){re.escape(handoff[1])}(?!\w)", re.IGNORECASE)
    return [sentence for sentence in sentences(system) if agent.search(sentence)]


def meanings(text: str) -> set[str]:
    """Return the stems of a text without filler words; synonyms have the same stem."""
    normalised = {_SYNONYMS.get(word, word) for word in stems(text)} - _FILLER_STEMS
    return {word for word in normalised if not word[0].isdigit()}
