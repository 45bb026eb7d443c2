"""Which vectors are there already, and which rows this run has met.

Read anew from the output at each start and forgotten at the end, so it cannot disagree with the
output. It lives in a temporary database, whose pages beyond the cache go to disk.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Self

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA cache_size = -65536;
CREATE TABLE kept (id TEXT, part INT, digest BLOB, file INT, PRIMARY KEY (id, part)) WITHOUT ROWID;
CREATE TABLE met (id TEXT PRIMARY KEY, parts INT) WITHOUT ROWID;
BEGIN;
"""

Entry = tuple[str, int, bytes]
"""Id, part and digest of a vector."""


class Ledger:
    """What is kept and what was met.

    Example:
        >>> with Ledger() as ledger:
        ...     ledger.keep([("a", 0, b"digest")], file=1)
        ...     ledger.has("a", 0, b"digest"), ledger.has("a", 0, b"another")
        (True, False)
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._database.close()

    def keep(self, entries: Iterable[Entry], file: int = 0) -> None:
        """Note vectors that are in a file of the output; a later file replaces an earlier one."""
        self._database.executemany(
            "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", ((*entry, file) for entry in entries)
        )

    def has(self, id_: str, part: int, digest: bytes) -> bool:
        """Tell whether a vector is there and up to date."""
        found = self._database.execute(
            "SELECT 1 FROM kept WHERE id = ? AND part = ? AND digest = ?", (id_, part, digest)
        )
        return found.fetchone() is not None

    def meet(self, id_: str, parts: int) -> bool:
        """Note a row of the input, and in how many parts; return False if it was met before."""
        noted = self._database.execute("INSERT OR IGNORE INTO met VALUES (?, ?)", (id_, parts))
        return noted.rowcount == 1

    def is_current(self, id_: str, part: int, file: int) -> bool:
        """Tell whether this file of the output has the valid vector of a part that still exists."""
        found = self._database.execute(
            "SELECT 1 FROM kept LEFT JOIN met USING (id)"
            " WHERE id = ? AND part = ? AND file = ? AND part < coalesce(parts, part + 1)",
            (id_, part, file),
        )
        return found.fetchone() is not None

    def surplus(self) -> Iterator[tuple[str, int]]:
        """Yield the parts that rows no longer have."""
        found = self._database.execute(
            "SELECT id, part FROM kept JOIN met USING (id) WHERE part >= parts"
        )
        with closing(found):
            yield from found

    def current(self) -> dict[int, int]:
        """Count the valid vectors of each file of the output that has some."""
        return dict(
            self._database.execute(
                "SELECT file, count(*) FROM kept LEFT JOIN met USING (id)"
                " WHERE part < coalesce(parts, part + 1) GROUP BY file"
            )
        )
