"""Known faults of models, as a table."""

from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

Fault: TypeAlias = Literal["marked_tool_names", "leaked_tool_calls", "think_tags"]


class Quirk(NamedTuple):
    """A fault of a family of models.

    Attributes:
        family: Part of the models' ids, in lower case.
        fault: The fault.
        example: Text as received from such a model.

    Example:
        >>> [quirk.fault for quirk in QUIRKS if quirk.family in "openai/gpt-oss-120b"]
        ['marked_tool_names']
    """

    family: str
    fault: Fault
    example: str


QUIRKS: tuple[Quirk, ...] = (
    Quirk("gpt-oss", "marked_tool_names", "my_tool<|channel|>commentary"),
    Quirk("mistral", "leaked_tool_calls", '[TOOL_CALLS] my_tool{"a": 1}'),
    Quirk("mistral", "leaked_tool_calls", '{"tool": "my_tool", "parameters": {"a": 1}}'),
    Quirk("qwen", "think_tags", "<think>Let me see.</think>Yes."),
)

_CHANNEL_MARKER = "<|"


@lru_cache(maxsize=256)
def faults(model: str) -> frozenset[Fault]:
    """Return the known faults of a model; none for unknown models."""
    return frozenset(quirk.fault for quirk in QUIRKS if quirk.family in model.lower())


def fix_tool_name(model: str, name: str) -> str:
    """Remove a channel marker from a tool's name.

    Example:
        >>> fix_tool_name("openai/gpt-oss-120b", "my_tool<|channel|>commentary")
        'my_tool'
    """
    if "marked_tool_names" not in faults(model):
        return name
    tool, marker, _ = name.partition(_CHANNEL_MARKER)
    return tool.rstrip() or name if marker else name
