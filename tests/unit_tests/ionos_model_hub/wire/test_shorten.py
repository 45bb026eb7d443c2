"""Long texts are cut in error messages."""

from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.wire.shorten import shorten


@given(st.text(), st.integers(0, 30))
def test_shortened_texts_start_like_the_text(text: str, length: int) -> None:
    shortened = shorten(text, length)
    if len(text) <= length:
        assert shortened == text
    else:
        assert shortened == text[:length] + "…"
