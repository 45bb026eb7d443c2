"""Long texts are cut in error messages."""

from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.wire.shorten import shorten


def test_eighty_characters_are_shown_by_default() -> None:
    assert shorten("x" * 80) == "x" * 80
    assert shorten("x" * 81) == "x" * 80 + "…"


@given(st.text(), st.integers(0, 30))
def test_shortened_texts_start_like_the_text(text: str, length: int) -> None:
    shortened = shorten(text, length)
    if len(text) <= length:
        assert shortened == text
    else:
        assert shortened == text[:length] + "…"
