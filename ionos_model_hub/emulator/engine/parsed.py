"""Parts of a message that the engine's output parsers find in generated text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ionos_model_hub.emulator.json_type import Json

MakeId = Callable[[int], str]
"""Returns the id of the tool call with an index."""


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function that the model calls or has called; the arguments are usually an object."""

    name: str
    arguments: Any


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call of a response; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str

    def to_json(self) -> Json:
        """Return the tool call as part of a message."""
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


@dataclass(frozen=True, slots=True)
class ParsedOutput:
    """A parsed message.

    Attributes:
        content: Text, or None.
        calls: Tool calls.
        reasoning: Reasoning, or None.
    """

    content: str | None
    calls: tuple[ToolCall, ...] = ()
    reasoning: str | None = None


class OutputStream(Protocol):
    """Parses text that arrives in pieces."""

    def feed(self, piece: str, *, finished: bool) -> Json | None:
        """Parse the next piece; return the delta of a chunk, or None if there is none yet.

        Args:
            piece: Text, empty if only the end of the generation is new.
            finished: Whether the generation has ended.
        """
        ...


def call_start(index: int, call_id: str, function: Json) -> Json:
    """Return the first delta of a tool call."""
    return {"id": call_id, "type": "function", "index": index, "function": function}


def call_arguments(index: int, arguments: str) -> Json:
    """Return a further delta of a tool call."""
    return {"index": index, "function": {"arguments": arguments}}


def partial_overlap(text: str, marker: str) -> int:
    """Return the length of the longest end of `text` with which `marker` begins."""
    longest = min(len(text), len(marker) - 1)
    return next((n for n in range(longest, 0, -1) if marker.startswith(text[-n:])), 0)
