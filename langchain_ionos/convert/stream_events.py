"""Convert stream deltas to the events of LangChain's content-block protocol (`version="v3"`).

The protocol requires each block to be finished before the next one starts. Models do write one
block after the other. If a server interleaves parallel tool calls, the pieces of later calls are
held back until the arguments of the earlier call are complete.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from ionos_model_hub.wire.response_types import ChatCompletion, Delta, ToolCall
from ionos_model_hub.wire.tool_calls import parse_arguments
from langchain_ionos.convert.content_blocks import refusal_block
from langchain_ionos.convert.responses import (
    PROVIDER,
    response_metadata,
    split_tool_calls,
    to_usage_metadata,
)

if TYPE_CHECKING:
    from langchain_protocol.protocol import MessagesData

Kind: TypeAlias = Literal["text", "reasoning", "refusal"] | int
Event: TypeAlias = dict[str, Any]


@dataclass(slots=True)
class _Piece:
    """An addition to one block; `kind` is a tool call's index, or the type of the block."""

    kind: Kind
    text: str
    id: str = ""
    name: str = ""


@dataclass(slots=True)
class _Block:
    """The open block.

    Attributes:
        index: Its position in the message.
        kind: Its kind, see `_Piece`.
        id: The tool call's id.
        name: The tool call's name.
        pieces: The text, or the tool call's arguments, received so far.
    """

    index: int
    kind: Kind
    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)

    def start(self) -> Event:
        content: Event
        if isinstance(self.kind, int):
            content = {"type": "tool_call_chunk", "id": self.id, "name": self.name, "args": ""}
        elif self.kind == "refusal":
            content = refusal_block("")
        else:
            content = {"type": self.kind, self.kind: ""}
        return {"event": "content-block-start", "index": self.index, "content": content}

    def add(self, piece: _Piece) -> Event | None:
        self.name = self.name or piece.name
        self.pieces.append(piece.text)
        if self.kind == "refusal" or not piece.text:
            return None
        if isinstance(self.kind, int):
            delta = {"type": "tool-call-delta", "args": piece.text}
        else:
            delta = {"type": f"{self.kind}-delta", self.kind: piece.text}
        return {"event": "content-block-delta", "index": self.index, "delta": delta}

    def finish(self, calls: Sequence[ToolCall] = ()) -> Event:
        """Return the event that ends the block; `calls` are those of the complete response."""
        content: Any
        text = "".join(self.pieces)
        if isinstance(self.kind, int):
            is_known = self.kind < len(calls)
            call = calls[self.kind] if is_known else ToolCall(self.id, self.name, text)
            valid, invalid = split_tool_calls([call])
            content = {**(valid or invalid)[0]}
        elif self.kind == "refusal":
            content = refusal_block(text)
        else:
            content = {"type": self.kind, self.kind: text}
        return {"event": "content-block-finish", "index": self.index, "content": content}

    @property
    def is_complete(self) -> bool:
        """Whether no further piece can belong to this block."""
        if not isinstance(self.kind, int):
            return True
        text = "".join(self.pieces)
        return text.rstrip().endswith("}") and parse_arguments(text) is not None


class EventWriter:
    """Produces the events of one response.

    Args:
        model: The requested model.

    Example:
        >>> writer = EventWriter("m")
        >>> [event["event"] for event in writer.feed(Delta(text="Hallo"))]
        ['message-start', 'content-block-start', 'content-block-delta']
    """

    def __init__(self, model: str) -> None:
        self._model = model
        self._started = False
        self._open: _Block | None = None
        self._pending: deque[_Piece] = deque()
        self._block_count = 0
        self._finished_calls: set[Kind] = set()

    def feed(self, delta: Delta) -> Iterator[MessagesData]:
        """Yield the events for a delta."""
        yield from self._start()
        for piece in _split(delta):
            if piece.kind in self._finished_calls:
                continue  # the arguments are complete, so only whitespace can follow
            self._pending.append(piece)
            yield from cast("Iterator[MessagesData]", self._write())

    def finish(self, completion: ChatCompletion) -> Iterator[MessagesData]:
        """Yield the events that end the message."""
        yield from self._start()
        choice = completion.choices[0]
        calls = choice.message.tool_calls
        yield from cast("Iterator[MessagesData]", self._write(calls))
        if self._open:
            yield cast("MessagesData", self._open.finish(calls))
        metadata = response_metadata(completion, choice, completion.usage)
        if choice.logprobs:
            metadata["logprobs"] = choice.logprobs
        end: Event = {"event": "message-finish", "metadata": metadata}
        if usage := to_usage_metadata(completion.usage):
            end["usage"] = usage
        if choice.message.refusal:
            end["additional_kwargs"] = {"refusal": choice.message.refusal}
        yield cast("MessagesData", end)

    def _start(self) -> Iterator[MessagesData]:
        if not self._started:
            self._started = True
            yield {
                "event": "message-start",
                "role": "ai",
                "id": "",
                "metadata": {"provider": PROVIDER, "model": self._model},
            }

    def _write(self, calls: Sequence[ToolCall] | None = None) -> Iterator[Event]:
        """Yield the events of pending pieces, as far as the order of blocks allows.

        Args:
            calls: The tool calls of the complete response, at the end of the stream.
        """
        while self._pending:
            yield from self._continue_block()
            if not self._pending or not self._may_start_block(calls):
                return
            yield from self._next_block(calls or ())

    def _continue_block(self) -> Iterator[Event]:
        """Add the pending pieces that belong to the open block."""
        block = self._open
        if block is None:
            return
        remaining: deque[_Piece] = deque()
        for piece in self._pending:
            # Text after a tool call is a separate block, even if earlier text is still pending.
            if piece.kind != block.kind or (remaining and not isinstance(piece.kind, int)):
                remaining.append(piece)
            elif event := block.add(piece):
                yield event
        self._pending = remaining

    def _may_start_block(self, calls: Sequence[ToolCall] | None) -> bool:
        return calls is not None or self._open is None or self._open.is_complete

    def _next_block(self, calls: Sequence[ToolCall]) -> Iterator[Event]:
        if self._open:
            if isinstance(self._open.kind, int):
                self._finished_calls.add(self._open.kind)
            yield self._open.finish(calls)
        first = self._pending[0]
        self._open = _Block(self._block_count, first.kind, first.id, first.name)
        self._block_count += 1
        yield self._open.start()


def _split(delta: Delta) -> Iterator[_Piece]:
    """Yield the pieces of a delta, one per kind and tool call."""
    if delta.reasoning:
        yield _Piece("reasoning", delta.reasoning)
    if delta.text:
        yield _Piece("text", delta.text)
    for call in delta.tool_calls:
        yield _Piece(call.index, call.arguments, call.id, call.name)
    if delta.refusal:
        yield _Piece("refusal", delta.refusal)
