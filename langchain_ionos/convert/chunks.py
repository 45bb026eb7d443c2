"""The hub's streams to LangChain chunks.

This is the hot loop of every stream. Validating a message and its chunk takes pydantic longer
than all that the transport does for it, and what is in them is known: so each is a copy of one
that was validated once, with every container made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json

from ionos_model_hub.wire import response_types as answers
from ionos_model_hub.wire.response_types import Delta, ToolCallDelta
from langchain_ionos.convert.responses import (
    PROVIDER,
    beside_content,
    metadata_of,
    read_arguments,
    usage_of,
)

_METADATA = {"model_provider": PROVIDER}
_MESSAGE = AIMessageChunk(
    content="", additional_kwargs={}, response_metadata=_METADATA, tool_call_chunks=[]
)
_CHUNK = ChatGenerationChunk(message=_MESSAGE)


def chunks_of(delta: Delta) -> list[ChatGenerationChunk]:
    """Return the chunks of a delta, one for each kind of content in it."""
    chunks: list[ChatGenerationChunk] = []
    if delta.reasoning:
        chunks.append(_chunk(beside=beside_content(delta.reasoning, "")))
    if delta.text:
        chunks.append(_chunk(delta.text))
    if delta.tool_calls:
        chunks.append(_call_chunk(_call_chunks(delta.tool_calls)))
    if delta.refusal:
        chunks.append(_chunk(beside=beside_content("", delta.refusal)))
    if delta.logprobs:
        chunks = chunks or [_chunk()]
        chunks[0].message.response_metadata["logprobs"] = delta.logprobs
    return chunks


def last_chunks(answer: answers.ChatCompletion) -> Iterator[ChatGenerationChunk]:
    """Yield what ends a stream: at its very end tokens, and why it ended, without content.

    LangChain fills up a streamed call's arguments where they were cut off or are broken, and
    would call the tool with what it guessed. A closing bracket of the wrong kind makes it
    report such a call in `invalid_tool_calls`, where it belongs.
    """
    broken = [
        tool_call_chunk(index=index, args=wrong)
        for index, call in enumerate(answer.message.tool_calls)
        if (wrong := _wrong_end(call.arguments))
    ]
    if broken:
        yield _call_chunk(broken)
    message = AIMessageChunk(
        content="",
        response_metadata=metadata_of(answer, answer.choices[0]),
        usage_metadata=usage_of(answer.usage),
        chunk_position="last",
    )
    yield ChatGenerationChunk(
        message=message, generation_info={"finish_reason": answer.finish_reason}
    )


def _chunk(text: str = "", beside: dict[str, str] | None = None) -> ChatGenerationChunk:
    """Return a chunk with text, and with what has no place in it."""
    message, chunk = _MESSAGE.__copy__(), _CHUNK.__copy__()
    fields = vars(message)
    fields["content"] = text
    fields["additional_kwargs"] = beside or {}
    fields["response_metadata"] = _METADATA.copy()
    fields["tool_calls"] = []
    fields["invalid_tool_calls"] = []
    fields["tool_call_chunks"] = []
    fields = vars(chunk)
    fields["text"] = text
    fields["message"] = message
    return chunk


def _call_chunk(pieces: list[ToolCallChunk]) -> ChatGenerationChunk:
    """Return a chunk with pieces of tool calls."""
    if any(piece["name"] for piece in pieces):
        metadata = _METADATA.copy()
        return ChatGenerationChunk(
            message=AIMessageChunk(content="", response_metadata=metadata, tool_call_chunks=pieces)
        )
    # Given to a constructor, each piece of arguments would be read as JSON, in vain.
    chunk = _chunk()
    vars(chunk.message)["tool_call_chunks"] = pieces
    return chunk


def _call_chunks(pieces: Iterable[ToolCallDelta]) -> list[ToolCallChunk]:
    """Return one chunk for each call, as LangChain merges those of different messages only."""
    chunks: dict[int, ToolCallChunk] = {}
    for piece in pieces:
        chunk = chunks.get(piece.index)
        if chunk is None:
            chunk = tool_call_chunk(index=piece.index, args="")
            chunks[piece.index] = chunk
        chunk["id"] = piece.id or chunk["id"]
        chunk["name"] = piece.name or chunk["name"]
        chunk["args"] = f"{chunk['args']}{piece.arguments}"
    return list(chunks.values())


def _wrong_end(arguments: str) -> str:
    """Return what to add to broken arguments, so that nobody can take them for whole ones."""
    if read_arguments(arguments) is not None:
        return ""
    ends = ("", "]", "}", '"]', '"}', '""]', '""}')
    return next(end for end in ends if not _is_filled_up(arguments + end))


def _is_filled_up(arguments: str) -> bool:
    """Tell whether LangChain makes an object of broken arguments."""
    try:
        return isinstance(parse_partial_json(arguments), dict)
    except (ValueError, RecursionError):
        return False
