"""Token estimates, and splitting long texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.cli.embed.token_limits import (
    estimate_tokens,
    probably_fits,
    split,
    surely_fits,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
PROSE = st.lists(st.sampled_from(["boat", "Hafen", ".", "\n\n", " ", "海", "порт", "7"])).map(
    "".join
)


@given(text=TEXTS | PROSE, limit=st.integers(1, 60))
def test_parts_fit_and_form_the_text(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert "".join(parts) == text
    if len(parts) > 1:
        assert not any(part.isspace() for part in parts)
        assert all(estimate_tokens(part) - 2 <= max(1, limit * 0.75 - 2) for part in parts)


@given(text=TEXTS, limit=st.integers(1, 400))
def test_surely_fits_compares_bytes_with_the_limit(text: str, limit: int) -> None:
    assert surely_fits(text, limit) == (len(text.encode()) + 2 <= limit)
    if surely_fits(text, limit):
        assert split(text, limit) == [text]
        assert probably_fits(text, limit)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 2), ("a", 3), ("harbour", 4), ("12 €", 5), ("海港", 4), ("порт", 4), ("a \n b", 4)],
)
def test_estimates(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Aa bb. Cc dd.\n\nEe ff. Gg hh ii jj", ["Aa bb. Cc dd.\n\n", "Ee ff. Gg hh ii jj"]),
        ("Aa bb cc dd. Ee ff gg hh", ["Aa bb cc dd. ", "Ee ff gg hh"]),
        ("aa bb cc dd ee ff gg hh ii jj", ["aa bb cc dd ee ff gg ", "hh ii jj"]),
        ("海" * 20, ["海" * 7, "海" * 7, "海" * 6]),
    ],
    ids=["paragraph", "sentence", "word", "anywhere"],
)
def test_texts_are_split_at_the_best_boundary(text: str, parts: list[str]) -> None:
    assert split(text, 12) == parts


def test_trailing_whitespace_is_not_a_part() -> None:
    text = "word " * 3 + "\n\n" + " " * 40
    assert split(text, 5) == ["word ", "word ", "word \n\n" + " " * 40]


def test_leading_whitespace_is_not_a_part() -> None:
    text = " " * 60 + "\n\n" + "word " * 6
    parts = split(text, 8)
    assert "".join(parts) == text
    assert len(parts) > 1
    assert not any(part.isspace() for part in parts)
