"""Batches of Ray Data as Arrow tables, and the columns that are added to them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from ray.data.block import BlockAccessor, DataBatch
from ray.data.extensions import ArrowTensorArray

from ionos_model_hub.errors import (
    ConfigurationError,
    InvalidRequestError,
    ModelHubError,
    ResponseError,
    did_you_mean,
)

Vector: TypeAlias = NDArray[np.float32]


def as_table(batch: DataBatch) -> pa.Table:
    """Return a batch of any of Ray Data's formats as a table."""
    if isinstance(batch, pa.Table):
        return batch
    return BlockAccessor.for_block(BlockAccessor.batch_to_block(batch)).to_arrow()


def column_values(table: pa.Table, column: str) -> list[Any]:
    """Return the values of a column; raises ConfigurationError if it does not exist."""
    if column not in table.column_names:
        hint = did_you_mean(column, table.column_names) or f"It has {table.column_names}."
        raise ConfigurationError(
            f"The dataset has no column {column!r}.", hint=hint, param="column"
        )
    values: list[Any] = table[column].to_pylist()
    return values


def with_columns(table: pa.Table, columns: Mapping[str, pa.Array]) -> pa.Table:
    """Return a table with additional columns; raises ConfigurationError if a name is in use."""
    for name, column in columns.items():
        if name in table.column_names:
            raise ConfigurationError(
                f"The dataset already has a column {name!r}.",
                hint="Set `output` to another name, or drop the existing column.",
                param="output",
            )
        table = table.append_column(name, column)
    return table


def tensor_column(vectors: Sequence[Vector], dimensions: int | None) -> pa.Array:
    """Return vectors as a tensor column of Ray Data, an array of two dimensions in NumPy batches.

    Args:
        vectors: One for each row.
        dimensions: Their length if there are none, or None if it is unknown.

    Raises:
        ResponseError: The vectors differ in length.
    """
    length = _common_length(vectors, dimensions)
    if length is None:
        return pa.nulls(0)
    rows = np.stack(vectors) if vectors else np.empty((0, length), np.float32)
    return ArrowTensorArray.from_numpy(rows)


def list_column(vectors: Sequence[Vector | None], dimensions: int | None) -> pa.Array:
    """Return vectors as fixed-size lists of float32, null for None.

    Args:
        vectors: One for each row, or None.
        dimensions: Their length if all rows are None. If it is unknown as well, the column has
            the type null, which Arrow can combine with any other.

    Raises:
        ResponseError: The vectors differ in length.
    """
    length = _common_length([vector for vector in vectors if vector is not None], dimensions)
    if length is None:
        return pa.nulls(len(vectors))
    placeholder = np.zeros(length, np.float32)
    rows = [placeholder if vector is None else vector for vector in vectors]
    values = pa.array(np.concatenate(rows) if rows else placeholder[:0])
    is_null = pa.array([vector is None for vector in vectors], pa.bool_())
    return pa.FixedSizeListArray.from_arrays(values, length, mask=is_null)


def _common_length(vectors: Sequence[Vector], default: int | None) -> int | None:
    lengths = {len(vector) for vector in vectors}
    if len(lengths) > 1:
        raise ResponseError(f"The hub returned vectors of different lengths: {sorted(lengths)}.")
    return lengths.pop() if lengths else default


def missing_text(column: str, value: object) -> InvalidRequestError:
    """Return the error for a row without a text."""
    content = "null" if value is None else f"a value of type {type(value).__name__}"
    return InvalidRequestError(
        f"The column {column!r} contains {content} where text is required.", param="column"
    )


def error_column(results: Sequence[object]) -> pa.Array:
    """Return the message of each result that is an error, null for the others."""
    errors = [str(result) if isinstance(result, ModelHubError) else None for result in results]
    return text_column(errors)


def text_column(texts: Sequence[str | None]) -> pa.Array:
    """Return strings; lone surrogates, which Arrow rejects, become question marks."""
    valid = [text if text is None else text.encode(errors="replace").decode() for text in texts]
    return pa.array(valid, pa.string())
