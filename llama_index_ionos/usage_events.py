"""Token usage of embeddings and reranking in the events of LlamaIndex."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from ionos_model_hub.wire.response_types import Usage

TOKEN_USAGE = "token_usage"  # noqa: S105  # a key, no secret

_collected: ContextVar[list[Usage] | None] = ContextVar("collected_usage", default=None)


@contextmanager
def collect_usage() -> Iterator[list[Usage]]:
    """Provide a list to which `report_usage` adds the usage of requests in the block.

    Example:
        >>> with collect_usage() as usages:
        ...     report_usage(Usage(3, 0, 3))
        >>> usage_fields(usages)
        {'token_usage': {'prompt_tokens': 3, 'completion_tokens': 0, 'total_tokens': 3}}
    """
    usages: list[Usage] = []
    token = _collected.set(usages)
    try:
        yield usages
    finally:
        _collected.reset(token)


def report_usage(usage: Usage | None) -> None:
    """Report the usage of a response to the surrounding `collect_usage`, if there is one."""
    usages = _collected.get()
    if usages is not None and usage is not None:
        usages.append(usage)


def usage_fields(usages: Sequence[Usage]) -> dict[str, dict[str, int]]:
    """Return the sum of the usages as the entry `token_usage`, or {} if none was reported."""
    if not usages:
        return {}
    return {
        TOKEN_USAGE: {
            "prompt_tokens": sum(usage.prompt_tokens for usage in usages),
            "completion_tokens": sum(usage.completion_tokens for usage in usages),
            "total_tokens": sum(usage.total_tokens for usage in usages),
        }
    }
