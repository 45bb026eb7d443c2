"""Rows of Parquet files."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from ionos_model_hub.cli.embed.readers.fields import BadRowError, Fields
from ionos_model_hub.cli.embed.readers.sources import Source
from ionos_model_hub.cli.embed.records import Reject, Row, UsageError

_ROWS_AT_ONCE = 1024


def columns(source: Source) -> list[str]:
    """Return the names of the columns; raises UsageError where the file is no Parquet."""
    try:
        return list(pq.read_schema(source.path).names)
    except (pa.ArrowInvalid, OSError) as error:
        raise UsageError(f"{source.name} is no Parquet file that can be read: {error}") from None


def read(source: Source, fields: Fields) -> Iterator[Row | Reject]:
    """Yield the rows; only the columns of text and id are read."""
    number = 0
    try:
        with pq.ParquetFile(source.path) as file:
            total = max(1, file.metadata.num_rows)
            names = file.schema_arrow.names
            wanted = [name for name in (fields.text_among(names), fields.id_among(names)) if name]
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=list(dict.fromkeys(wanted))):
                for row in _plain(batch):
                    number += 1
                    reached = source.start + source.size * number // total
                    yield _row(row, fields, source.name, number, reached)
    except (pa.ArrowException, OSError) as error:
        yield Reject(source.name, number + 1, f"the file is damaged from here on: {error}")


def _row(
    row: dict[str, object], fields: Fields, file: str, number: int, reached: int
) -> Row | Reject:
    try:
        known, text = fields.pick(row)
    except BadRowError as error:
        return Reject(file, number, str(error))
    return Row(known or f"{file}:{number}", text, file, number, reached)


def _plain(batch: pa.RecordBatch) -> Iterator[dict[str, object]]:
    values = [_values(column) for column in batch.columns]
    for cells in zip(*values, strict=True):
        yield dict(zip(batch.schema.names, cells, strict=True))


def _values(column: pa.Array) -> Sequence[object]:
    try:
        plain: Sequence[object] = column.to_pylist()
    except UnicodeDecodeError:
        return [_value(cell) for cell in column]
    return plain


def _value(cell: pa.Scalar) -> object:
    try:
        plain: object = cell.as_py()
    except UnicodeDecodeError as error:
        return bytes(error.object).decode(errors="surrogateescape")
    return plain
