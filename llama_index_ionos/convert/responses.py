"""Convert API responses, complete or streamed, to LlamaIndex responses."""

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
from llama_index_ionos.convert.logprobs import to_logprobs
from llama_index_ionos.convert.raw import CHUNK, raw_chunk, raw_response

ToolCallDict = dict[str, Any]

_EMPTY_MESSAGE = ChatMessage(role=MessageRole.ASSISTANT, blocks=[], additional_kwargs={})


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """Options for parsing a response.

    Attributes:
        single_tool_call: Whether only the first tool call of a response is kept.
        promote_reasoning: Whether the reasoning becomes the text of a response that has neither
            text nor tool calls.
    """

    single_tool_call: bool = False
    promote_reasoning: bool = False


def to_chat_response(
    response: ChatCompletion | Completion, options: ParseOptions = ParseOptions()
) -> ChatResponse:
    """Return a complete response as a LlamaIndex response.

    The message has at most one ThinkingBlock, one TextBlock and the ToolCallBlocks, in that
    order; `additional_kwargs["tool_calls"]` repeats the tool calls. `raw` is the response as a
    plain dict with all of its choices.

    Example:
        >>> from ionos_model_hub import Choice
        >>> response = ChatCompletion(choices=[Choice(0, Message("Hallo"), "stop")])
        >>> to_chat_response(response).message.content
        'Hallo'
    """
    message = Message(response.text) if isinstance(response, Completion) else response.message
    return ChatResponse(
        message=_chat_message(message, options, response.usage),
        raw=raw_response(response),
        logprobs=to_logprobs(response.choices[0].logprobs),
        additional_kwargs=token_counts(response.usage),
    )


def token_counts(usage: Usage | None) -> dict[str, int]:
    """Return the token usage under the names that LlamaIndex reads."""
    if usage is None:
        return {}
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
    }


def to_completion_response(response: ChatResponse) -> CompletionResponse:
    """Return the response to a prompt as LlamaIndex's completion type."""
    return CompletionResponse(
        text=response.message.content or "",
        delta=response.delta,
        raw=response.raw,
        logprobs=response.logprobs,
        additional_kwargs=response.additional_kwargs,
    )


def is_partial(response: ChatResponse) -> bool:
    """Return whether a response is an item of a stream other than the last."""
    return isinstance(response.raw, Mapping) and response.raw.get("object") == CHUNK


class StreamAccumulator:
    """Turns the deltas of a stream into responses that contain the message so far.

    Only the blocks that a delta extends are rebuilt; the responses share all others.

    Args:
        options: How the response is parsed.

    Example:
        >>> accumulator = StreamAccumulator()
        >>> [accumulator.add(Delta(text=text)).message.content for text in ("Hal", "lo")]
        ['Hal', 'Hallo']
    """

    def __init__(self, options: ParseOptions = ParseOptions()) -> None:
        self._options = options
        self._thinking = ThinkingBlock(content="")
        self._text = TextBlock(text="")
        self._blocks: list[ToolCallBlock] = []
        self._dicts: list[ToolCallDict] = []

    def add(self, delta: Delta) -> ChatResponse | None:
        """Return the message so far, or None if the delta belongs to another choice."""
        if delta.index:
            return None
        text = delta.text + delta.refusal
        if text:
            self._text = TextBlock(text=self._text.text + text)
        if delta.reasoning:
            self._thinking = ThinkingBlock(content=(self._thinking.content or "") + delta.reasoning)
        for call_delta in delta.tool_calls:
            self._add_tool_call(call_delta)
        return ChatResponse(
            message=_assistant_message(self._thinking, self._text, self._blocks, self._dicts),
            delta=text,
            raw=raw_chunk(delta),
            logprobs=to_logprobs(delta.logprobs),
            additional_kwargs={"thinking_delta": delta.reasoning} if delta.reasoning else {},
        )

    def finish(self, response: ChatCompletion | Completion) -> ChatResponse:
        """Return the last response: the complete message, token usage and finish reason.

        Its `delta` is empty unless the complete message has text that no delta contained.
        """
        last = to_chat_response(response, self._options)
        last.delta = (last.message.content or "")[len(self._text.text) :]
        return last

    def _add_tool_call(self, delta: ToolCallDelta) -> None:
        if delta.index and self._options.single_tool_call:
            return
        if delta.index == len(self._blocks):
            self._blocks.append(_tool_call_block(delta.id, delta.name, delta.arguments))
            self._dicts.append(_tool_call_dict(delta.id, delta.name, delta.arguments))
            return
        block, function = self._blocks[delta.index], self._dicts[delta.index]["function"]
        id_, name = block.tool_call_id or "", block.tool_name + delta.name
        arguments = function["arguments"] + delta.arguments
        self._blocks[delta.index] = _tool_call_block(id_, name, arguments)
        self._dicts[delta.index] = _tool_call_dict(id_, name, arguments)


def _chat_message(message: Message, options: ParseOptions, usage: Usage | None) -> ChatMessage:
    calls = message.tool_calls[:1] if options.single_tool_call else message.tool_calls
    text = message.content + message.refusal
    if options.promote_reasoning and not text and not calls:
        text = message.reasoning
    reasoning_tokens = usage.reasoning_tokens if usage else None
    chat_message = _assistant_message(
        ThinkingBlock(content=message.reasoning, num_tokens=reasoning_tokens),
        TextBlock(text=text),
        [_tool_call_block(call.id, call.name, call.arguments) for call in calls],
        [_tool_call_dict(call.id, call.name, call.arguments) for call in calls],
    )
    if message.refusal:
        chat_message.additional_kwargs["refusal"] = message.refusal
    return chat_message


def _assistant_message(
    thinking: ThinkingBlock,
    text: TextBlock,
    blocks: Sequence[ToolCallBlock],
    dicts: Sequence[ToolCallDict],
) -> ChatMessage:
    # Copying skips pydantic's validation of known values: this runs for each streamed chunk.
    message = _EMPTY_MESSAGE.__copy__()
    fields = vars(message)
    fields["blocks"] = [thinking] if thinking.content else []
    if text.text or not blocks:
        fields["blocks"].append(text)
    fields["blocks"] += blocks
    fields["additional_kwargs"] = {"tool_calls": list(dicts)} if dicts else {}
    return message


def _tool_call_block(id_: str, name: str, arguments: str) -> ToolCallBlock:
    return ToolCallBlock(tool_call_id=id_, tool_name=name, tool_kwargs=arguments)


def _tool_call_dict(id_: str, name: str, arguments: str) -> ToolCallDict:
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}
