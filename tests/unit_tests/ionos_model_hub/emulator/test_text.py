"""Tokens, words, stems, relevance and digests."""

from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.emulator.text import (
    count_tokens,
    digest,
    most_relevant,
    stem,
    tokens,
    words,
)


@given(st.text())
def test_joined_tokens_equal_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert count_tokens(text) <= len(text)


def test_a_token_has_about_four_bytes() -> None:
    prose = "The committee considered several proposals before the meeting was adjourned. " * 20
    assert 3 < len(prose) / count_tokens(prose) < 5


def test_identifiers_are_split_into_words() -> None:
    assert words("getWeather_report2") == ["get", "weather", "report", "2"]


def test_inflected_forms_share_a_stem() -> None:
    assert stem("adds") == stem("adding") == stem("added") == stem("adder") == "add"
    assert stem("sum") != stem("summary")


def test_most_relevant_sentence() -> None:
    sentences = ["Paris is in France.", "Bananas are yellow.", "Rome is in Italy."]
    assert most_relevant("Which country is Rome in?", sentences) == "Rome is in Italy."
    assert most_relevant("quantum", sentences) is None


def test_digest_depends_on_all_parts() -> None:
    assert (
        digest(1, {"a": "ä", "b": 2})
        == digest(1, {"b": 2, "a": "ä"})
        != digest(2, {"a": "ä", "b": 2})
    )
