"""Chat completions in the engine's response format, complete and as streams of chunks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ionos_model_hub.emulator.engine.interleaving import interleave
from ionos_model_hub.emulator.engine.output_parser import OutputFormat
from ionos_model_hub.emulator.engine.parsed import MakeId
from ionos_model_hub.emulator.engine.request_types import ChatRequest
from ionos_model_hub.emulator.engine.tokens import Generation
from ionos_model_hub.emulator.engine.usage import (
    chat_logprobs,
    system_fingerprint,
    token_usage,
)
from ionos_model_hub.emulator.json_type import Json


@dataclass(frozen=True, slots=True)
class ChatResult:
    """A chat request with the generated tokens of all choices.

    Attributes:
        request: The request.
        output_format: Format of the generated text.
        generations: Generated tokens of each choice.
        prompt_tokens: Number of tokens of the prompt.
        head: Id, creation time and model of the response.
        is_refusal: Whether the text of the message is a refusal.
    """

    request: ChatRequest
    output_format: OutputFormat
    generations: tuple[Generation, ...]
    prompt_tokens: int
    head: Json
    is_refusal: bool = False

    def complete(self) -> Json:
        """Return the response body."""
        choices = [self._choice(index, g) for index, g in enumerate(self.generations)]
        return {
            **self.head,
            "object": "chat.completion",
            "choices": choices,
            "service_tier": None,
            "system_fingerprint": system_fingerprint(self.head["model"]),
            "usage": self._usage(details=True),
            "prompt_logprobs": None,
            "prompt_token_ids": None,
            "prompt_text": None,
            "kv_transfer_params": None,
            "ec_transfer_params": None,
            "metrics": None,
        }

    def _choice(self, index: int, generation: Generation) -> Json:
        parsed = self.output_format.parse(generation.text, self._make_id(index))
        message: Json = {
            "role": "assistant",
            "content": None if self.is_refusal else parsed.content,
            "refusal": parsed.content if self.is_refusal else None,
            "annotations": None,
            "audio": None,
            "function_call": None,
        }
        if parsed.calls:
            message["tool_calls"] = [call.to_json() for call in parsed.calls]
        return {
            "index": index,
            "message": {**message, "reasoning": parsed.reasoning},
            "logprobs": self._logprobs(generation.tokens),
            "finish_reason": self._finish_reason(generation, bool(parsed.calls)),
            "stop_reason": generation.stop_reason,
            "token_ids": None,
            "routed_experts": None,
        }

    def _finish_reason(self, generation: Generation, has_calls: bool) -> str:
        """Return the finish reason; a named call ends with `stop`.

        A complete response that was cut off after its last complete call ends with `tool_calls`
        for `auto`, as in the engine.
        """
        choice = self.output_format.tool_choice
        if choice == "auto" and has_calls:
            return "tool_calls"
        if choice == "required" and generation.finish_reason == "stop":
            return "tool_calls"
        return generation.finish_reason

    def stream(self) -> Iterator[Json]:
        """Yield the chunks; the choices take turns."""
        head = {**self.head, "object": "chat.completion.chunk"}
        for index in range(len(self.generations)):
            delta = {"role": "assistant", "content": ""}
            first = {"index": index, "delta": delta, "logprobs": None, "finish_reason": None}
            usage = self._continuous_usage((), 0)
            yield {
                **head,
                "choices": [first],
                **usage,
                "prompt_token_ids": None,
                "prompt_text": None,
            }
        streams = [self._choice_chunks(index, g) for index, g in enumerate(self.generations)]
        for chunk in interleave(streams):
            yield {**head, **chunk}
        if self.request.includes_usage:
            usage = {"usage": self._usage(details=False)}
            yield {**head, "choices": [], **usage, **self._fingerprint()}

    def _choice_chunks(self, index: int, generation: Generation) -> Iterator[Json]:
        parser = self.output_format.stream(self._make_id(index))
        calls_sent = False
        for number, (text, token, finished) in enumerate(generation.stream(), 1):
            delta = parser.feed(text, finished=finished)
            if delta and "tool_calls" in delta:
                delta = self._without_extra_calls(delta)
                calls_sent = True
            if self.is_refusal and delta and "content" in delta:
                delta = {"refusal": delta["content"]}
            logprobs = self._logprobs([token] if token else [])
            if delta is None and not finished and logprobs is None:
                continue
            choice: Json = {
                "index": index,
                "delta": delta or {},
                "logprobs": logprobs,
                "finish_reason": None,
                "token_ids": None,
            }
            usage = self._continuous_usage(generation.tokens, number)
            chunk: Json = {"choices": [choice], **usage}
            if finished:
                choice["finish_reason"] = self._stream_finish_reason(generation, calls_sent)
                choice["stop_reason"] = generation.stop_reason
                chunk |= {} if self.request.includes_usage else self._fingerprint()
            yield chunk

    def _stream_finish_reason(self, generation: Generation, calls_sent: bool) -> str:
        is_call = calls_sent and self.output_format.tool_choice != "named"
        reason = generation.finish_reason
        return "tool_calls" if is_call and reason == "stop" else reason

    def _without_extra_calls(self, delta: Json) -> Json:
        if not self.output_format.single_call:
            return delta
        return {**delta, "tool_calls": [c for c in delta["tool_calls"] if c["index"] == 0]}

    def _logprobs(self, tokens: Sequence[str]) -> Json | None:
        if not self.request.logprobs:
            return None
        return chat_logprobs(tokens, self.request.top_logprobs or 0)

    def _continuous_usage(self, tokens: Sequence[str], count: int) -> Json:
        """Return the usage after the first `count` tokens, if the request asks for it."""
        if not self.request.includes_continuous_usage:
            return {}
        reasoning_tokens = self._reasoning_tokens(["".join(tokens[:count])])
        usage = token_usage(self.prompt_tokens, count, reasoning_tokens, details=False)
        return {"usage": {"completion_tokens_details": None, **usage}}

    def _usage(self, *, details: bool) -> Json:
        completion_tokens = sum(len(generation.tokens) for generation in self.generations)
        reasoning_tokens = self._reasoning_tokens([each.text for each in self.generations])
        return token_usage(self.prompt_tokens, completion_tokens, reasoning_tokens, details=details)

    def _reasoning_tokens(self, texts: Sequence[str]) -> int | None:
        if not self.output_format.counts_reasoning:
            return None
        return sum(map(self.output_format.count_reasoning_tokens, texts))

    def _fingerprint(self) -> Json:
        return {"system_fingerprint": system_fingerprint(self.head["model"])}

    def _make_id(self, index: int) -> MakeId:
        return self.output_format.id_maker(self.head["id"], index)
