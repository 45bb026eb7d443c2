"""Convert stream deltas to LangChain chunks.

This is the hot loop of every stream. Pydantic's validation of a message and its chunk takes
longer than everything the transport does for it, and their fields are known. So each chunk is a
copy of one that was validated once, with new containers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json

from ionos_model_hub.wire.response_types import ChatCompletion, Delta, ToolCall, ToolCallDelta
from langchain_ionos.convert.responses import (
    PROVIDER,
    additional_kwargs,
    response_metadata,
    to_usage_metadata,
)

_METADATA = {"model_provider": PROVIDER}
_MESSAGE = AIMessageChunk(
    content="", additional_kwargs={}, response_metadata=_METADATA, tool_call_chunks=[]
)
_CHUNK = ChatGenerationChunk(message=_MESSAGE)
# Appended to the arguments of a call that must not run, until no parser accepts them.
_SUFFIXES = ("", "]", "}", '"]', '"}', '""]', '""}')


class ChunkWriter:
    """Converts the deltas of one stream.

    The arguments of a call are passed on from their opening brace. Anything else is held back
    until the end, because servers write `null` or `true` for a tool without parameters, and
    LangChain would report such a call as invalid.

    Example:
        >>> [chunk.text for chunk in ChunkWriter().feed(Delta(text="Hallo"))]
        ['Hallo']
    """

    def __init__(self) -> None:
        self._begun: set[int] = set()
        self._held: dict[int, str] = {}

    def feed(self, delta: Delta) -> list[ChatGenerationChunk]:
        """Return the chunks of a delta, one for each kind of content in it."""
        chunks: list[ChatGenerationChunk] = []
        if delta.reasoning:
            chunks.append(_text_chunk(kwargs=additional_kwargs(delta.reasoning, "")))
        if delta.text:
            chunks.append(_text_chunk(delta.text))
        if delta.tool_calls and (pieces := self._merge_by_call(delta.tool_calls)):
            chunks.append(_tool_call_chunk(pieces))
        if delta.refusal:
            chunks.append(_text_chunk(kwargs=additional_kwargs("", delta.refusal)))
        if delta.logprobs:
            chunks = chunks or [_text_chunk()]
            chunks[0].message.response_metadata["logprobs"] = delta.logprobs
        return chunks

    def finish(self, completion: ChatCompletion) -> Iterator[ChatGenerationChunk]:
        """Yield the chunks that end a stream; the last one has token usage and finish reason."""
        pieces = [
            tool_call_chunk(index=index, args=rest)
            for index, call in enumerate(completion.message.tool_calls)
            if (rest := self._remaining_arguments(index, call))
        ]
        if pieces:
            yield _tool_call_chunk(pieces)
        message = AIMessageChunk(
            content="",
            response_metadata=response_metadata(
                completion, completion.choices[0], completion.usage
            ),
            usage_metadata=to_usage_metadata(completion.usage),
            chunk_position="last",
        )
        yield ChatGenerationChunk(
            message=message, generation_info={"finish_reason": completion.finish_reason}
        )

    def _merge_by_call(self, deltas: Iterable[ToolCallDelta]) -> list[ToolCallChunk]:
        """Return one chunk per call, because LangChain merges only those of different messages."""
        chunks: dict[int, ToolCallChunk] = {}
        for delta in deltas:
            chunk = chunks.get(delta.index)
            if chunk is None:
                chunk = chunks[delta.index] = tool_call_chunk(index=delta.index, args="")
            chunk["id"] = delta.id or chunk["id"]
            chunk["name"] = delta.name or chunk["name"]
            chunk["args"] = f"{chunk['args']}{self._release(delta.index, delta.arguments)}"
        return [piece for piece in chunks.values() if piece["id"] or piece["name"] or piece["args"]]

    def _release(self, index: int, arguments: str) -> str:
        """Return the next arguments to pass on."""
        if index in self._begun:
            return arguments
        held = self._held.get(index, "") + arguments
        if not held.lstrip().startswith("{"):
            self._held[index] = held
            return ""
        self._begun.add(index)
        return held

    def _remaining_arguments(self, index: int, call: ToolCall) -> str:
        """Return arguments with which LangChain accepts a valid call and rejects an invalid one.

        LangChain completes truncated or malformed arguments of streamed calls by guessing, and
        would run the tool with them. A mismatched closing bracket prevents that.
        """
        if call.error:
            held = "" if index in self._begun else self._held.get(index, "")
            return held + _invalidating_suffix(call.arguments)
        return "" if index in self._begun else "{}"


def _text_chunk(text: str = "", kwargs: dict[str, str] | None = None) -> ChatGenerationChunk:
    """Return a chunk with text, or with `additional_kwargs`."""
    message, chunk = _MESSAGE.__copy__(), _CHUNK.__copy__()
    fields = vars(message)
    fields["content"] = text
    fields["additional_kwargs"] = kwargs or {}
    fields["response_metadata"] = _METADATA.copy()
    fields["tool_calls"] = []
    fields["invalid_tool_calls"] = []
    fields["tool_call_chunks"] = []
    fields = vars(chunk)
    fields["text"] = text
    fields["message"] = message
    return chunk


def _tool_call_chunk(pieces: list[ToolCallChunk]) -> ChatGenerationChunk:
    """Return a chunk with pieces of tool calls."""
    if any(piece["name"] for piece in pieces):
        metadata = _METADATA.copy()
        return ChatGenerationChunk(
            message=AIMessageChunk(content="", response_metadata=metadata, tool_call_chunks=pieces)
        )
    # The constructor would try to parse each piece of arguments as JSON, which always fails.
    chunk = _text_chunk()
    vars(chunk.message)["tool_call_chunks"] = pieces
    return chunk


def _invalidating_suffix(arguments: str) -> str:
    """Return text to append to arguments so that LangChain does not accept them."""
    rejected = (suffix for suffix in _SUFFIXES if not _is_accepted(arguments + suffix))
    return next(rejected)


def _is_accepted(arguments: str) -> bool:
    """Return whether LangChain makes an object of the arguments of a chunk."""
    try:
        return not arguments or isinstance(parse_partial_json(arguments), dict)
    except (ValueError, RecursionError):
        return False
