"""Plain dicts for `ChatResponse.raw`, in the shape that tracing and token-counting tools read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llama_index.core.base.llms.types import ChatResponse

from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Choice,
    Completion,
    Delta,
    TextChoice,
    Usage,
)

Raw = dict[str, Any]

CHUNK = "chat.completion.chunk"


def raw_response(response: ChatCompletion | Completion) -> Raw:
    """Return a complete response as a plain dict; `headers` has the trace id and rate limits.

    Example:
        >>> raw_response(Completion(id="1", choices=[TextChoice(0, "Hallo", "stop")]))["choices"]
        [{'index': 0, 'finish_reason': 'stop', 'text': 'Hallo'}]
    """
    raw: Raw = {
        "id": response.id,
        "object": "chat.completion",
        "created": response.created,
        "model": response.model,
        "choices": [_choice(choice) for choice in response.choices],
        "headers": dict(response.headers),
    }
    if response.usage:
        raw["usage"] = _usage(response.usage)
    return raw


def raw_chunk(delta: Delta) -> Raw:
    """Return one delta of a stream as a plain dict."""
    texts = {"content": delta.text, "reasoning": delta.reasoning, "refusal": delta.refusal}
    fields: Raw = {name: text for name, text in texts.items() if text}
    if delta.tool_calls:
        fields["tool_calls"] = [
            {
                "index": piece.index,
                "id": piece.id,
                "type": "function",
                "function": {"name": piece.name, "arguments": piece.arguments},
            }
            for piece in delta.tool_calls
        ]
    choice = {"index": delta.index, "delta": fields, "finish_reason": delta.finish_reason}
    return {"object": CHUNK, "choices": [choice]}


def is_partial(response: ChatResponse) -> bool:
    """Return whether a response is an item of a stream other than the last."""
    return isinstance(response.raw, Mapping) and response.raw.get("object") == CHUNK


def finish_reason(response: ChatResponse) -> str | None:
    """Return why the model stopped, or None if unspecified."""
    choices = response.raw.get("choices") if isinstance(response.raw, Mapping) else None
    return choices[0].get("finish_reason") if choices else None


def token_counts(usage: Usage) -> dict[str, int]:
    """Return the token usage under the names of both the chat and the responses API."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "input_tokens": usage.prompt_tokens,
        "output_tokens": usage.completion_tokens,
    }


def _choice(choice: Choice | TextChoice) -> Raw:
    raw: Raw = {"index": choice.index, "finish_reason": choice.finish_reason}
    if isinstance(choice, TextChoice):
        raw["text"] = choice.text
    else:
        raw["message"] = _message(choice)
    if choice.logprobs:
        raw["logprobs"] = choice.logprobs
    return raw


def _message(choice: Choice) -> Raw:
    message = choice.message
    raw: Raw = {"role": "assistant", "content": message.content}
    if message.reasoning:
        raw["reasoning"] = message.reasoning
    if message.refusal:
        raw["refusal"] = message.refusal
    if message.tool_calls:
        raw["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    return raw


def _usage(usage: Usage) -> Raw:
    raw: Raw = dict(token_counts(usage))
    if usage.cached_tokens is not None:
        raw["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    if usage.reasoning_tokens is not None:
        raw["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    return raw
