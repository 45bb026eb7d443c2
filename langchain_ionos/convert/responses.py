"""Convert non-streamed chat completions to LangChain messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, InvalidToolCall, ToolCall
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult

from ionos_model_hub.wire import response_types as types
from ionos_model_hub.wire.tool_calls import NOT_AN_OBJECT, parse_arguments

PROVIDER = "ionos"


def to_chat_result(completion: types.ChatCompletion) -> ChatResult:
    """Return a message for each choice; the first one carries the token usage."""
    generations: list[ChatGeneration] = []
    for choice in completion.choices:
        message = _to_message(completion, choice, None if generations else completion.usage)
        info = {"finish_reason": choice.finish_reason}
        generations.append(ChatGeneration(message=message, generation_info=info))
    output: dict[str, Any] = {"model_name": completion.model, "model_provider": PROVIDER}
    if completion.usage:
        output["token_usage"] = token_usage(completion.usage)
    return ChatResult(generations=generations, llm_output=output)


def to_usage_metadata(usage: types.Usage | None) -> UsageMetadata | None:
    """Return the token usage, with those details that the server reported."""
    if usage is None:
        return None
    metadata = UsageMetadata(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
    )
    if usage.cached_tokens is not None:
        metadata["input_token_details"] = InputTokenDetails(cache_read=usage.cached_tokens)
    if usage.reasoning_tokens is not None:
        metadata["output_token_details"] = OutputTokenDetails(reasoning=usage.reasoning_tokens)
    return metadata


def token_usage(usage: types.Usage) -> dict[str, Any]:
    """Return the token usage under the names of the API and under those of LangChain.

    Example:
        >>> usage = token_usage(types.Usage(7, 5, 12))
        >>> usage["prompt_tokens"], usage["input_tokens"]
        (7, 7)
    """
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        **(to_usage_metadata(usage) or {}),
    }


def response_metadata(
    completion: types.ChatCompletion, choice: types.Choice, usage: types.Usage | None
) -> dict[str, Any]:
    """Return a message's `response_metadata`, without log probabilities."""
    metadata: dict[str, Any] = {
        "token_usage": token_usage(usage) if usage else None,
        "model_provider": PROVIDER,
        "model_name": completion.model,
        "finish_reason": choice.finish_reason,
        "id": completion.id,
        "system_fingerprint": completion.system_fingerprint,
        "headers": completion.headers,
    }
    return {name: value for name, value in metadata.items() if value}


def split_tool_calls(
    calls: Iterable[types.ToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Return the calls that may run, with parsed arguments, and those that must not.

    Truncated and malformed calls must not run; their error says why.

    Example:
        >>> valid, invalid = split_tool_calls([types.ToolCall("a", "add", '{"x": 1}')])
        >>> valid[0]["args"], invalid
        ({'x': 1}, [])
    """
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        # `{}`: an empty text that is an error for the tool has `call.error` set.
        arguments = parse_arguments(call.arguments, {})
        if call.error or arguments is None:
            invalid.append(
                InvalidToolCall(
                    type="invalid_tool_call",
                    id=call.id,
                    name=call.name,
                    args=call.arguments,
                    error=call.error or NOT_AN_OBJECT,
                )
            )
        else:
            valid.append(ToolCall(type="tool_call", id=call.id, name=call.name, args=arguments))
    return valid, invalid


def sum_token_usage(outputs: Sequence[dict[str, Any] | None]) -> dict[str, Any]:
    """Return the combined `llm_output` of several calls, with summed token usage."""
    reported = [output for output in outputs if output]
    total: dict[str, Any] = {}
    for output in reported:
        total = _sum_counts(total, output.get("token_usage", {}))
    names = {key: reported[-1][key] for key in ("model_name", "model_provider") if reported}
    return {**names, "token_usage": total} if total else names


def _sum_counts(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    total = dict(one)
    for name, count in other.items():
        if isinstance(count, dict):
            total[name] = _sum_counts(total.get(name, {}), count)
        elif isinstance(count, int):
            total[name] = total.get(name, 0) + count
    return total


def additional_kwargs(reasoning: str, refusal: str) -> dict[str, str]:
    """Return a message's `additional_kwargs`: non-empty text that is not part of its content."""
    kwargs = {"reasoning_content": reasoning, "refusal": refusal}
    return {name: text for name, text in kwargs.items() if text}


def _to_message(
    completion: types.ChatCompletion, choice: types.Choice, usage: types.Usage | None
) -> AIMessage:
    source = choice.message
    valid, invalid = split_tool_calls(source.tool_calls)
    metadata = response_metadata(completion, choice, usage)
    if choice.logprobs:
        metadata["logprobs"] = choice.logprobs
    return AIMessage(
        content=source.content,
        additional_kwargs=additional_kwargs(source.reasoning, source.refusal),
        tool_calls=valid,
        invalid_tool_calls=invalid,
        usage_metadata=to_usage_metadata(usage),
        response_metadata=metadata,
    )
