"""Limits of a generation: stop sequences, token limits, streams."""

from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.emulator.engine.tokens import END_TOKEN, Generation, generate

WORDS = ["The", " ship", " lies", " in", " port"]


def test_complete_generation_counts_the_token_that_ends_it() -> None:
    generation = generate(WORDS, (), None)
    assert generation == Generation((*WORDS, END_TOKEN), "The ship lies in port", "stop")


def test_token_limit() -> None:
    assert generate(WORDS, (), 2) == Generation(("The", " ship"), "The ship", "length")
    assert generate(WORDS, (), 5).finish_reason == "length"
    assert generate(WORDS, (), 6).finish_reason == "stop"


def test_first_stop_sequence_ends_the_text() -> None:
    stopped = generate(WORDS, ["lies in", "hip"], None)
    assert (stopped.text, stopped.stop_reason, stopped.tokens) == ("The s", "hip", ("The", " ship"))


def test_stop_sequence_that_is_complete_first_ends_the_text() -> None:
    stopped = generate(["a lighthouse"], ["lighthouse", "gh"], None)
    assert (stopped.text, stopped.stop_reason) == ("a li", "gh")


def test_stop_sequence_across_tokens() -> None:
    stopped = generate(WORDS, ["lies in"], None)
    assert (stopped.text, stopped.stop_reason) == ("The ship ", "lies in")
    assert stopped.tokens == ("The", " ship", " lies", " in")


def test_stream_holds_back_what_may_begin_a_stop_sequence() -> None:
    assert list(generate(["ab", "cd", "ef"], ["xyz"], None).stream()) == [
        ("", "ab", False),
        ("ab", "cd", False),
        ("cd", "ef", False),
        ("ef", END_TOKEN, True),
    ]


def test_stream_contains_all_tokens_of_a_stop_sequence() -> None:
    assert list(generate(["ab", "cd", "ef"], ["bcde"], None).stream()) == [
        ("", "ab", False),
        ("a", "cd", False),
        ("", "ef", True),
    ]


def test_truncated_stream_ends_with_its_last_token() -> None:
    assert list(generate(WORDS, (), 2).stream()) == [
        ("The", "The", False),
        (" ship", " ship", True),
    ]


def test_complete_stream_ends_with_an_empty_text() -> None:
    assert list(generate(["a"], (), None).stream()) == [("a", "a", False), ("", END_TOKEN, True)]
    assert list(generate([], (), None).stream()) == [("", END_TOKEN, True)]
    assert list(generate([], (), 0).stream()) == [("", "", True)]


@given(
    st.lists(st.text("abc", min_size=1, max_size=4), max_size=8),
    st.lists(st.text("abc", min_size=1, max_size=3), max_size=3),
    st.none() | st.integers(1, 9),
)
def test_stream_joins_to_the_text(pieces: list[str], stops: list[str], limit: int | None) -> None:
    generation = generate(pieces, stops, limit)
    steps = list(generation.stream())
    assert "".join(step.text for step in steps) == generation.text
    assert tuple(step.token for step in steps) == generation.tokens
    assert [step.finished for step in steps] == [False] * (len(steps) - 1) + [True]
    assert not any(stop in generation.text for stop in stops)
