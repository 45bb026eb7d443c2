"""Batches as Arrow tables, and the columns that are added to them."""

import pytest

pytest.importorskip("ray")

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.errors import ConfigurationError, ResponseError
from ionos_model_hub.ray.tables import (
    Vector,
    column_values,
    error_column,
    list_column,
    missing_text,
    tensor_column,
    text_column,
    with_columns,
)

TABLE = pa.table({"text": ["one", None]})


def vector(*numbers: float) -> Vector:
    return np.asarray(numbers, np.float32)


def test_column_values() -> None:
    assert column_values(TABLE, "text") == ["one", None]


@pytest.mark.parametrize(("column", "hint"), [("txt", "Did you mean 'text'"), ("q", "It has")])
def test_missing_column_is_an_error(column: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=f"no column '{column}'. {hint}") as caught:
        column_values(TABLE, column)
    assert caught.value.param == "column"


def test_existing_column_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="already has a column 'text'") as caught:
        with_columns(TABLE, {"new": pa.nulls(2), "text": pa.nulls(2)})
    assert caught.value.param == "output"


FLOATS = st.floats(width=32, allow_nan=False)


@given(
    st.integers(1, 5).flatmap(
        lambda length: st.tuples(
            st.just(length),
            st.lists(st.none() | st.lists(FLOATS, min_size=length, max_size=length)),
        )
    )
)
def test_list_column(drawn: tuple[int, list[list[float] | None]]) -> None:
    length, rows = drawn
    column = list_column([row and vector(*row) for row in rows], length)
    assert column.type == pa.list_(pa.float32(), length)
    assert column.to_pylist() == rows


@given(
    st.integers(1, 5).flatmap(
        lambda length: st.tuples(
            st.just(length), st.lists(st.lists(FLOATS, min_size=length, max_size=length))
        )
    )
)
def test_tensor_column(drawn: tuple[int, list[list[float]]]) -> None:
    length, rows = drawn
    column = tensor_column([vector(*row) for row in rows], length)
    assert column.type.shape == (length,)
    array = column.to_numpy()
    assert (array.shape, array.dtype) == ((len(rows), length), np.float32)
    assert array.tolist() == rows


def test_known_length_is_used_without_vectors() -> None:
    assert list_column([None, None], 3).type == pa.list_(pa.float32(), 3)
    assert list_column([None, None], None).type == pa.null()
    assert list_column([], None).type == pa.null()
    assert tensor_column([], 3).type.shape == (3,)
    assert tensor_column([], None).type == pa.null()


def test_vectors_determine_the_length() -> None:
    assert list_column([vector(1, 2), None], 3).type == pa.list_(pa.float32(), 2)
    assert tensor_column([vector(1, 2)], 3).type.shape == (2,)


def test_vectors_of_different_lengths_are_an_error() -> None:
    for make in (list_column, tensor_column):
        with pytest.raises(ResponseError, match=r"different lengths: \[1, 2\]"):
            make([vector(1), vector(1, 2)], None)


def test_error_column() -> None:
    error = missing_text("text", 7)
    assert error_column([vector(1), error]).to_pylist() == [None, str(error)]
    assert "contains a value of type int" in str(error)


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=[]))))
def test_any_text_fits_into_a_column(texts: list[str | None]) -> None:
    stored = text_column(texts).to_pylist()
    assert [text is None for text in stored] == [text is None for text in texts]
    for before, after in zip(texts, stored, strict=True):
        if before is not None and before.isprintable():
            assert after == before
