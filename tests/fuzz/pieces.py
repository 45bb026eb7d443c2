"""Ways to split an input; the same input is always split in the same way."""

from collections.abc import Iterator
from random import Random
from typing import TypeVar
from zlib import crc32

Input = TypeVar("Input", bytes, str)


def splits(data: Input) -> Iterator[list[Input]]:
    """Yield the input in one piece, in single bytes or characters, and split twice at random."""
    yield [data]
    yield [data[at : at + 1] for at in range(len(data))]
    random = Random(crc32(data if isinstance(data, bytes) else data.encode("utf-8", "replace")))
    for max_splits in (3, 12):
        yield random_pieces(data, random, max_splits)


def random_pieces(data: Input, random: Random, max_splits: int) -> list[Input]:
    """Split at up to `max_splits` places; some pieces may be empty."""
    places = sorted(random.randint(0, len(data)) for _ in range(random.randint(1, max_splits)))
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]
