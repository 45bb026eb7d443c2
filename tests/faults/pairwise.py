"""Select rows of a test matrix so that every pair of parameter values still occurs."""

from collections.abc import Hashable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import combinations

Pair = tuple[tuple[str, Hashable], tuple[str, Hashable]]


def pairs_of(row: Mapping[str, Hashable]) -> set[Pair]:
    """Return all pairs of parameters with their values in a row."""
    return set(combinations(sorted(row.items(), key=lambda item: item[0]), 2))


def select_pairwise(rows: Sequence[Mapping[str, Hashable]]) -> list[int]:
    """Return the indices of rows that contain every pair of values that occurs in any row.

    The selection is deterministic and close to minimal: each step takes the first of the rows
    that add the most new pairs. A row with fewer than two parameters is always selected.

    Example:
        >>> select_pairwise([{"a": a, "b": b, "c": c} for a in "xy" for b in "xy" for c in "xy"])
        [0, 3, 5, 6]
    """
    pairs = [pairs_of(row) for row in rows]
    selected = [index for index, row in enumerate(rows) if len(row) < 2]
    missing = set().union(*pairs)
    # The gain of a row only shrinks, so an entry whose gain is still correct is the best one.
    heap = [(-len(row_pairs), index) for index, row_pairs in enumerate(pairs) if row_pairs]
    heapify(heap)
    while missing:
        gain, index = heappop(heap)
        new = pairs[index] & missing
        if len(new) == -gain:
            selected.append(index)
            missing -= new
        elif new:
            heappush(heap, (-len(new), index))
    return sorted(selected)
