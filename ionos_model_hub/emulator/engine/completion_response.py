"""Text completions in the engine's response format, complete and as streams of chunks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ionos_model_hub.emulator.engine.interleaving import interleave
from ionos_model_hub.emulator.engine.prompts import Prompt
from ionos_model_hub.emulator.engine.request_types import CompletionRequest
from ionos_model_hub.emulator.engine.tokens import Generation
from ionos_model_hub.emulator.engine.usage import (
    completion_logprobs,
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
        head: Id, creation time and model of the response.
    """

    request: CompletionRequest
    prompts: tuple[Prompt, ...]
    generations: tuple[Generation, ...]
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
        text, tokens = generation.text, generation.tokens
        if self.request.echo:
            text, tokens = self._with_prompt(index, text, tokens)
        return {
            "index": index,
            "text": text,
            "logprobs": self._logprobs(tokens, 0, with_prompt=bool(self.request.echo)),
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
        fingerprint = {"system_fingerprint": system_fingerprint(self.head["model"])}
        streams = [self._choice_chunks(index, g) for index, g in enumerate(self.generations)]
        for chunk in interleave(streams):
            is_last = chunk["choices"][0]["finish_reason"] and not self.request.includes_usage
            yield {**head, **chunk, **(fingerprint if is_last else {})}
        if self.request.includes_usage:
            usage = self._usage(details=False)
            yield {**head, "choices": [], "usage": usage, **fingerprint}

    def _choice_chunks(self, index: int, generation: Generation) -> Iterator[Json]:
        offset = 0
        for number, step in enumerate(generation.stream(), 1):
            is_echo = bool(self.request.echo) and number == 1
            text: str = step.text
            tokens: tuple[str, ...] = (step.token,) if step.token else ()
            if is_echo:
                text, tokens = self._with_prompt(index, text, tokens)
            choice = {
                "index": index,
                "text": text,
                "logprobs": self._logprobs(tokens, offset, with_prompt=is_echo),
                "finish_reason": generation.finish_reason if step.finished else None,
                "stop_reason": generation.stop_reason if step.finished else None,
                "prompt_token_ids": None,
                "token_ids": None,
            }
            yield {"choices": [choice], **self._continuous_usage(index, number)}
            offset += sum(map(len, tokens))

    def _with_prompt(
        self, index: int, text: str, generated: tuple[str, ...]
    ) -> tuple[str, tuple[str, ...]]:
        """Return text and tokens with those of the prompt; `max_tokens` 0 requests only these."""
        prompt = self.prompts[index]
        if self.request.max_tokens == 0:
            text, generated = "", ()
        return prompt.text + text, (*prompt.tokens, *generated)

    def _logprobs(self, tokens: Sequence[str], offset: int, *, with_prompt: bool) -> Json | None:
        if self.request.logprobs is None:
            return None
        return completion_logprobs(tokens, self.request.logprobs, offset, with_prompt=with_prompt)

    def _continuous_usage(self, index: int, completion_tokens: int) -> Json:
        if not self.request.includes_continuous_usage:
            return {}
        prompt_tokens = len(self.prompts[index].tokens)
        return {"usage": token_usage(prompt_tokens, completion_tokens, None, details=False)}

    def _usage(self, *, details: bool) -> Json:
        prompt_tokens = sum(len(prompt.tokens) for prompt in self.prompts[:: self.request.n or 1])
        completion_tokens = sum(len(generation.tokens) for generation in self.generations)
        return token_usage(prompt_tokens, completion_tokens, None, details=details)
