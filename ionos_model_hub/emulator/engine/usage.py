"""Token usage, log probabilities and the fields common to all responses of the engine."""

from collections.abc import Sequence
from itertools import accumulate

from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.text import digest


def token_usage(
    prompt_tokens: int, completion_tokens: int, reasoning_tokens: int | None, *, details: bool
) -> Json:
    """Return the token usage.

    Args:
        prompt_tokens: Tokens of the prompt.
        completion_tokens: Tokens of all choices.
        reasoning_tokens: Reasoning tokens among them, or None if the model does not reason.
        details: Whether details are present although they are null.
    """
    usage: Json = {
        "prompt_tokens": prompt_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "completion_tokens": completion_tokens,
    }
    if details:
        usage["prompt_tokens_details"] = None
        usage["completion_tokens_details"] = None
    if reasoning_tokens is not None:
        usage["completion_tokens_details"] = {"reasoning_tokens": reasoning_tokens}
    return usage


def system_fingerprint(model_id: str) -> str:
    """Return the fingerprint of the server of a model."""
    return f"vllm-0.32.0-{digest(model_id)[:8]}"


def chat_logprobs(tokens: Sequence[str], top: int) -> Json:
    """Return plausible log probabilities of a chat choice, with the `top` likeliest tokens."""
    return {"content": [_logprob(token, top) for token in tokens]}


def completion_logprobs(
    tokens: Sequence[str], top: int, offset: int = 0, *, with_prompt: bool = False
) -> Json:
    """Return plausible log probabilities of a text completion.

    Args:
        tokens: The tokens.
        top: Number of alternatives; the token itself is added if it is not one of them.
        offset: Position of the first token in the text.
        with_prompt: Whether the tokens start with the prompt, whose first token has no probability.
    """
    entries = [_logprob(token, max(top, 1)) for token in tokens]
    logprobs: list[float | None] = [entry["logprob"] for entry in entries]
    alternatives: list[Json | None] = [
        {other["token"]: other["logprob"] for other in entry["top_logprobs"]} for entry in entries
    ]
    if with_prompt and tokens:
        logprobs[0] = alternatives[0] = None
    return {
        "text_offset": list(accumulate(map(len, tokens), initial=offset))[:-1],
        "token_logprobs": logprobs,
        "tokens": list(tokens),
        "top_logprobs": alternatives,
    }


def _logprob(token: str, top: int) -> Json:
    logprob = -(int(digest(token)[:4], 16) % 1000) / 1000
    alternatives = [_entry(f"{token}{'~' * rank}", logprob - rank) for rank in range(1, top)]
    entry = _entry(token, logprob)
    return {**entry, "top_logprobs": [entry, *alternatives][:top]}


def _entry(token: str, logprob: float) -> Json:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode("utf-8", "replace"))}
