"""Batches of Ray Data as Arrow tables, and the columns that are added to them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from ray.data.block import BlockAccessor, DataBatch

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


def values_of(table: pa.Table, column: str) -> list[Any]:
    """Return the values of a column; raises ConfigurationError where there is no such column."""
    if column not in table.column_names:
        hint = did_you_mean(column, table.column_names) or f"It has {table.column_names}."
        raise ConfigurationError(
            f"The dataset has no column {column!r}.", hint=hint, param="column"
        )
    values: list[Any] = table[column].to_pylist()
    return values


def with_columns(table: pa.Table, columns: Mapping[str, pa.Array]) -> pa.Table:
    """Return a table with further columns; raises ConfigurationError where a name is taken."""
    for name, column in columns.items():
        if name in table.column_names:
            raise ConfigurationError(
                f"The dataset already has a column {name!r}.",
                hint="Name another with `output`, or drop the old one.",
                param="output",
            )
        table = table.append_column(name, column)
    return table


def vector_column(vectors: Sequence[Vector | None], dimensions: int | None) -> pa.Array:
    """Return vectors as fixed-size lists of float32, null where there is none.

    Args:
        vectors: One for each row.
        dimensions: Their length where no row has one; if that is unknown, too, the column is
            of the type null, which Arrow unites with any other.

    Raises:
        ResponseError: The vectors differ in length.
    """
    lengths = {len(vector) for vector in vectors if vector is not None}
    if len(lengths) > 1:
        raise ResponseError(f"The hub returned vectors of different lengths: {sorted(lengths)}.")
    length = lengths.pop() if lengths else dimensions
    if length is None:
        return pa.nulls(len(vectors))
    nothing = np.zeros(length, np.float32)
    rows = [nothing if vector is None else vector for vector in vectors]
    flat = np.concatenate(rows) if rows else nothing[:0]
    missing = pa.array([vector is None for vector in vectors], pa.bool_())
    return pa.FixedSizeListArray.from_arrays(pa.array(flat), length, mask=missing)


def no_text(column: str, value: object) -> InvalidRequestError:
    """Return the error for a row without a text."""
    found = "nothing" if value is None else f"a value of type {type(value).__name__}"
    return InvalidRequestError(
        f"The column {column!r} holds {found} where a text is needed.", param="column"
    )


def error_column(results: Sequence[object]) -> pa.Array:
    """Return what went wrong in each row, null where nothing did."""
    errors = [str(each) if isinstance(each, ModelHubError) else None for each in results]
    return text_column(errors)


def text_column(texts: Sequence[str | None]) -> pa.Array:
    """Return strings; halves of characters, which Arrow refuses, become question marks."""
    legal = [text if text is None else text.encode(errors="replace").decode() for text in texts]
    return pa.array(legal, pa.string())
