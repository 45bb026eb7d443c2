"""Log probabilities in the shape LlamaIndex keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llama_index.core.base.llms.types import LogProb


def logprobs_of(told: Mapping[str, Any] | None) -> list[list[LogProb]] | None:
    """Return for each token its likeliest alternatives, or itself where none were asked for.

    Args:
        told: The `logprobs` of a choice, of the chat or of the completions endpoint.

    Example:
        >>> logprobs_of({"content": [{"token": "Ja", "logprob": -0.1}]})[0][0].token
        'Ja'
    """
    if not told:
        return None
    if "token_logprobs" in told:
        return _of_completion(told)
    return [
        [_logprob(each) for each in token.get("top_logprobs") or [token]]
        for token in told.get("content") or ()
    ]


def _logprob(told: Mapping[str, Any]) -> LogProb:
    return LogProb(token=told["token"], logprob=told["logprob"], bytes=told.get("bytes") or [])


def _of_completion(told: Mapping[str, Any]) -> list[list[LogProb]]:
    tokens, chances = told.get("tokens") or (), told["token_logprobs"] or ()
    others = told.get("top_logprobs") or [None] * len(tokens)
    return [
        [LogProb(token=each, logprob=value) for each, value in (top or {token: chance}).items()]
        for token, chance, top in zip(tokens, chances, others, strict=False)
    ]
