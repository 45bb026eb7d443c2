"""Cut many texts into requests the hub takes, and put the vectors together again."""

from collections.abc import Callable, Iterator, Sequence

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.response_types import Embeddings, Usage

BATCH_SIZE = 64
"""Texts in one request: no limit is documented, and 64 are in use without trouble."""

BATCH_CHARACTERS = 250_000
"""Characters in one request; the gateway limits the size of a body."""

CONCURRENCY = 4
"""Requests under way at once; the pace of 5 a second is the real bound."""


Progress = Callable[[int], object]
"""Is told how many texts a finished batch held."""


def batches_of(
    texts: Sequence[str], size: int = BATCH_SIZE, characters: int = BATCH_CHARACTERS
) -> Iterator[list[str]]:
    """Cut texts into lists of at most `size` texts and, but for a single text, `characters`.

    Raises:
        InvalidRequestError: `texts` is no sequence of strings, or `size` is below 1.
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
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise InvalidRequestError(
                f"texts[{place}] must be a string, got {type(text).__name__}.", param="texts"
            )
        if batch and (len(batch) == size or filled + len(text) > characters):
            yield batch
            batch, filled = [], 0
        batch.append(text)
        filled += len(text)
    if batch:
        yield batch


def joined(parts: Sequence[Embeddings]) -> Embeddings:
    """Return the vectors of all parts in order, and the sum of what they cost."""
    usages = [part.usage for part in parts if part.usage]
    total = Usage(
        prompt_tokens=sum(usage.prompt_tokens for usage in usages),
        total_tokens=sum(usage.total_tokens for usage in usages),
    )
    return Embeddings(
        [vector for part in parts for vector in part.vectors],
        parts[0].model if parts else "",
        total if usages else None,
        parts[-1].headers if parts else {},
    )
