"""A pairwise selection of test cells contains every pair of values, and only existing cells."""

from collections.abc import Mapping
from itertools import product

from faults.pairwise import pairs_of, select_pairwise
from hypothesis import given
from hypothesis import strategies as st

ROWS = st.lists(
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3), max_size=4), max_size=40
)


def covered(rows: list[Mapping[str, int]]) -> set[object]:
    return {pair for row in rows for pair in pairs_of(row)}


@given(ROWS)
def test_selection_contains_every_pair(rows: list[Mapping[str, int]]) -> None:
    selected = select_pairwise(rows)
    assert selected == sorted(set(selected))
    assert covered([rows[index] for index in selected]) == covered(rows)


@given(ROWS)
def test_selection_is_deterministic(rows: list[Mapping[str, int]]) -> None:
    assert select_pairwise(rows) == select_pairwise(list(rows))


def test_rows_without_pairs_are_selected() -> None:
    assert select_pairwise([{}, {"a": 1}, {"a": 1}]) == [0, 1, 2]
    assert select_pairwise([]) == []


def test_two_parameters_need_every_row() -> None:
    rows = [{"case": case, "caller": caller} for case, caller in product(range(9), range(5))]
    assert select_pairwise(rows) == list(range(45))


def test_further_parameters_need_few_rows() -> None:
    rows = [
        {"case": case, "caller": caller, "method": method, "recovers": recovers}
        for case, caller, method, recovers in product(range(30), range(8), range(4), range(2))
    ]
    assert 30 * 8 <= len(select_pairwise(rows)) <= 1.2 * 30 * 8
