"""Log probabilities as LlamaIndex types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llama_index.core.base.llms.types import LogProb


def to_logprobs(logprobs: Mapping[str, Any] | None) -> list[list[LogProb]] | None:
    """Return the most likely alternatives of each token, or the token itself if there are none.

    Args:
        logprobs: The `logprobs` of a choice of the chat or the completions endpoint.

    Example:
        >>> to_logprobs({"content": [{"token": "Ja", "logprob": -0.1}]})[0][0].token
        'Ja'
    """
    if not logprobs:
        return None
    if "token_logprobs" in logprobs:
        return _from_completion(logprobs)
    return [
        [_logprob(entry) for entry in token.get("top_logprobs") or [token]]
        for token in logprobs.get("content") or ()
    ]


def _logprob(entry: Mapping[str, Any]) -> LogProb:
    return LogProb(token=entry["token"], logprob=entry["logprob"], bytes=entry.get("bytes") or [])


def _from_completion(logprobs: Mapping[str, Any]) -> list[list[LogProb]]:
    tokens, values = logprobs.get("tokens") or (), logprobs["token_logprobs"] or ()
    alternatives = logprobs.get("top_logprobs") or [None] * len(tokens)
    return [
        [LogProb(token=text, logprob=number) for text, number in (top or {token: value}).items()]
        for token, value, top in zip(tokens, values, alternatives, strict=False)
    ]
