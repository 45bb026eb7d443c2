"""Measure the size of a vector in PostgreSQL with pgvector: in the table and in an HNSW index.

pip install pgserver psycopg[binary] numpy
python benchmarks/pgvector_size.py [vectors, by default 2000]
"""

from __future__ import annotations

import sys
import tempfile

import numpy as np
import pgserver
import psycopg

DIMENSIONS = 1024


def main() -> None:
    """Fill a table with random vectors, build the index, and print bytes per vector."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rng = np.random.default_rng(0)
    with (
        tempfile.TemporaryDirectory() as folder,
        pgserver.get_server(folder) as server,
        psycopg.connect(server.get_uri(), autocommit=True) as connection,
    ):
        connection.execute("CREATE EXTENSION vector")
        (version,) = connection.execute(
            "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
        ).fetchone()
        connection.execute(f"CREATE TABLE chunks (id bigint, v vector({DIMENSIONS}))")
        with connection.cursor().copy("COPY chunks FROM STDIN") as copy:
            for number in range(count):
                vector = rng.standard_normal(DIMENSIONS, np.float32)
                copy.write_row((number, f"[{','.join(map(str, vector))}]"))
        connection.execute("CREATE INDEX chunks_hnsw ON chunks USING hnsw (v vector_l2_ops)")
        table, index = connection.execute(
            "SELECT pg_table_size('chunks'), pg_relation_size('chunks_hnsw')"
        ).fetchone()
    print(f"pgvector {version}, {count} vectors of {DIMENSIONS} numbers, bytes per vector:")
    print(f"  table {table / count:.0f}, HNSW index {index / count:.0f}")


if __name__ == "__main__":
    main()
