"""Convert completions to LangChain generations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.outputs import Generation, GenerationChunk, LLMResult

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.request_types import CompletionOptions
from ionos_model_hub.wire.response_types import Completion, Delta, TextChoice, Usage
from langchain_ionos.convert.responses import PROVIDER


def to_llm_result(completions: Sequence[Completion]) -> LLMResult:
    """Return the generations of all prompts, with their summed token usage."""
    usages = [completion.usage for completion in completions if completion.usage]
    output: dict[str, Any] = {"model_provider": PROVIDER}
    if completions:
        output["model_name"] = completions[-1].model
    if usages:
        output["token_usage"] = _sum_usage(usages)
    generations = [
        [_generation(completion, choice) for choice in completion.choices]
        for completion in completions
    ]
    return LLMResult(generations=generations, llm_output=output)


def to_chunk(delta: Delta) -> GenerationChunk:
    """Return the chunk for a delta; the finish reason is left to `final_chunk`."""
    info = {"logprobs": delta.logprobs} if delta.logprobs else None
    return GenerationChunk(text=delta.text, generation_info=info)


def final_chunk(completion: Completion) -> GenerationChunk:
    """Return the chunk that ends a stream: no text, but finish reason and token usage.

    LangChain concatenates strings when it adds chunks, so each may be sent only once.
    """
    info = _generation_info(completion) | {"finish_reason": completion.finish_reason}
    if completion.usage:
        info["token_usage"] = _sum_usage([completion.usage])
    return GenerationChunk(text="", generation_info=info)


def require_single_choice(options: CompletionOptions) -> None:
    """Raise InvalidRequestError if a stream is requested with more than one choice."""
    if options.get("n", 1) != 1:
        raise InvalidRequestError(
            "n must be 1 in a stream, because chunks do not identify their choice.",
            hint="Call generate() for several completions.",
            param="n",
        )


def _generation(completion: Completion, choice: TextChoice) -> Generation:
    info = _generation_info(completion) | {"finish_reason": choice.finish_reason}
    if choice.logprobs:
        info["logprobs"] = choice.logprobs
    return Generation(text=choice.text, generation_info=info)


def _generation_info(completion: Completion) -> dict[str, Any]:
    return {
        "model_provider": PROVIDER,
        "model_name": completion.model,
        "id": completion.id,
        **({"headers": completion.headers} if completion.headers else {}),
    }


def _sum_usage(usages: Sequence[Usage]) -> dict[str, int]:
    """Return the token usage under the names of the API and under those of LangChain."""
    prompt = sum(usage.prompt_tokens for usage in usages)
    completion = sum(usage.completion_tokens for usage in usages)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "input_tokens": prompt,
        "output_tokens": completion,
        "total_tokens": sum(usage.total_tokens for usage in usages),
    }
