"""Convert API responses, complete or streamed, to LlamaIndex responses."""

from __future__ import annotations

from collections.abc import Sequence
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
from llama_index_ionos.convert.raw import raw_chunk, raw_response, token_counts
from llama_index_ionos.convert.tool_calls import (
    INVALID_TOOL_CALLS,
    invalid_tool_calls,
    to_tool_call_block,
    to_tool_call_dict,
)

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

    The message has at most one TextBlock, one ThinkingBlock and the ToolCallBlocks, in that
    order; `additional_kwargs["tool_calls"]` repeats the tool calls. The text comes first because
    parts of LlamaIndex, such as `DocumentContextExtractor`, read only the first block. Calls that
    must not run are listed in `additional_kwargs["invalid_tool_calls"]` of the response, which
    also contains the token usage. `raw` is the response as a plain dict with all of its choices.

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
        additional_kwargs=_additional_kwargs(message, response.usage),
    )


def to_completion_response(response: ChatResponse) -> CompletionResponse:
    """Return the response to a prompt as LlamaIndex's completion type."""
    return CompletionResponse(
        text=response.message.content or "",
        delta=response.delta,
        raw=response.raw,
        logprobs=response.logprobs,
        additional_kwargs=response.additional_kwargs,
    )


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
        self._calls: list[ToolCallBlock] = []

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
            message=_assistant_message(self._thinking, self._text, self._calls),
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
        if delta.index == len(self._calls):
            self._calls.append(_tool_call_block(delta.id, delta.name, delta.arguments))
            return
        call = self._calls[delta.index]
        name, arguments = call.tool_name + delta.name, f"{call.tool_kwargs}{delta.arguments}"
        self._calls[delta.index] = _tool_call_block(call.tool_call_id, name, arguments)


def _additional_kwargs(message: Message, usage: Usage | None) -> dict[str, Any]:
    values: dict[str, Any] = {} if usage is None else dict(token_counts(usage))
    if invalid := invalid_tool_calls(message.tool_calls):
        values[INVALID_TOOL_CALLS] = invalid
    return values


def _chat_message(message: Message, options: ParseOptions, usage: Usage | None) -> ChatMessage:
    calls = message.tool_calls[:1] if options.single_tool_call else message.tool_calls
    text = message.content + message.refusal
    if options.promote_reasoning and not text and not calls:
        text = message.reasoning
    reasoning_tokens = usage.reasoning_tokens if usage else None
    chat_message = _assistant_message(
        ThinkingBlock(content=message.reasoning, num_tokens=reasoning_tokens),
        TextBlock(text=text),
        [to_tool_call_block(call) for call in calls],
    )
    if message.refusal:
        chat_message.additional_kwargs["refusal"] = message.refusal
    return chat_message


def _assistant_message(
    thinking: ThinkingBlock,
    text: TextBlock,
    calls: Sequence[ToolCallBlock],
) -> ChatMessage:
    # Copying skips pydantic's validation of known values: this runs for each streamed chunk.
    message = _EMPTY_MESSAGE.__copy__()
    fields = vars(message)
    fields["blocks"] = [text] if text.text or not calls else []
    if thinking.content:
        fields["blocks"].append(thinking)
    fields["blocks"] += calls
    dicts = [to_tool_call_dict(call) for call in calls]
    fields["additional_kwargs"] = {"tool_calls": dicts} if calls else {}
    return message


def _tool_call_block(id_: str | None, name: str, arguments: str) -> ToolCallBlock:
    return ToolCallBlock(tool_call_id=id_, tool_name=name, tool_kwargs=arguments)
