"""Limits of a generation: stop sequences, token limits, streams."""

from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.emulator.engine.tokens import Generation, generate

WORDS = ["The", " ship", " lies", " in", " port"]


def test_complete_generation_counts_the_token_that_ends_it() -> None:
    assert generate(WORDS, (), None) == Generation(tuple(WORDS), "stop", None, 6)


def test_token_limit() -> None:
    assert generate(WORDS, (), 2) == Generation(("The", " ship"), "length", None, 2)
    assert generate(WORDS, (), 5).finish_reason == "length"
    assert generate(WORDS, (), 6).finish_reason == "stop"


def test_first_stop_sequence_ends_the_text() -> None:
    stopped = generate(WORDS, ["lies in", "hip"], None)
    assert (stopped.text, stopped.stop_reason, stopped.token_count) == ("The s", "hip", 2)


def test_stop_sequence_across_tokens() -> None:
    stopped = generate(WORDS, ["lies in"], None)
    assert (stopped.text, stopped.stop_reason, stopped.token_count) == ("The ship ", "lies in", 4)


def test_stream_holds_back_what_may_begin_a_stop_sequence() -> None:
    assert generate(["ab", "cd", "ef"], ["xyz"], None).stream() == [
        ("", False),
        ("ab", False),
        ("cd", False),
        ("ef", True),
    ]


def test_truncated_stream_ends_with_its_last_token() -> None:
    assert generate(WORDS, (), 2).stream() == [("The", False), (" ship", True)]


def test_complete_stream_ends_with_an_empty_piece() -> None:
    assert generate(["a"], (), None).stream() == [("a", False), ("", True)]
    assert generate([], (), None).stream() == [("", True)]


@given(
    st.lists(st.text("abc", min_size=1, max_size=4), max_size=8),
    st.lists(st.text("abc", min_size=1, max_size=3), max_size=3),
    st.none() | st.integers(1, 9),
)
def test_stream_joins_to_the_text(pieces: list[str], stops: list[str], limit: int | None) -> None:
    generation = generate(pieces, stops, limit)
    steps = generation.stream()
    assert "".join(piece for piece, _ in steps) == generation.text
    assert [finished for _, finished in steps] == [False] * (len(steps) - 1) + [True]
    assert not any(stop in generation.text for stop in stops)
