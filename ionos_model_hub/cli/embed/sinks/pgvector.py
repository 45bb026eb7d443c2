"""Vectors straight into PostgreSQL with pgvector; the table itself tells what is done."""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from ionos_model_hub.cli.embed.records import Piece, StoppedError, UsageError
from ionos_model_hub.cli.embed.resume_index import Ledger
from ionos_model_hub.cli.embed.sinks.database import connect, reason_of
from ionos_model_hub.cli.embed.sinks.sink import Embedded

_COLUMNS = ("id", "part", "text", "model", "digest", "embedding")
_ROWS_AT_ONCE = 10_000
_CREATE = """
    CREATE TABLE {table} (
        id text, part integer, text text NOT NULL, model text NOT NULL, digest bytea NOT NULL,
        embedding vector({dimensions}) NOT NULL, PRIMARY KEY (id, part)
    )
"""
_STAGE = "CREATE TEMPORARY TABLE staged (LIKE {table}) ON COMMIT DELETE ROWS"
_COPY = "COPY staged (id, part, text, model, digest, embedding) FROM STDIN"
_UPSERT = """
    INSERT INTO {table} (id, part, text, model, digest, embedding)
    SELECT id, part, text, model, digest, embedding FROM staged
    ON CONFLICT (id, part) DO UPDATE SET
        text = excluded.text, model = excluded.model, digest = excluded.digest,
        embedding = excluded.embedding
"""
_LOCK = "SELECT pg_advisory_lock(hashtext('ionos-model-hub'), hashtext(%s))"
_LOCK_MILLISECONDS = 10_000
_FORM = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""


class PgvectorSink:
    """A table as output, made with the first vectors if it is not there.

    Args:
        url: Where the database is, such as `postgresql://user@host/database`.
        table: Name of the table, with or without a schema: `vectors` or `search.vectors`.
        model: What the vectors are made with.
        ledger: Learns what is there already.

    Raises:
        UsageError: There is no such database, the table has another form, or another process
            writes to it.
    """

    def __init__(self, url: str, table: str, model: str, ledger: Ledger) -> None:
        self._table = _identifier(table)
        self._model = model
        self._ledger = ledger
        self._is_staged = False
        self._connection, where = connect(url)
        self.name = f"table {table} of {where}"
        try:
            self.dimensions = self._open()
        except psycopg.Error as error:
            self.close()
            raise UsageError(f"{self.name} cannot be used: {reason_of(error)}.") from None
        except UsageError:
            self.close()
            raise

    def objection(self, piece: Piece) -> str | None:
        """PostgreSQL holds every text but the character NUL."""
        has_nul = "\0" in piece.text or "\0" in piece.row.id
        return "PostgreSQL stores no NUL characters" if has_nul else None

    def write(self, embedded: Sequence[Embedded]) -> None:
        """Commit vectors in one transaction."""
        with self._transaction():
            self._prepare(len(embedded[0][1]))
            with self._connection.cursor() as cursor:
                with cursor.copy(_COPY) as copy:
                    for piece, vector in embedded:
                        copy.write_row(self._record(piece, vector))
                cursor.execute(sql.SQL(_UPSERT).format(table=self._table))
        self._is_staged = True
        self.dimensions = len(embedded[0][1])
        entries = ((piece.row.id, piece.part, piece.digest) for piece, _ in embedded)
        self._ledger.keep(entries)

    def finish(self) -> None:
        """Delete the parts that texts no longer have."""
        delete = sql.SQL("DELETE FROM {table} WHERE id = %s AND part = %s").format(
            table=self._table
        )
        with self._transaction(), self._connection.cursor() as cursor:
            cursor.executemany(delete, self._ledger.surplus())

    def close(self) -> None:
        """Close the connection, which also lets another process write."""
        self._connection.close()

    def _record(self, piece: Piece, vector: "array[float]") -> tuple[object, ...]:
        numbers = f"[{','.join(map(repr, vector))}]"
        return piece.row.id, piece.part, piece.text, self._model, piece.digest, numbers

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with self._connection.transaction():
                yield
        except psycopg.Error as error:
            raise StoppedError(f"{self.name} takes no more: {reason_of(error)}.") from None

    def _open(self) -> int | None:
        """Lock the table and learn what it holds; return its dimensions."""
        self._lock()
        dimensions = self._read_form()
        if dimensions is None:
            self._connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        else:
            self._learn()
        return dimensions

    def _lock(self) -> None:
        """Lock the table; a server takes a moment to see that a killed process is gone."""
        key = (self._table.as_string(),)
        try:
            with self._connection.transaction():
                self._connection.execute(f"SET LOCAL lock_timeout = {_LOCK_MILLISECONDS:d}")
                self._connection.execute(_LOCK, key)
        except psycopg.errors.LockNotAvailable:
            raise UsageError(f"Another process is writing to {self.name}.") from None

    def _read_form(self) -> int | None:
        """Return the dimensions of the table, or None where there is none yet."""
        form: dict[str, str] = dict(
            self._connection.execute(_FORM, (self._table.as_string(),)).fetchall()
        )
        if not form:
            return None
        if missing := [name for name in _COLUMNS if name not in form]:
            raise UsageError(
                f"{self.name} has no column {', '.join(missing)}; name another with --table."
            )
        kind, _, dimensions = form["embedding"].rstrip(")").partition("(")
        if kind.rpartition(".")[2] != "vector" or not dimensions:
            raise UsageError(
                f"The column embedding of {self.name} is {form['embedding']}, "
                "a vector with a dimension is needed."
            )
        return int(dimensions)

    def _learn(self) -> None:
        select = sql.SQL("SELECT id, part, digest FROM {table}").format(table=self._table)
        with (
            self._connection.transaction(),
            self._connection.cursor("kept") as cursor,
        ):
            cursor.itersize = _ROWS_AT_ONCE
            self._ledger.keep(cursor.execute(select))

    def _prepare(self, dimensions: int) -> None:
        """Make the table, where it is missing, and the one that vectors are copied to first."""
        if self._is_staged:
            return
        if self.dimensions is None:
            self._connection.execute(
                sql.SQL(_CREATE).format(table=self._table, dimensions=sql.Literal(dimensions))
            )
        self._connection.execute(sql.SQL(_STAGE).format(table=self._table))


def _identifier(table: str) -> sql.Identifier:
    names = table.split(".")
    if len(names) > 2 or not all(names):
        raise UsageError(f"--table must be a name, or schema.name; got {table!r}.")
    return sql.Identifier(*names)
