"""What a stream hands out: small increments, in the order they came."""

from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(slots=True)
class ToolCallDelta:
    """A piece of a tool call.

    Attributes:
        index: Which call of the answer it belongs to, counted from 0 in order of appearance.
        id: The call's id, in its first piece only, else "".
        name: The function's name, in its first piece only, else "".
        arguments: The next characters of the JSON arguments.

    Example:
        >>> ToolCallDelta(0, "call_1", "add").arguments
        ''
    """

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class Delta:
    """What one event adds to one answer; text that did not come is "".

    Attributes:
        index: Which of the `n` answers it belongs to.
        text: The next characters of the answer.
        reasoning: The next characters of the reasoning.
        tool_calls: Pieces of tool calls.
        refusal: The next characters of a refusal.
        finish_reason: Why the answer ended, in its last delta.
        logprobs: Log probabilities of the text, if asked for.

    Example:
        >>> Delta(text="Hal").text + Delta(text="lo").text
        'Hallo'
    """

    index: int = 0
    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    refusal: str = ""
    finish_reason: str | None = None
    logprobs: dict[str, JsonValue] | None = None
