"""Tokens add up to the text, and words that mean the same share a stem."""

from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.emulator.responder.text import (
    count_tokens,
    digest,
    most_relevant,
    stem,
    tokens,
    words,
)


@given(st.text())
def test_tokens_join_to_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert count_tokens(text) <= len(text)


def test_about_four_bytes_of_prose_are_a_token() -> None:
    prose = "The committee considered several proposals before the meeting was adjourned. " * 20
    assert 3 < len(prose) / count_tokens(prose) < 5


def test_identifiers_are_split_into_words() -> None:
    assert words("getWeather_report2") == ["get", "weather", "report", "2"]


def test_inflected_forms_share_a_stem() -> None:
    assert stem("adds") == stem("adding") == stem("added") == stem("adder") == "add"
    assert stem("sum") != stem("summary")


def test_the_sentence_that_shares_most_words_is_found() -> None:
    told = ["Paris is in France.", "Bananas are yellow.", "Rome is in Italy."]
    assert most_relevant("Which country is Rome in?", told) == "Rome is in Italy."
    assert most_relevant("quantum", told) is None


def test_digest_depends_on_every_part() -> None:
    assert (
        digest(1, {"a": "ä", "b": 2})
        == digest(1, {"b": 2, "a": "ä"})
        != digest(2, {"a": "ä", "b": 2})
    )
