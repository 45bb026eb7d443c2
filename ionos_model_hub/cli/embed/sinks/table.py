"""The PostgreSQL table of the output: its columns, its marker and its SQL statements."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg
import pyarrow as pa
from psycopg import sql

from ionos_model_hub.cli.common.errors import UsageError

COLUMNS = ("id", "part", "text", "model", "digest", "embedding")

_CREATE = """
    CREATE TABLE {table} (
        id text, part integer, text text NOT NULL, model text NOT NULL, digest bytea NOT NULL,
        embedding vector({dimensions}) NOT NULL, {kept} PRIMARY KEY (id, part)
    )
"""
_STAGE = "CREATE TEMPORARY TABLE staged (LIKE {table}) ON COMMIT DELETE ROWS"
_COPY = "COPY staged ({columns}) FROM STDIN"
_UPSERT = """
    INSERT INTO {table} ({columns}) SELECT {columns} FROM staged
    ON CONFLICT (id, part) DO UPDATE SET {updates}
"""
_DELETE = "DELETE FROM {table} WHERE id = %s AND part = %s"
_SELECT_KEYS = "SELECT id, part, digest FROM {table}"
_SELECT_OTHER_MODEL = "SELECT model FROM {table} WHERE model <> %s LIMIT 1"
_SELECT_ANY = "SELECT 1 FROM {table} LIMIT 1"
_SELECT_TYPES = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""
_SELECT_COMMENT = "SELECT obj_description(to_regclass(%s), 'pg_class')"
_COMMENT = "COMMENT ON TABLE {table} IS {marker}"
_MARKER_KEY = "ionos_model_hub.embed"


@dataclass(frozen=True, slots=True)
class Marker:
    """The comment on a table that this command created.

    Attributes:
        base: Digest of the folder that ids of files are relative to.
        keep: Columns that were copied from the inputs.
    """

    base: str
    keep: Sequence[str]

    def __str__(self) -> str:
        return json.dumps({_MARKER_KEY: {"version": 1, "base": self.base, "keep": list(self.keep)}})


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its statements.

    Args:
        name: Name of the table, with or without a schema.
        keep: Columns that are copied from the inputs, with their Arrow types.

    Raises:
        UsageError: The name is not valid.
    """

    name: str
    keep: Mapping[str, pa.DataType]

    def __post_init__(self) -> None:
        parts = self.name.split(".")
        if len(parts) > 2 or not all(parts):
            raise UsageError(f"--table must be a name or schema.name, got {self.name!r}.")

    @property
    def quoted(self) -> str:
        """The quoted name."""
        return self._identifier.as_string()

    def create(self, dimensions: int) -> sql.Composed:
        """Return the statement that creates the table."""
        kept = [
            sql.SQL("{} {}, ").format(sql.Identifier(name), sql.SQL(_column_type(type_)))
            for name, type_ in self.keep.items()
        ]
        return self._format(_CREATE, dimensions=sql.Literal(dimensions), kept=sql.Composed(kept))

    def comment(self, marker: Marker) -> sql.Composed:
        """Return the statement that marks the table as created by this command."""
        return self._format(_COMMENT, marker=sql.Literal(str(marker)))

    @property
    def stage(self) -> sql.Composed:
        """The statement that creates the temporary table that vectors are copied to."""
        return self._format(_STAGE)

    @property
    def copy(self) -> sql.Composed:
        """The statement that copies vectors to the temporary table."""
        return self._format(_COPY, columns=self._columns)

    @property
    def upsert(self) -> sql.Composed:
        """The statement that moves vectors from the temporary table to the table."""
        updates = sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
            for name in (*COLUMNS[2:], *self.keep)
        )
        return self._format(_UPSERT, columns=self._columns, updates=updates)

    @property
    def delete(self) -> sql.Composed:
        """The statement that deletes the vector of an id and a part."""
        return self._format(_DELETE)

    @property
    def select_keys(self) -> sql.Composed:
        """The query for id, part and digest of all vectors."""
        return self._format(_SELECT_KEYS)

    def other_model(self, connection: psycopg.Connection, model: str) -> str | None:
        """Return another model that the table has vectors of, or None."""
        row = connection.execute(self._format(_SELECT_OTHER_MODEL), (model,)).fetchone()
        return None if row is None else str(row[0])

    def is_empty(self, connection: psycopg.Connection) -> bool:
        """Return whether the table has no vectors."""
        return connection.execute(self._format(_SELECT_ANY)).fetchone() is None

    def column_types(self, connection: psycopg.Connection) -> dict[str, str]:
        """Return the types of the columns in the database; empty if the table does not exist."""
        return dict(connection.execute(_SELECT_TYPES, (self.quoted,)).fetchall())

    def marker(self, connection: psycopg.Connection) -> Marker | None:
        """Return the marker, or None if this command did not create the table."""
        row = connection.execute(_SELECT_COMMENT, (self.quoted,)).fetchone()
        try:
            content = json.loads(row[0] if row and row[0] else "null")[_MARKER_KEY]
            return Marker(content["base"], content["keep"])
        except (ValueError, KeyError, TypeError):
            return None

    @property
    def _identifier(self) -> sql.Identifier:
        return sql.Identifier(*self.name.split("."))

    @property
    def _columns(self) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, (*COLUMNS, *self.keep)))

    def _format(self, statement: LiteralString, **values: sql.Composable) -> sql.Composed:
        return sql.SQL(statement).format(table=self._identifier, **values)


def _column_type(type_: pa.DataType) -> LiteralString:
    if pa.types.is_boolean(type_):
        return "boolean"
    if pa.types.is_integer(type_):
        return "numeric" if pa.types.is_uint64(type_) else "bigint"
    if pa.types.is_floating(type_):
        return "double precision"
    if pa.types.is_decimal(type_):
        return "numeric"
    if pa.types.is_date(type_):
        return "date"
    if pa.types.is_timestamp(type_):
        return "timestamptz" if type_.tz else "timestamp"
    return "text"
