"""Batches as Arrow tables, and the columns that are added to them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.errors import ConfigurationError, ResponseError
from ionos_model_hub.ray.tables import (
    Vector,
    error_column,
    no_text,
    text_column,
    values_of,
    vector_column,
    with_columns,
)

TABLE = pa.table({"text": ["one", None]})


def vector(*numbers: float) -> Vector:
    return np.asarray(numbers, np.float32)


def test_values_of_a_column() -> None:
    assert values_of(TABLE, "text") == ["one", None]


@pytest.mark.parametrize(("column", "hint"), [("txt", "Did you mean 'text'"), ("q", "It has")])
def test_a_missing_column_is_told_with_those_there_are(column: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=f"no column '{column}'. {hint}") as caught:
        values_of(TABLE, column)
    assert caught.value.param == "column"


def test_a_taken_name_is_told() -> None:
    with pytest.raises(ConfigurationError, match="already has a column 'text'") as caught:
        with_columns(TABLE, {"new": pa.nulls(2), "text": pa.nulls(2)})
    assert caught.value.param == "output"


@given(
    st.integers(1, 5).flatmap(
        lambda length: st.lists(
            st.none()
            | st.lists(st.floats(width=32, allow_nan=False), min_size=length, max_size=length)
        ).map(lambda rows: (length, rows))
    )
)
def test_vectors_are_fixed_size_lists_of_float32(
    drawn: tuple[int, list[list[float] | None]],
) -> None:
    length, rows = drawn
    column = vector_column([row and vector(*row) for row in rows], length)
    assert column.type == pa.list_(pa.float32(), length)
    assert column.to_pylist() == rows


def test_without_any_vector_the_length_is_the_known_one() -> None:
    assert vector_column([None, None], 3).type == pa.list_(pa.float32(), 3)
    assert vector_column([None, None], None).type == pa.null()
    assert vector_column([], None).type == pa.null()


def test_the_vectors_tell_their_own_length() -> None:
    assert vector_column([vector(1, 2), None], 3).type == pa.list_(pa.float32(), 2)


def test_vectors_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ResponseError, match=r"different lengths: \[1, 2\]"):
        vector_column([vector(1), vector(1, 2)], None)


def test_errors_are_told_in_their_rows() -> None:
    error = no_text("text", 7)
    assert error_column([vector(1), error]).to_pylist() == [None, str(error)]
    assert "holds a value of type int" in str(error)


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=[]))))
def test_any_text_fits_into_a_column(texts: list[str | None]) -> None:
    found = text_column(texts).to_pylist()
    assert [text is None for text in found] == [text is None for text in texts]
    for before, after in zip(texts, found, strict=True):
        if before is not None and before.isprintable():
            assert after == before
