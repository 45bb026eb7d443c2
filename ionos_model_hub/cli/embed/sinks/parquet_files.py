"""The columns of the Parquet output, and how a file of it comes to be all at once."""

import os
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ionos_model_hub.cli.embed.records import UsageError

UNFINISHED = ".unfinished"
_ROW_GROUP_BYTES = 32 * 1024 * 1024
_BYTES_OF_A_NUMBER = 4


def schema(dimensions: int) -> pa.Schema:
    """Return the columns: id, part, text, model, digest, and vector as float32."""
    return pa.schema(
        {
            "id": pa.string(),
            "part": pa.int32(),
            "text": pa.string(),
            "model": pa.dictionary(pa.int32(), pa.string()),
            "digest": pa.binary(16),
            "vector": pa.list_(pa.float32(), dimensions),
        }
    )


def dimensions_of(path: Path) -> int:
    """Return the length of a file's vectors.

    Raises:
        UsageError: The file was not written by this command.
    """
    try:
        found = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    vector = found.field("vector").type if "vector" in found.names else None
    if isinstance(vector, pa.FixedSizeListType) and found.equals(schema(vector.list_size)):
        return int(vector.list_size)
    raise UsageError(f"{path} was not written by this command; name another output.")


def write_whole(path: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
    """Write a file under another name, and rename it when it is on disk."""
    unfinished = path.with_name(f"{path.name}{UNFINISHED}")
    with unfinished.open("wb") as file:
        with pq.ParquetWriter(
            file, schema, compression="zstd", use_dictionary=["model"], store_schema=True
        ) as writer:
            for table in _grouped(batches, schema):
                writer.write_table(table, row_group_size=table.num_rows)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _grouped(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterable[pa.Table]:
    """Yield tables that are as large as a row group should be."""
    size = schema.field("vector").type.list_size * _BYTES_OF_A_NUMBER
    full = max(1024, _ROW_GROUP_BYTES // size)
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) >= full:
            yield pa.Table.from_batches(held, schema)
            held = []
    if any(each.num_rows for each in held):
        yield pa.Table.from_batches(held, schema)
