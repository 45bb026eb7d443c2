"""Texts are split into requests, vectors are merged in order, rejected texts are isolated."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.errors import BadRequestError, InvalidRequestError, ServerError
from ionos_model_hub.wire.batching import (
    BATCH_SIZE,
    isolate_failures,
    merge_embeddings,
    split_batches,
)
from ionos_model_hub.wire.response_types import Embeddings, Usage


@pytest.mark.parametrize(
    ("texts", "size", "characters", "batches"),
    [
        ([], 2, 10, []),
        (["a"], 2, 10, [["a"]]),
        (["a", "b", "c"], 2, 10, [["a", "b"], ["c"]]),
        (["a", "b"], 1, 10, [["a"], ["b"]]),
        (["aaa", "bb", "c"], 9, 5, [["aaa", "bb"], ["c"]]),
        (["aaa", "bbb", "cc", "d"], 9, 5, [["aaa"], ["bbb", "cc"], ["d"]]),
        (["a" * 99, "b"], 9, 5, [["a" * 99], ["b"]]),
        (["b", "a" * 99, "c"], 9, 5, [["b"], ["a" * 99], ["c"]]),
        (["", "", ""], 2, 0, [["", ""], [""]]),
        (("a", "b"), 2, 10, [["a", "b"]]),
    ],
)
def test_split_batches(texts: Any, size: int, characters: int, batches: list[list[str]]) -> None:
    assert list(split_batches(texts, size, characters)) == batches


def test_default_batch_limits() -> None:
    assert [len(batch) for batch in split_batches(["a"] * (BATCH_SIZE + 1))] == [BATCH_SIZE, 1]
    assert [len(batch) for batch in split_batches(["a" * 125_000] * 3)] == [2, 1]
    assert [len(batch) for batch in split_batches(["a" * 125_001] * 3)] == [1, 1, 1]


@given(st.lists(st.text(max_size=9)), st.integers(1, 5), st.integers(0, 20))
def test_split_batches_keeps_all_texts_in_order(
    texts: list[str], size: int, characters: int
) -> None:
    batches = list(split_batches(texts, size, characters))
    assert [text for batch in batches for text in batch] == texts
    for batch in batches:
        assert 1 <= len(batch) <= size
        assert len(batch) == 1 or sum(map(len, batch)) <= characters


@pytest.mark.parametrize(
    ("texts", "size", "param", "message", "hint"),
    [
        ("Hallo", 2, "texts", "texts must be a list of strings, got one string.", "Pass [text]."),
        (["a", None], 2, "texts", "texts[1] must be a string, got NoneType.", None),
        ([[1, 2]], 2, "texts", "texts[0] must be a string, got list.", None),
        (["a"], 0, "batch_size", "batch_size must be at least 1, got 0.", None),
    ],
)
def test_invalid_arguments(
    texts: Any, size: int, param: str, message: str, hint: str | None
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        list(split_batches(texts, size))
    assert (caught.value.param, caught.value.message, caught.value.hint) == (param, message, hint)


def test_merge_sums_usage_and_keeps_first_model_and_last_headers() -> None:
    merged = merge_embeddings(
        [
            Embeddings(
                [[1.0], [2.0]], "m", Usage(prompt_tokens=3, total_tokens=3), headers={"a": "1"}
            ),
            Embeddings([[3.0]], "n", Usage(prompt_tokens=4, total_tokens=5), headers={"a": "2"}),
            Embeddings([[4.0]], "m", headers={"a": "3"}),
        ]
    )
    usage = Usage(prompt_tokens=7, total_tokens=8)
    assert merged == Embeddings([[1.0], [2.0], [3.0], [4.0]], "m", usage, headers={"a": "3"})


def test_merge_without_usage() -> None:
    counted = Embeddings([[1.0]], "m", Usage(prompt_tokens=3, total_tokens=3))
    uncounted = Embeddings([[2.0]], "m")
    assert merge_embeddings([uncounted, uncounted]).usage is None
    assert merge_embeddings([uncounted, counted]).usage == Usage(prompt_tokens=3, total_tokens=3)
    assert merge_embeddings([]) == Embeddings([], "", None, headers={})


class RejectingServer:
    """Rejects every batch that contains one of `rejected`."""

    def __init__(self, rejected: set[int]) -> None:
        self.rejected = rejected
        self.batches: list[list[int]] = []

    async def send(self, items: Sequence[int]) -> list[str]:
        self.batches.append(list(items))
        if found := self.rejected & set(items):
            raise BadRequestError(f"rejected {min(found)}")
        return [str(item) for item in items]


@given(st.integers(1, 30), st.sets(st.integers(0, 29)))
async def test_isolate_failures_finds_exactly_the_rejected_items(
    count: int, rejected: set[int]
) -> None:
    server, items = RejectingServer(rejected), list(range(count))
    first = BadRequestError("the first error")

    results = await isolate_failures(items, first, server.send, (BadRequestError,))

    assert len(results) == count
    for item, result in zip(items, results, strict=True):
        if count == 1:
            assert result is first
        elif item in rejected:
            assert isinstance(result, BadRequestError)
            assert str(item) in str(result)
        else:
            assert result == str(item)


async def test_isolate_failures_halves() -> None:
    server = RejectingServer({2})
    await isolate_failures(range(4), BadRequestError("no"), server.send, (BadRequestError,))
    assert server.batches == [[0, 1], [2, 3], [2], [3]]


async def test_isolate_failures_lets_other_errors_propagate() -> None:
    async def send(items: Sequence[int]) -> list[str]:
        raise ServerError("down")

    with pytest.raises(ServerError):
        await isolate_failures([1, 2], BadRequestError("no"), send, (BadRequestError,))
