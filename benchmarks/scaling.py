"""What embedding very many chunks takes, on paper; prints the tables of docs/scaling.md.

python benchmarks/scaling.py
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

CHUNKS = 100_000_000
DIMENSIONS = 1024
LIMITS = (5, 20, 100)
BATCHES = (16, 64, 256)
LATENCIES = (1.0, 6.0)
"""Seconds an embedding request was seen to take, at least and at most (2026-05 to 2026-08)."""

IN_FLIGHT = 32
"""`ionos_model_hub.ray.workers.IN_FLIGHT`."""

BYTES_OF = {"float32": 4, "halfvec (float16)": 2}
SECONDS_PER_DAY = 86_400
GB = 1e9

IN_PGVECTOR = {"table": 5_632, "HNSW index": 8_196}
"""Bytes per vector, measured by `benchmarks/pgvector_size.py`."""


def seconds(chunks: int, batch: int, per_second: float) -> float:
    """Return the time that a rate limit enforces."""
    return ceil(chunks / batch) / per_second


def calls_in_flight(per_second: float, latency: float) -> int:
    """Return how many calls have to be in flight to use a limit fully (Little's law)."""
    return ceil(per_second * latency)


def workers(per_second: float, latency: float, in_flight: int = IN_FLIGHT) -> int:
    """Return how many workers keep that many calls in flight."""
    return ceil(calls_in_flight(per_second, latency) / in_flight)


def vector_gigabytes(chunks: int, dimensions: int, bytes_per_number: int) -> float:
    """Return the size of the bare numbers, in 10^9 bytes."""
    return chunks * dimensions * bytes_per_number / GB


def price(chunks: int, tokens_per_chunk: float, per_million_tokens: float) -> float:
    """Return what the tokens cost, in the currency of the price."""
    return chunks * tokens_per_chunk * per_million_tokens / 1e6


def duration(total: float) -> str:
    """Return seconds in the unit that suits them."""
    if total >= SECONDS_PER_DAY:
        return f"{total / SECONDS_PER_DAY:.1f} days"
    return f"{total / 3600:.1f} h"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    lines = [list(head), ["---"] * len(list(head)), *map(list, rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def times() -> str:
    """Return the table of times."""
    return table(
        ["requests/s", *(f"{batch} texts a request" for batch in BATCHES)],
        (
            [str(limit), *(duration(seconds(CHUNKS, batch, limit)) for batch in BATCHES)]
            for limit in LIMITS
        ),
    )


def crews() -> str:
    """Return the table of calls in flight and workers."""
    return table(
        ["requests/s", *(f"in flight at {latency:g} s" for latency in LATENCIES), "workers"],
        (
            [
                str(limit),
                *(str(calls_in_flight(limit, latency)) for latency in LATENCIES),
                " to ".join(
                    str(each) for each in sorted({workers(limit, latency) for latency in LATENCIES})
                ),
            ]
            for limit in LIMITS
        ),
    )


def sizes() -> str:
    """Return the table of sizes."""
    bare = (
        [f"the numbers as {name}", f"{vector_gigabytes(CHUNKS, DIMENSIONS, size):,.0f} GB"]
        for name, size in BYTES_OF.items()
    )
    kept = (
        [f"pgvector: {name}", f"{CHUNKS * size / GB:,.0f} GB"] for name, size in IN_PGVECTOR.items()
    )
    return table(["what", "size"], [*bare, *kept])


TABLES = (times, crews, sizes)


def main() -> None:
    """Print all tables."""
    print("\n\n".join(each() for each in TABLES))


if __name__ == "__main__":
    main()
