"""Split texts into embedding requests, merge their vectors, isolate texts that are rejected."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from ionos_model_hub.errors import InvalidRequestError, ModelHubError
from ionos_model_hub.wire.response_types import Embeddings, Usage

Item = TypeVar("Item")
Result = TypeVar("Result")

BATCH_SIZE = 64
"""Texts per request. No limit is documented; 64 are used in practice without problems."""

BATCH_CHARACTERS = 250_000
"""Characters per request; the gateway limits the size of a request body."""

CONCURRENCY = 4
"""Requests in flight at once; the rate limit of 5 requests per second is the effective bound."""

Progress = Callable[[int], object]
"""Called with the number of texts in each finished batch."""


def split_batches(
    texts: Sequence[str], size: int = BATCH_SIZE, characters: int = BATCH_CHARACTERS
) -> Iterator[list[str]]:
    """Split texts into lists of at most `size` texts and `characters` characters.

    A single text that is longer than `characters` becomes a batch by itself.

    Raises:
        InvalidRequestError: `texts` is not a sequence of strings, or `size` is below 1.
    """
    if isinstance(texts, str):
        raise InvalidRequestError(
            "texts must be a list of strings, got one string.",
            hint="Pass [text].",
            param="texts",
        )
    if size < 1:
        raise InvalidRequestError(f"batch_size must be at least 1, got {size}.", param="batch_size")
    batch: list[str] = []
    filled = 0
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise InvalidRequestError(
                f"texts[{index}] must be a string, got {type(text).__name__}.", param="texts"
            )
        if batch and (len(batch) == size or filled + len(text) > characters):
            yield batch
            batch, filled = [], 0
        batch.append(text)
        filled += len(text)
    if batch:
        yield batch


def merge_embeddings(parts: Sequence[Embeddings]) -> Embeddings:
    """Return the vectors of all parts in order, with the sum of their token usage."""
    usages = [part.usage for part in parts if part.usage]
    total = Usage(
        prompt_tokens=sum(usage.prompt_tokens for usage in usages),
        total_tokens=sum(usage.total_tokens for usage in usages),
    )
    return Embeddings(
        [vector for part in parts for vector in part.vectors],
        parts[0].model if parts else "",
        total if usages else None,
        headers=parts[-1].headers if parts else {},
    )


async def isolate_failures(
    items: Sequence[Item],
    error: ModelHubError,
    send: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
    rejected: tuple[type[ModelHubError], ...],
) -> list[Result | ModelHubError]:
    """Halve a rejected batch until the items that cause the rejection are found.

    Args:
        items: The batch that was rejected.
        error: The error it was rejected with.
        send: Sends a part of the batch and returns one result per item.
        rejected: Errors that an item may have caused; all others propagate.

    Returns:
        For each item its result, or the error it was rejected with alone.
    """
    if len(items) == 1:
        return [error]
    middle = len(items) // 2
    results: list[Result | ModelHubError] = []
    for half in (items[:middle], items[middle:]):
        try:
            results += await send(half)
        except rejected as cause:
            results += await isolate_failures(half, cause, send, rejected)
    return results
