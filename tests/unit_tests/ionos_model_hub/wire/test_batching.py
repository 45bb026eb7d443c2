"""Texts are cut into requests and vectors put together again, in order and counted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.batching import BATCH_SIZE, batches_of, joined
from ionos_model_hub.wire.response_types import Embeddings, Usage


@pytest.mark.parametrize(
    ("texts", "size", "characters", "batches"),
    [
        ([], 2, 10, []),
        (["a"], 2, 10, [["a"]]),
        (["a", "b", "c"], 2, 10, [["a", "b"], ["c"]]),
        (["a", "b"], 1, 10, [["a"], ["b"]]),
        (["aaa", "bb", "c"], 9, 5, [["aaa", "bb"], ["c"]]),
        (["a" * 99, "b"], 9, 5, [["a" * 99], ["b"]]),
        (["b", "a" * 99, "c"], 9, 5, [["b"], ["a" * 99], ["c"]]),
        (["", "", ""], 2, 0, [["", ""], [""]]),
        (("a", "b"), 2, 10, [["a", "b"]]),
    ],
)
def test_batches(texts: Any, size: int, characters: int, batches: list[list[str]]) -> None:
    assert list(batches_of(texts, size, characters)) == batches


def test_batches_by_default() -> None:
    assert [len(batch) for batch in batches_of(["a"] * (BATCH_SIZE + 1))] == [BATCH_SIZE, 1]
    assert [len(batch) for batch in batches_of(["a" * 100_000] * 3)] == [2, 1]


@given(st.lists(st.text(max_size=9)), st.integers(1, 5), st.integers(0, 20))
def test_batches_keep_every_text_in_order(texts: list[str], size: int, characters: int) -> None:
    batches = list(batches_of(texts, size, characters))
    assert [text for batch in batches for text in batch] == texts
    for batch in batches:
        assert 1 <= len(batch) <= size
        assert len(batch) == 1 or sum(map(len, batch)) <= characters


@pytest.mark.parametrize(
    ("texts", "size", "param", "message"),
    [
        ("Hallo", 2, "texts", "one string"),
        (["a", None], 2, "texts", r"texts\[1\] must be a string, got NoneType"),
        ([[1, 2]], 2, "texts", r"texts\[0\] must be a string, got list"),
        (["a"], 0, "batch_size", "at least 1, got 0"),
    ],
)
def test_wrong_arguments(texts: Any, size: int, param: str, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message) as caught:
        list(batches_of(texts, size))
    assert caught.value.param == param


def test_parts_are_joined() -> None:
    whole = joined(
        [
            Embeddings([[1.0], [2.0]], "m", Usage(prompt_tokens=3, total_tokens=3), {"a": "1"}),
            Embeddings([[3.0]], "n", Usage(prompt_tokens=4, total_tokens=5), {"a": "2"}),
        ]
    )
    usage = Usage(prompt_tokens=7, total_tokens=8)
    assert whole == Embeddings([[1.0], [2.0], [3.0]], "m", usage, {"a": "2"})


def test_parts_without_usage_are_joined() -> None:
    counted = Embeddings([[1.0]], "m", Usage(prompt_tokens=3, total_tokens=3))
    uncounted = Embeddings([[2.0]], "m")
    assert joined([uncounted, uncounted]).usage is None
    assert joined([uncounted, counted]).usage == Usage(prompt_tokens=3, total_tokens=3)
    assert joined([]) == Embeddings([], "", None, {})
