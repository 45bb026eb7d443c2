"""Read Parquet files."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.embed.readers.fields import BadRowError, Fields
from ionos_model_hub.cli.embed.readers.sources import Source
from ionos_model_hub.cli.embed.records import Reject, Row

_BATCH_ROWS = 1024


def schema(source: Source) -> pa.Schema:
    """Return the schema; raises UsageError if the file is not a readable Parquet file."""
    if source.path is None:
        raise UsageError("Parquet cannot be read from standard input. Pass the file instead.")
    try:
        return pq.read_schema(source.path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UsageError(f"{source.name}: not a readable Parquet file: {error}") from None


def read(source: Source, fields: Fields) -> Iterator[Row | Reject]:
    """Yield the rows; only the needed columns are read."""
    number = 0
    try:
        with pq.ParquetFile(source.path) as file:
            total = max(1, file.metadata.num_rows)
            columns = fields.columns(file.schema_arrow.names)
            for batch in file.iter_batches(_BATCH_ROWS, columns=columns):
                for row in _python_rows(batch):
                    number += 1
                    position = source.start + source.size * number // total
                    yield _row(row, fields, source, number, position)
    except (pa.ArrowException, OSError) as error:
        yield Reject(source.name, number + 1, f"the file is damaged from here on: {error}")


def _row(
    row: dict[str, object], fields: Fields, source: Source, number: int, position: int
) -> Row | Reject:
    try:
        picked = fields.pick(row)
    except BadRowError as error:
        return Reject(source.name, number, str(error))
    id_ = picked.id or f"{source.id}:{number}"
    return Row(id_, picked.text, source.name, number, position, picked.kept)


def _python_rows(batch: pa.RecordBatch) -> Iterator[dict[str, object]]:
    # Reversed, so that of duplicate names the first column remains.
    names = batch.schema.names[::-1]
    columns = [_values(column) for column in batch.columns[::-1]]
    for cells in zip(*columns, strict=True):
        yield dict(zip(names, cells, strict=True))


def _values(column: pa.Array) -> Sequence[object]:
    try:
        values: Sequence[object] = column.to_pylist()
    except UnicodeDecodeError:
        return [_value(cell) for cell in column]
    return values


def _value(cell: pa.Scalar) -> object:
    try:
        value: object = cell.as_py()
    except UnicodeDecodeError as error:
        return bytes(error.object).decode(errors="surrogateescape")
    return value
