"""Tool calls of a response: LlamaIndex blocks, and the selections from which tools are run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from llama_index.core.base.llms.types import ChatResponse, ToolCallBlock
from llama_index.core.llms.llm import ToolSelection
from pydantic import JsonValue
from pydantic_core import from_json

from ionos_model_hub.wire.response_types import ToolCall
from ionos_model_hub.wire.shorten import shorten
from ionos_model_hub.wire.tool_calls import CUT_OFF, NOT_AN_OBJECT, parse_arguments
from llama_index_ionos.convert.raw import finish_reason, is_partial
from llama_index_ionos.errors import InvalidOutputError

INVALID_TOOL_CALLS = "invalid_tool_calls"
"""Key of `ChatResponse.additional_kwargs` with the calls that must not run."""


class InvalidToolCall(TypedDict):
    """A tool call that must not run, and the reason."""

    id: str
    name: str
    error: str


def to_tool_call_block(call: ToolCall) -> ToolCallBlock:
    """Return a call as a block; its arguments are the text of a JSON object unless it is invalid.

    Example:
        >>> to_tool_call_block(ToolCall("c1", "now", "null")).tool_kwargs
        '{}'
    """
    arguments = call.arguments
    if call.error is None and not parse_arguments(arguments):
        arguments = "{}"
    return ToolCallBlock(tool_call_id=call.id, tool_name=call.name, tool_kwargs=arguments)


def to_tool_call_dict(block: ToolCallBlock) -> dict[str, Any]:
    """Return a call in the form that LlamaIndex reads from `additional_kwargs["tool_calls"]`."""
    function = {"name": block.tool_name, "arguments": block.tool_kwargs}
    return {"id": block.tool_call_id, "type": "function", "function": function}


def invalid_tool_calls(calls: Sequence[ToolCall]) -> list[InvalidToolCall]:
    """Return the calls that must not run, with the reasons."""
    return [
        {"id": call.id, "name": call.name, "error": call.error}
        for call in calls
        if call.error is not None
    ]


def tool_selections(response: ChatResponse) -> list[ToolSelection]:
    """Return the tool calls of a response.

    The arguments in a partial response are parsed as far as they have been received. An invalid
    call of a complete response is returned without arguments, under a name that no tool has and
    that contains the reason. LlamaIndex's agents report an unknown name to the model, so the
    tool does not run and the model can try again.
    """
    if is_partial(response):
        return [_selection(block, _partial_arguments(block)) for block in _blocks(response)]
    return [
        _failed_selection(block, error) if error else _selection(block, _complete_arguments(block))
        for block, error in _checked_blocks(response)
    ]


def raise_for_invalid_tool_calls(response: ChatResponse) -> None:
    """Raise InvalidOutputError if a call of a complete response must not run."""
    for block, error in [] if is_partial(response) else _checked_blocks(response):
        if error:
            raise InvalidOutputError(
                f"The call to {block.tool_name!r} is invalid: {error}", hint=_hint(error)
            )


def missing_call_error(response: ChatResponse) -> InvalidOutputError:
    """Return the exception for a response without the tool call that the caller requires."""
    if finish_reason(response) == "length":
        return InvalidOutputError("The response was cut off before a tool call.", hint=CUT_OFF)
    text = shorten(response.message.content or "")
    return InvalidOutputError(
        f"The model did not call a tool; it responded with the text {text!r}.",
        hint="Pass tool_required=True, or try again.",
    )


def _checked_blocks(response: ChatResponse) -> list[tuple[ToolCallBlock, str | None]]:
    """Return the calls of a complete response, each with the reason why it must not run."""
    invalid: Sequence[InvalidToolCall] = response.additional_kwargs.get(INVALID_TOOL_CALLS, ())
    errors: Mapping[str | None, str] = {call["id"]: call["error"] for call in invalid}
    return [
        (block, errors.get(block.tool_call_id) or _block_error(block, response))
        for block in _blocks(response)
    ]


def _blocks(response: ChatResponse) -> list[ToolCallBlock]:
    return [block for block in response.message.blocks if isinstance(block, ToolCallBlock)]


def _block_error(block: ToolCallBlock, response: ChatResponse) -> str | None:
    """Return why a call must not run, for a response whose calls have not been checked."""
    if isinstance(block.tool_kwargs, dict) or parse_arguments(block.tool_kwargs) is not None:
        return None
    return CUT_OFF if finish_reason(response) == "length" else NOT_AN_OBJECT


def _selection(block: ToolCallBlock, arguments: dict[str, Any]) -> ToolSelection:
    return ToolSelection(
        tool_id=block.tool_call_id or "", tool_name=block.tool_name, tool_kwargs=arguments
    )


def _failed_selection(block: ToolCallBlock, error: str) -> ToolSelection:
    name = f"{block.tool_name} (not called: {error})"
    return ToolSelection(tool_id=block.tool_call_id or "", tool_name=name, tool_kwargs={})


def _complete_arguments(block: ToolCallBlock) -> dict[str, Any]:
    if isinstance(block.tool_kwargs, str):
        return parse_arguments(block.tool_kwargs) or {}
    return block.tool_kwargs


def _partial_arguments(block: ToolCallBlock) -> dict[str, Any]:
    if not isinstance(block.tool_kwargs, str):
        return block.tool_kwargs
    try:
        value: JsonValue = from_json(block.tool_kwargs, allow_partial="trailing-strings")
    except (ValueError, TypeError):  # TypeError: a lone surrogate
        return {}
    return value if isinstance(value, dict) else {}


def _hint(error: str) -> str | None:
    return None if error == CUT_OFF else "Try again, or set `strict=True`."
