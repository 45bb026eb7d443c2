"""Completions of the hub as LangChain's generations; pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.outputs import Generation, GenerationChunk, LLMResult

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.request_types import CompletionOptions
from ionos_model_hub.wire.response_types import Completion, Delta, TextChoice, Usage
from langchain_ionos.convert.responses import PROVIDER


def result_of(answers: Sequence[Completion]) -> LLMResult:
    """Return the continuations of all prompts, and the sum of what they cost."""
    usages = [answer.usage for answer in answers if answer.usage]
    output: dict[str, Any] = {"model_provider": PROVIDER}
    if answers:
        output["model_name"] = answers[-1].model
    if usages:
        output["token_usage"] = _summed(usages)
    generations = [[_generation(answer, choice) for choice in answer.choices] for answer in answers]
    return LLMResult(generations=generations, llm_output=output)


def chunk_of(delta: Delta) -> GenerationChunk:
    """Return what one delta adds; how the text ended is left to `last_chunk`."""
    info = {"logprobs": delta.logprobs} if delta.logprobs else None
    return GenerationChunk(text=delta.text, generation_info=info)


def last_chunk(answer: Completion) -> GenerationChunk:
    """Return the chunk without text that ends a stream: why it ended, and what it cost.

    Strings of chunks are concatenated when chunks are added, so they may come only once.
    """
    info = _info(answer) | {"finish_reason": answer.finish_reason}
    if answer.usage:
        info["token_usage"] = _summed([answer.usage])
    return GenerationChunk(text="", generation_info=info)


def refuse_several(options: CompletionOptions) -> None:
    """Raise InvalidRequestError where a stream is asked for more than one text."""
    if options.get("n", 1) != 1:
        raise InvalidRequestError(
            "n must be 1 in a stream: its chunks do not tell which text they belong to.",
            hint="Call generate() for several texts.",
            param="n",
        )


def _generation(answer: Completion, choice: TextChoice) -> Generation:
    info = _info(answer) | {"finish_reason": choice.finish_reason}
    if choice.logprobs:
        info["logprobs"] = choice.logprobs
    return Generation(text=choice.text, generation_info=info)


def _info(answer: Completion) -> dict[str, Any]:
    return {
        "model_provider": PROVIDER,
        "model_name": answer.model,
        "id": answer.id,
        **({"headers": answer.headers} if answer.headers else {}),
    }


def _summed(usages: Sequence[Usage]) -> dict[str, int]:
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    return {name: sum(getattr(usage, name) for usage in usages) for name in names}
