"""Ways to cut an input: the same input is always cut the same way."""

from collections.abc import Iterator
from random import Random
from typing import TypeVar
from zlib import crc32

Whole = TypeVar("Whole", bytes, str)


def cuttings(whole: Whole) -> Iterator[list[Whole]]:
    """Yield the whole, single bytes or characters, and two cuts at random."""
    yield [whole]
    yield [whole[at : at + 1] for at in range(len(whole))]
    chance = Random(crc32(whole if isinstance(whole, bytes) else whole.encode("utf-8", "replace")))
    for most in (3, 12):
        yield random_pieces(whole, chance, most)


def random_pieces(whole: Whole, chance: Random, most: int) -> list[Whole]:
    """Cut at up to `most` places, empty pieces included."""
    places = sorted(chance.randint(0, len(whole)) for _ in range(chance.randint(1, most)))
    return [whole[a:b] for a, b in zip([0, *places], [*places, len(whole)], strict=True)]
