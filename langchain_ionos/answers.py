"""The hub's answers to LangChain messages: whole ones, and the chunks of streams."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, InvalidToolCall, ToolCall
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.utils.json import parse_partial_json

from ionos_model_hub.wire import answers
from ionos_model_hub.wire.deltas import Delta, ToolCallDelta

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


def chunks_of(delta: Delta) -> Iterator[ChatGenerationChunk]:
    """Yield the chunks of a delta, one for each kind of content in it."""
    metadata: dict[str, Any] = {"model_provider": PROVIDER}
    if delta.logprobs:
        metadata["logprobs"] = delta.logprobs
    for content in _contents(delta):
        yield _chunk(response_metadata=metadata, **content)
        metadata = {"model_provider": PROVIDER}


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
        metadata = {"model_provider": PROVIDER}
        yield _chunk(content="", tool_call_chunks=broken, response_metadata=metadata)
    chunk = _chunk(
        content="",
        response_metadata=metadata_of(answer, answer.choices[0]),
        usage_metadata=usage_of(answer.usage),
        chunk_position="last",
    )
    chunk.generation_info = {"finish_reason": answer.finish_reason}
    yield chunk


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
        additional_kwargs=_beside(said.reasoning, said.refusal),
        tool_calls=good,
        invalid_tool_calls=bad,
        usage_metadata=usage,
        response_metadata=metadata,
    )


def _beside(reasoning: str, refusal: str) -> dict[str, str]:
    """Return what has no place in a message's content."""
    told = {"reasoning_content": reasoning, "refusal": refusal}
    return {name: text for name, text in told.items() if text}


def _contents(delta: Delta) -> Iterator[dict[str, Any]]:
    """Yield a chunk's fields for each kind of content; lone log probabilities count as text."""
    if delta.reasoning:
        yield {"content": "", "additional_kwargs": _beside(delta.reasoning, "")}
    is_alone = not (delta.reasoning or delta.tool_calls or delta.refusal)
    if delta.text or (delta.logprobs and is_alone):
        yield {"content": delta.text}
    if delta.tool_calls:
        yield {"content": "", "tool_call_chunks": _call_chunks(delta.tool_calls)}
    if delta.refusal:
        yield {"content": "", "additional_kwargs": _beside("", delta.refusal)}


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


def _chunk(tool_call_chunks: Sequence[ToolCallChunk] = (), **fields: Any) -> ChatGenerationChunk:
    pieces = list(tool_call_chunks)
    if any(piece["name"] for piece in pieces):
        return ChatGenerationChunk(message=AIMessageChunk(tool_call_chunks=pieces, **fields))
    message = AIMessageChunk(**fields)
    # Given to the constructor, each piece of arguments would be read as JSON, in vain.
    message.tool_call_chunks = pieces
    return ChatGenerationChunk(message=message)
