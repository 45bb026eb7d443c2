"""An index of the vectors in the output and of the rows that this run has read.

It is built from the output at each start and deleted at the end, so it cannot disagree with the
output. It is a temporary SQLite database, which is written to disk only if it exceeds the cache.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Self

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA cache_size = -65536;
CREATE TABLE vectors
    (id TEXT, part INT, digest BLOB, file INT, PRIMARY KEY (id, part)) WITHOUT ROWID;
CREATE TABLE input_rows (id TEXT PRIMARY KEY, parts INT) WITHOUT ROWID;
BEGIN;
"""

Entry = tuple[str, int, bytes]
"""Id, part and digest of a vector."""


class ResumeIndex:
    """Vectors in the output and rows of this run.

    Example:
        >>> with ResumeIndex() as index:
        ...     index.add_vectors([("a", 0, b"digest")], file=1)
        ...     index.contains("a", 0, b"digest"), index.contains("a", 0, b"another")
        (True, False)
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._database.close()

    def add_vectors(self, entries: Iterable[Entry], file: int = 0) -> None:
        """Add the vectors in a file of the output; a later file replaces an earlier one."""
        self._database.executemany(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)",
            ((*entry, file) for entry in entries),
        )

    def contains(self, id_: str, part: int, digest: bytes) -> bool:
        """Return whether the output has an up-to-date vector."""
        cursor = self._database.execute(
            "SELECT 1 FROM vectors WHERE id = ? AND part = ? AND digest = ?", (id_, part, digest)
        )
        return cursor.fetchone() is not None

    def add_row(self, id_: str, parts: int) -> bool:
        """Add a row that was read, with its number of parts; return False if its id is known."""
        cursor = self._database.execute(
            "INSERT OR IGNORE INTO input_rows VALUES (?, ?)", (id_, parts)
        )
        return cursor.rowcount == 1

    def is_current(self, id_: str, part: int, file: int) -> bool:
        """Return whether a file of the output has the valid vector of a part that still exists."""
        cursor = self._database.execute(
            "SELECT 1 FROM vectors LEFT JOIN input_rows USING (id)"
            " WHERE id = ? AND part = ? AND file = ? AND part < coalesce(parts, part + 1)",
            (id_, part, file),
        )
        return cursor.fetchone() is not None

    def stale_parts(self) -> Iterator[tuple[str, int]]:
        """Yield id and number of parts in the output that their rows no longer have."""
        cursor = self._database.execute(
            "SELECT id, part FROM vectors JOIN input_rows USING (id) WHERE part >= parts"
        )
        with closing(cursor):
            yield from cursor

    def current_counts(self) -> dict[int, int]:
        """Return the number of valid vectors by file of the output, for files that have some."""
        return dict(
            self._database.execute(
                "SELECT file, count(*) FROM vectors LEFT JOIN input_rows USING (id)"
                " WHERE part < coalesce(parts, part + 1) GROUP BY file"
            )
        )
