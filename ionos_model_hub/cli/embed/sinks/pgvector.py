"""Vectors in a PostgreSQL table with pgvector."""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from ionos_model_hub.cli.common.errors import RunStoppedError, UsageError
from ionos_model_hub.cli.embed.records import TextPart
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.sinks.database import connect, error_message
from ionos_model_hub.cli.embed.sinks.sink import (
    Embedded,
    OutputOptions,
    check_kept,
    check_model,
)
from ionos_model_hub.cli.embed.sinks.table import COLUMNS, Marker, Table

_BATCH_ROWS = 10_000
_LOCK = "SELECT pg_advisory_lock(hashtext('ionos-model-hub'), hashtext(%s))"
_LOCK_TIMEOUT_MS = 10_000


class PgvectorSink:
    """A table as output, created with the first vectors if it does not exist.

    Args:
        url: URL of the database, such as `postgresql://user@host/database`.
        table: Name of the table, with or without a schema: `vectors` or `search.vectors`.
        options: Model and copied columns.
        index: Receives the vectors in the table.

    Raises:
        UsageError: The database cannot be used, the table has other columns or vectors of another
            model, or another process is writing to it.
    """

    def __init__(self, url: str, table: str, options: OutputOptions, index: ResumeIndex) -> None:
        self._table = Table(table, options.keep)
        self._options = options
        self._index = index
        self._is_prepared = False
        self.dimensions: int | None = None
        self.base: str | None = None
        self._marker: Marker | None = None
        self._connection, database = connect(url)
        self.name = f"table {table} of {database}"
        try:
            self._open()
        except psycopg.Error as error:
            self.close()
            raise UsageError(f"{self.name} cannot be used: {error_message(error)}.") from None
        except UsageError:
            self.close()
            raise

    @property
    def location(self) -> str:
        """The table."""
        return self.name

    @property
    def has_vectors(self) -> bool:
        """Whether the table exists and is not empty."""
        return self.dimensions is not None and not self._table.is_empty(self._connection)

    def rejection_reason(self, part: TextPart) -> str | None:
        """Return a reason for texts with the character NUL, which PostgreSQL cannot store."""
        values = (part.text, part.row.id, *part.row.kept)
        if any(isinstance(value, str) and "\0" in value for value in values):
            return "PostgreSQL cannot store NUL characters"
        return None

    def write(self, embedded: Sequence[Embedded]) -> None:
        """Commit vectors in one transaction."""
        with self._transaction():
            self._prepare(len(embedded[0][1]))
            with self._connection.cursor() as cursor:
                with cursor.copy(self._table.copy) as copy:
                    for part, vector in embedded:
                        copy.write_row(self._record(part, vector))
                cursor.execute(self._table.upsert)
        self._is_prepared = True
        self.dimensions = len(embedded[0][1])
        entries = ((part.row.id, part.index, part.digest) for part, _ in embedded)
        self._index.add_vectors(entries)

    def finish(self) -> None:
        """Delete the vectors of parts that their rows no longer have."""
        with self._transaction(), self._connection.cursor() as cursor:
            cursor.executemany(self._table.delete, self._index.stale_parts())

    def close(self) -> None:
        """Close the connection, which also releases the lock."""
        self._connection.close()

    def _record(self, part: TextPart, vector: "array[float]") -> tuple[object, ...]:
        row = part.row
        numbers = f"[{','.join(map(repr, vector))}]"
        return row.id, part.index, part.text, self._options.model, part.digest, numbers, *row.kept

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with self._connection.transaction():
                yield
        except psycopg.Error as error:
            raise RunStoppedError(
                f"{self.name} rejected the vectors: {error_message(error)}."
            ) from None

    def _open(self) -> None:
        """Lock the table, check it and read which vectors it has."""
        if not self._options.read_only:
            self._lock()
        types = self._table.column_types(self._connection)
        if types:
            self.dimensions = self._dimensions(types)
            self._check_contents()
            self._read_keys()
        elif not self._options.read_only:
            self._connection.execute("CREATE EXTENSION IF NOT EXISTS vector")

    def _lock(self) -> None:
        """Lock the table. A server takes a moment to notice that a killed client is gone."""
        try:
            with self._connection.transaction():
                self._connection.execute(f"SET LOCAL lock_timeout = {_LOCK_TIMEOUT_MS:d}")
                self._connection.execute(_LOCK, (self._table.quoted,))
        except psycopg.errors.LockNotAvailable:
            raise UsageError(f"Another process is writing to {self.name}.") from None

    def _dimensions(self, types: dict[str, str]) -> int:
        if missing := [name for name in (*COLUMNS, *self._options.keep) if name not in types]:
            raise UsageError(
                f"{self.name} has no column {', '.join(missing)}. Pass another table with --table."
            )
        kind, _, dimensions = types["embedding"].rstrip(")").partition("(")
        if kind.rpartition(".")[2] != "vector" or not dimensions:
            raise UsageError(
                f"The column embedding of {self.name} has the type {types['embedding']}. "
                "It must be a vector with a dimension, such as vector(1024)."
            )
        return int(dimensions)

    def _check_contents(self) -> None:
        model = self._options.model
        check_model(self.name, self._table.other_model(self._connection, model) or model, model)
        self._marker = self._table.marker(self._connection)
        if self._marker is not None:
            check_kept(self.name, self._marker.keep, list(self._options.keep))
            self.base = self._marker.base

    def _read_keys(self) -> None:
        with self._connection.transaction(), self._connection.cursor("keys") as cursor:
            cursor.itersize = _BATCH_ROWS
            self._index.add_vectors(cursor.execute(self._table.select_keys))

    def _prepare(self, dimensions: int) -> None:
        """Create the table if it does not exist, and the temporary table of this connection."""
        if self._is_prepared:
            return
        marker = Marker(self.base or "", list(self._options.keep))
        if self.dimensions is None:
            self._connection.execute(self._table.create(dimensions))
        if self.dimensions is None or self._marker is not None:
            self._connection.execute(self._table.comment(marker))
        self._connection.execute(self._table.stage)
