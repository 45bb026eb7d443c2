"""Print the tables of docs/scaling.md: time, workers and storage for 100 million chunks.

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
"""Shortest and longest observed embedding request in seconds (2026-05 to 2026-08)."""

IN_FLIGHT = 32
"""`ionos_model_hub.ray.workers.IN_FLIGHT`."""

BYTES_PER_NUMBER = {"float32": 4, "halfvec (float16)": 2}
SECONDS_PER_DAY = 86_400
GB = 1e9

PGVECTOR_BYTES = {
    "table, type vector": 5_632,
    "HNSW index, type vector": 8_196,
    "table, type halfvec": 2_875,
    "HNSW index, type halfvec": 2_736,
}
"""Bytes per vector, measured by `benchmarks/pgvector_size.py`."""


def seconds(chunks: int, batch: int, per_second: float) -> float:
    """Return the shortest time that a rate limit allows."""
    return ceil(chunks / batch) / per_second


def calls_in_flight(per_second: float, latency: float) -> int:
    """Return the number of calls in flight that use a limit fully (Little's law)."""
    return ceil(per_second * latency)


def workers(per_second: float, latency: float, in_flight: int = IN_FLIGHT) -> int:
    """Return the number of workers that use a limit fully."""
    return ceil(calls_in_flight(per_second, latency) / in_flight)


def vector_gigabytes(chunks: int, dimensions: int, bytes_per_number: int) -> float:
    """Return the size of the vectors without overhead, in 10^9 bytes."""
    return chunks * dimensions * bytes_per_number / GB


def duration(total: float) -> str:
    """Format seconds as hours or days."""
    if total >= SECONDS_PER_DAY:
        return f"{total / SECONDS_PER_DAY:.1f} days"
    return f"{total / 3600:.1f} h"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    lines = [list(head), ["---"] * len(list(head)), *map(list, rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def durations() -> str:
    """Return the table of durations."""
    return table(
        ["requests/s", *(f"{batch} texts a request" for batch in BATCHES)],
        (
            [str(limit), *(duration(seconds(CHUNKS, batch, limit)) for batch in BATCHES)]
            for limit in LIMITS
        ),
    )


def worker_counts() -> str:
    """Return the table of calls in flight and workers."""
    return table(
        ["requests/s", *(f"in flight at {latency:g} s" for latency in LATENCIES), "workers"],
        (
            [
                str(limit),
                *(str(calls_in_flight(limit, latency)) for latency in LATENCIES),
                " to ".join(
                    str(count)
                    for count in sorted({workers(limit, latency) for latency in LATENCIES})
                ),
            ]
            for limit in LIMITS
        ),
    )


def sizes() -> str:
    """Return the table of sizes."""
    numbers = (
        [f"the numbers as {name}", f"{vector_gigabytes(CHUNKS, DIMENSIONS, size):,.0f} GB"]
        for name, size in BYTES_PER_NUMBER.items()
    )
    pgvector = (
        [f"pgvector: {name}", f"{CHUNKS * size / GB:,.0f} GB"]
        for name, size in PGVECTOR_BYTES.items()
    )
    return table(["what", "size"], [*numbers, *pgvector])


TABLES = (durations, worker_counts, sizes)


def main() -> None:
    """Print all tables."""
    print("\n\n".join(each() for each in TABLES))


if __name__ == "__main__":
    main()
