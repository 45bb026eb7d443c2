"""The parts of a response that appear in the record of its call."""

from __future__ import annotations

from typing import NamedTuple

from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Completion,
    Embeddings,
    Ranking,
    Usage,
)


class ResponseFacts(NamedTuple):
    """Facts about a response; the fields have the names that they have in `CallRecord`."""

    usage: Usage | None = None
    response_model: str | None = None
    response_id: str | None = None
    finish_reasons: tuple[str, ...] = ()


def response_facts(response: object) -> ResponseFacts:
    """Return the facts about a response; lists of models and of images have none.

    Example:
        >>> response_facts(Embeddings([[0.6, 0.8]], "BAAI/bge-m3")).response_model
        'BAAI/bge-m3'
    """
    if isinstance(response, ChatCompletion | Completion):
        reasons = tuple(each.finish_reason for each in response.choices if each.finish_reason)
        return ResponseFacts(response.usage, response.model or None, response.id or None, reasons)
    if isinstance(response, Embeddings | Ranking):
        return ResponseFacts(response.usage, response.model or None)
    return ResponseFacts()
