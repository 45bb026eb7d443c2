"""Interface of the tool parsers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from ionos_model_hub.emulator.engine.parsed import FunctionCall, MakeId, OutputStream, ParsedOutput
from ionos_model_hub.emulator.json_type import Json

Parameters = Mapping[str, Json]
"""JSON Schemas of the parameters by tool name."""


class ToolParser(ABC):
    """Format of the tool calls of a model family, and the engine's parser for it.

    Args:
        parameters: Parameters of the tools offered.
        make_id: Returns the ids of the calls.

    Attributes:
        separates_markup: Whether incomplete calls, and calls despite `tool_choice: none`, are
            removed from the text. Otherwise they stay in it.
    """

    separates_markup = False

    def __init__(self, parameters: Parameters, make_id: MakeId) -> None:
        self.parameters = parameters
        self.make_id = make_id

    @staticmethod
    @abstractmethod
    def render(calls: Sequence[FunctionCall]) -> str:
        """Return the text that a model generates for calls."""

    @abstractmethod
    def parse(self, text: str) -> ParsedOutput:
        """Parse a complete text."""

    @abstractmethod
    def stream(self) -> OutputStream:
        """Return a parser for one streamed text."""
