"""The hub's whole answers to LangChain messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, InvalidToolCall, ToolCall
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult

from ionos_model_hub.wire import response_types as answers

PROVIDER = "ionos"


def result_of(answer: answers.ChatCompletion) -> ChatResult:
    """Return the `n` messages of an answer; the tokens are counted on the first of them."""
    usage = usage_of(answer.usage)
    generations: list[ChatGeneration] = []
    for choice in answer.choices:
        message = _message(answer, choice, None if generations else usage)
        info = {"finish_reason": choice.finish_reason}
        generations.append(ChatGeneration(message=message, generation_info=info))
    output: dict[str, Any] = {"model_name": answer.model, "model_provider": PROVIDER}
    if usage:
        output["token_usage"] = dict(usage)
    return ChatResult(generations=generations, llm_output=output)


def usage_of(usage: answers.Usage | None) -> UsageMetadata | None:
    """Return token counts, with the details that the hub sent."""
    if usage is None:
        return None
    counted = UsageMetadata(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
    )
    if usage.cached_tokens is not None:
        counted["input_token_details"] = InputTokenDetails(cache_read=usage.cached_tokens)
    if usage.reasoning_tokens is not None:
        counted["output_token_details"] = OutputTokenDetails(reasoning=usage.reasoning_tokens)
    return counted


def metadata_of(answer: answers.ChatCompletion, choice: answers.Choice) -> dict[str, Any]:
    """Return what is told of an answer beside its content, apart from log probabilities."""
    metadata: dict[str, Any] = {
        "model_provider": PROVIDER,
        "model_name": answer.model,
        "finish_reason": choice.finish_reason,
        "id": answer.id,
        "system_fingerprint": answer.system_fingerprint,
        "headers": answer.headers,
    }
    return {name: value for name, value in metadata.items() if value}


def read_calls(
    calls: Iterable[answers.ToolCall],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Return tool calls with their arguments read, and those whose arguments are no object.

    Example:
        >>> good, bad = read_calls([answers.ToolCall("a", "add", '{"x": 1}')])
        >>> good[0]["args"], bad
        ({'x': 1}, [])
    """
    good: list[ToolCall] = []
    bad: list[InvalidToolCall] = []
    for call in calls:
        arguments = read_arguments(call.arguments)
        if arguments is None:
            bad.append(
                InvalidToolCall(
                    type="invalid_tool_call",
                    id=call.id,
                    name=call.name,
                    args=call.arguments,
                    error=None,
                )
            )
        else:
            good.append(ToolCall(type="tool_call", id=call.id, name=call.name, args=arguments))
    return good, bad


def read_arguments(text: str) -> dict[str, Any] | None:
    """Return a call's arguments, or None where they are no JSON object; none at all are {}."""
    try:
        # Like LangChain's own reading of streams, this takes line breaks inside strings.
        arguments = json.loads(text or "{}", strict=False)
    except (ValueError, RecursionError):
        return None
    return arguments if isinstance(arguments, dict) else None


def summed_token_usage(outputs: Sequence[dict[str, Any] | None]) -> dict[str, Any]:
    """Return the `llm_output` of several calls together: their tokens, summed."""
    told = [output for output in outputs if output]
    total: dict[str, int] = {}
    for output in told:
        for name, count in output.get("token_usage", {}).items():
            if isinstance(count, int):
                total[name] = total.get(name, 0) + count
    names = {key: told[-1][key] for key in ("model_name", "model_provider") if told}
    return {**names, "token_usage": total} if total else names


def _message(
    answer: answers.ChatCompletion, choice: answers.Choice, usage: UsageMetadata | None
) -> AIMessage:
    said = choice.message
    good, bad = read_calls(said.tool_calls)
    metadata = metadata_of(answer, choice)
    if choice.logprobs:
        metadata["logprobs"] = choice.logprobs
    return AIMessage(
        content=said.content,
        additional_kwargs=beside_content(said.reasoning, said.refusal),
        tool_calls=good,
        invalid_tool_calls=bad,
        usage_metadata=usage,
        response_metadata=metadata,
    )


def beside_content(reasoning: str, refusal: str) -> dict[str, str]:
    """Return what has no place in a message's content."""
    told = {"reasoning_content": reasoning, "refusal": refusal}
    return {name: text for name, text in told.items() if text}
