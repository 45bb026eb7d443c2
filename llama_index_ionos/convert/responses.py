"""The hub's answers, whole or in pieces, turned into LlamaIndex's responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Completion,
    Delta,
    Message,
    ToolCallDelta,
    Usage,
)
from llama_index_ionos.convert.logprobs import logprobs_of
from llama_index_ionos.convert.raw import CHUNK, raw_chunk, raw_of

KeptCall = dict[str, Any]

_NOTHING_SAID = ChatMessage(role=MessageRole.ASSISTANT, blocks=[], additional_kwargs={})


@dataclass(frozen=True, slots=True)
class Reading:
    """How answers are read.

    Attributes:
        single_tool_call: Whether only the first tool call of an answer is kept.
        promote_reasoning: Whether reasoning stands in for the text of an answer that has neither
            text nor tool calls.
    """

    single_tool_call: bool = False
    promote_reasoning: bool = False


def response_of(answer: ChatCompletion | Completion, reading: Reading = Reading()) -> ChatResponse:
    """Return a whole answer as LlamaIndex wants it.

    The message holds at most one ThinkingBlock, one TextBlock and the ToolCallBlocks, in that
    order; the tool calls stand in `additional_kwargs["tool_calls"]` too. `raw` is the answer as
    a plain dict, all of its choices included.

    Example:
        >>> from ionos_model_hub import Choice
        >>> answer = ChatCompletion(choices=[Choice(0, Message("Hallo"), "stop")])
        >>> response_of(answer).message.content
        'Hallo'
    """
    told = Message(answer.text) if isinstance(answer, Completion) else answer.message
    return ChatResponse(
        message=_message(told, reading, answer.usage),
        raw=raw_of(answer),
        logprobs=logprobs_of(answer.choices[0].logprobs),
        additional_kwargs=token_counts(answer.usage),
    )


def token_counts(usage: Usage | None) -> dict[str, int]:
    """Return the token counts under the names that LlamaIndex looks for."""
    if usage is None:
        return {}
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
    }


def completion_of(response: ChatResponse) -> CompletionResponse:
    """Return the answer to a prompt as LlamaIndex wants it."""
    return CompletionResponse(
        text=response.message.content or "",
        delta=response.delta,
        raw=response.raw,
        logprobs=response.logprobs,
        additional_kwargs=response.additional_kwargs,
    )


def is_partial(response: ChatResponse) -> bool:
    """Tell whether a response is an item of a stream before its last."""
    return isinstance(response.raw, Mapping) and response.raw.get("object") == CHUNK


class Pieces:
    """Turns the deltas of a stream into responses that hold the message as far as it has come.

    Only what a delta adds to is built anew; the other blocks are shared between the responses.

    Args:
        reading: How the answer is read.

    Example:
        >>> pieces = Pieces()
        >>> [pieces.step(Delta(text=text)).message.content for text in ("Hal", "lo")]
        ['Hal', 'Hallo']
    """

    def __init__(self, reading: Reading = Reading()) -> None:
        self._reading = reading
        self._thinking = ThinkingBlock(content="")
        self._text = TextBlock(text="")
        self._calls: list[ToolCallBlock] = []
        self._kept: list[KeptCall] = []

    def step(self, delta: Delta) -> ChatResponse | None:
        """Return the message so far; None for a delta of another choice than the first."""
        if delta.index:
            return None
        text = delta.text + delta.refusal
        if text:
            self._text = TextBlock(text=self._text.text + text)
        if delta.reasoning:
            self._thinking = ThinkingBlock(content=(self._thinking.content or "") + delta.reasoning)
        for piece in delta.tool_calls:
            self._add(piece)
        return ChatResponse(
            message=_assistant(self._thinking, self._text, self._calls, self._kept),
            delta=text,
            raw=raw_chunk(delta),
            logprobs=logprobs_of(delta.logprobs),
            additional_kwargs={"thinking_delta": delta.reasoning} if delta.reasoning else {},
        )

    def finish(self, answer: ChatCompletion | Completion) -> ChatResponse:
        """Return the last response: the whole message, with usage and finish reason.

        Its `delta` is empty, unless text comes to light only now.
        """
        response = response_of(answer, self._reading)
        response.delta = (response.message.content or "")[len(self._text.text) :]
        return response

    def _add(self, piece: ToolCallDelta) -> None:
        if piece.index and self._reading.single_tool_call:
            return
        if piece.index == len(self._calls):
            self._calls.append(_call(piece.id, piece.name, piece.arguments))
            self._kept.append(_kept(piece.id, piece.name, piece.arguments))
            return
        before, arguments = self._calls[piece.index], self._kept[piece.index]["function"]
        id_, name = before.tool_call_id or "", before.tool_name + piece.name
        text = arguments["arguments"] + piece.arguments
        self._calls[piece.index] = _call(id_, name, text)
        self._kept[piece.index] = _kept(id_, name, text)


def _message(told: Message, reading: Reading, usage: Usage | None) -> ChatMessage:
    calls = told.tool_calls[:1] if reading.single_tool_call else told.tool_calls
    text = told.content + told.refusal
    if reading.promote_reasoning and not text and not calls:
        text = told.reasoning
    message = _assistant(
        ThinkingBlock(content=told.reasoning, num_tokens=usage.reasoning_tokens if usage else None),
        TextBlock(text=text),
        [_call(call.id, call.name, call.arguments) for call in calls],
        [_kept(call.id, call.name, call.arguments) for call in calls],
    )
    if told.refusal:
        message.additional_kwargs["refusal"] = told.refusal
    return message


def _assistant(
    thinking: ThinkingBlock,
    text: TextBlock,
    calls: Sequence[ToolCallBlock],
    kept: Sequence[KeptCall],
) -> ChatMessage:
    # A copy, since validating what is known takes longer; this is the hot loop of every stream.
    message = _NOTHING_SAID.__copy__()
    fields = vars(message)
    fields["blocks"] = [thinking] if thinking.content else []
    if text.text or not calls:
        fields["blocks"].append(text)
    fields["blocks"] += calls
    fields["additional_kwargs"] = {"tool_calls": list(kept)} if kept else {}
    return message


def _call(id_: str, name: str, arguments: str) -> ToolCallBlock:
    return ToolCallBlock(tool_call_id=id_, tool_name=name, tool_kwargs=arguments)


def _kept(id_: str, name: str, arguments: str) -> KeptCall:
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}
