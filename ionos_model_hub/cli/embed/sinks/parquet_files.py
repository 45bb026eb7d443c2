"""The Parquet files of the output: their columns, their marker and how they are written."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ionos_model_hub.cli.common.errors import UsageError

MARKER = b"ionos_model_hub.embed"
"""Key in the metadata of every file that this command writes."""

_VECTOR = "vector"
_ROW_GROUP_BYTES = 32 * 1024 * 1024
_BYTES_PER_NUMBER = 4


@dataclass(frozen=True, slots=True)
class FileProperties:
    """Properties of an output file.

    Attributes:
        dimensions: Length of the vectors.
        model: Model of the vectors.
        base: Digest of the folder that ids of files are relative to.
        keep: Columns that were copied from the inputs, with their types.
    """

    dimensions: int
    model: str
    base: str
    keep: Mapping[str, pa.DataType]

    @property
    def schema(self) -> pa.Schema:
        """The columns, with the marker as metadata."""
        columns = {
            "id": pa.string(),
            "part": pa.int32(),
            "text": pa.string(),
            "model": pa.dictionary(pa.int32(), pa.string()),
            "digest": pa.binary(16),
            _VECTOR: pa.list_(pa.float32(), self.dimensions),
            **self.keep,
        }
        marker = {"version": 1, "model": self.model, "base": self.base, "keep": list(self.keep)}
        return pa.schema(columns, metadata={MARKER: json.dumps(marker).encode()})


def read_properties(path: Path) -> FileProperties:
    """Return the properties of an output file.

    Raises:
        UsageError: The file was not written by this command.
    """
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UsageError(
            f"{path} was not written by this command ({error}). Write to another output."
        ) from None
    try:
        marker = json.loads((schema.metadata or {})[MARKER])
        keep = {name: schema.field(name).type for name in marker["keep"]}
        dimensions = schema.field(_VECTOR).type.list_size
        return FileProperties(dimensions, marker["model"], marker["base"], keep)
    except (KeyError, ValueError, AttributeError, TypeError):
        raise UsageError(
            f"{path} was not written by this command. Write to another output."
        ) from None


def write_atomically(
    path: Path, temporary: Path, batches: Iterable[pa.RecordBatch], properties: FileProperties
) -> None:
    """Write a file under a temporary name and rename it once it is complete on disk."""
    schema = properties.schema
    try:
        with temporary.open("wb") as file:
            with pq.ParquetWriter(
                file, schema, compression="zstd", use_dictionary=["model"], store_schema=True
            ) as writer:
                for table in _row_groups(batches, properties):
                    writer.write_table(table, row_group_size=table.num_rows)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)  # a full disk needs the space
        raise


def _row_groups(
    batches: Iterable[pa.RecordBatch], properties: FileProperties
) -> Iterable[pa.Table]:
    """Combine batches into tables of the size of a row group."""
    full = max(1024, _ROW_GROUP_BYTES // (properties.dimensions * _BYTES_PER_NUMBER))
    schema = properties.schema
    collected: list[pa.RecordBatch] = []
    for batch in batches:
        collected.append(batch.replace_schema_metadata(schema.metadata))
        if sum(each.num_rows for each in collected) >= full:
            yield pa.Table.from_batches(collected, schema)
            collected = []
    if any(each.num_rows for each in collected):
        yield pa.Table.from_batches(collected, schema)
