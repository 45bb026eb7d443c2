"""Text completions in the engine's response format, complete and as streams of chunks."""

from collections.abc import Iterator
from dataclasses import dataclass

from ionos_model_hub.emulator.engine.interleaving import interleave
from ionos_model_hub.emulator.engine.request_types import CompletionRequest
from ionos_model_hub.emulator.engine.tokens import Generation
from ionos_model_hub.emulator.engine.usage import (
    END_TOKEN,
    completion_logprobs,
    logprob_tokens,
    system_fingerprint,
    token_usage,
)
from ionos_model_hub.emulator.json_type import Json


@dataclass(frozen=True, slots=True)
class CompletionResult:
    """A completion request with the generated tokens of all choices.

    Attributes:
        request: The request.
        prompts: The prompt of each choice.
        generations: Generated tokens of each choice.
        prompt_tokens: Number of tokens of all prompts.
        head: Id, creation time and model of the response.
    """

    request: CompletionRequest
    prompts: tuple[str, ...]
    generations: tuple[Generation, ...]
    prompt_tokens: int
    head: Json

    def complete(self) -> Json:
        """Return the response body."""
        return {
            **self.head,
            "object": "text_completion",
            "choices": [self._choice(index, g) for index, g in enumerate(self.generations)],
            "service_tier": None,
            "system_fingerprint": system_fingerprint(self.head["model"]),
            "usage": self._usage(details=True),
            "kv_transfer_params": None,
            "ec_transfer_params": None,
            "metrics": None,
        }

    def _choice(self, index: int, generation: Generation) -> Json:
        logprobs = None
        if self.request.logprobs is not None:
            logprobs = completion_logprobs(logprob_tokens(generation), self.request.logprobs)
        return {
            "index": index,
            "text": (self.prompts[index] if self.request.echo else "") + generation.text,
            "logprobs": logprobs,
            "finish_reason": generation.finish_reason,
            "stop_reason": generation.stop_reason,
            "token_ids": None,
            "prompt_logprobs": None,
            "prompt_token_ids": None,
            "routed_experts": None,
        }

    def stream(self) -> Iterator[Json]:
        """Yield the chunks; the choices take turns."""
        head = {**self.head, "object": "text_completion"}
        streams = [self._choice_chunks(index, g) for index, g in enumerate(self.generations)]
        for choice in interleave(streams):
            yield {**head, "choices": [choice]}
        if self.request.includes_usage:
            fingerprint = system_fingerprint(self.head["model"])
            usage = self._usage(details=False)
            yield {**head, "choices": [], "usage": usage, "system_fingerprint": fingerprint}

    def _choice_chunks(self, index: int, generation: Generation) -> Iterator[Json]:
        offset = 0
        prefix = self.prompts[index] if self.request.echo else ""
        for piece, finished in generation.stream():
            if not piece and not finished:
                continue
            logprobs = None
            if self.request.logprobs is not None:
                logprobs = completion_logprobs([piece or END_TOKEN], self.request.logprobs, offset)
            yield {
                "index": index,
                "text": prefix + piece,
                "logprobs": logprobs,
                "finish_reason": generation.finish_reason if finished else None,
                "stop_reason": generation.stop_reason if finished else None,
                "prompt_token_ids": None,
                "token_ids": None,
            }
            offset += len(piece)
            prefix = ""

    def _usage(self, *, details: bool) -> Json:
        completion_tokens = sum(generation.token_count for generation in self.generations)
        return token_usage(self.prompt_tokens, completion_tokens, None, details=details)
