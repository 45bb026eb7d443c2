"""What `raw` of a response holds: plain dicts in the shape that tracing tools look for."""

from __future__ import annotations

from typing import Any

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


def raw_of(answer: ChatCompletion | Completion) -> Raw:
    """Return a whole answer as a plain dict; `headers` holds the trace id and rate limits.

    Example:
        >>> raw_of(Completion(id="1", choices=[TextChoice(0, "Hallo", "stop")]))["choices"]
        [{'index': 0, 'finish_reason': 'stop', 'text': 'Hallo'}]
    """
    raw: Raw = {
        "id": answer.id,
        "object": "chat.completion",
        "created": answer.created,
        "model": answer.model,
        "choices": [_choice(choice) for choice in answer.choices],
        "headers": dict(answer.headers),
    }
    if answer.usage:
        raw["usage"] = _usage(answer.usage)
    return raw


def raw_chunk(delta: Delta) -> Raw:
    """Return what one delta says as a plain dict."""
    content = {"content": delta.text, "reasoning": delta.reasoning, "refusal": delta.refusal}
    told: Raw = {name: text for name, text in content.items() if text}
    if delta.tool_calls:
        told["tool_calls"] = [
            {
                "index": piece.index,
                "id": piece.id,
                "type": "function",
                "function": {"name": piece.name, "arguments": piece.arguments},
            }
            for piece in delta.tool_calls
        ]
    choice = {"index": delta.index, "delta": told, "finish_reason": delta.finish_reason}
    return {"object": CHUNK, "choices": [choice]}


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
    raw: Raw = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
    }
    if usage.cached_tokens is not None:
        raw["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    if usage.reasoning_tokens is not None:
        raw["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    return raw
