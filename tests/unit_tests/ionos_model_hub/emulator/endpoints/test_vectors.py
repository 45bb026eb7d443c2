"""Length and similarity of embedding vectors."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.emulator.endpoints.vectors import embed_text

PASSAGES = [
    "Berlin is the capital of Germany and its largest city.",
    "The Eiffel Tower stands in Paris, the capital of France.",
    "Bananas are rich in potassium.",
    "Python is a programming language with dynamic typing.",
    "The company grants 30 days of paid vacation each year.",
    "Das Unternehmen gewährt dreißig Urlaubstage im Jahr.",
]


def similarity(one: str, other: str, dimensions: int = 1024) -> float:
    return sum(
        a * b
        for a, b in zip(embed_text(one, dimensions), embed_text(other, dimensions), strict=True)
    )


@given(st.text(max_size=80), st.sampled_from([768, 1024, 4096]))
def test_vectors_have_length_one_and_are_deterministic(text: str, dimensions: int) -> None:
    vector = embed_text(text, dimensions)
    assert len(vector) == dimensions
    assert isclose(sum(x * x for x in vector), 1, abs_tol=1e-4)
    assert vector == embed_text(text, dimensions)


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("What is the capital of Germany?", 0),
        ("Where does the Eiffel tower stand?", 1),
        ("which fruit contains potassium", 2),
        ("programming languages with dynamic types", 3),
        ("How many vacation days do employees get?", 4),
        ("Wie viele Urlaubstage gibt es?", 5),
    ],
)
@pytest.mark.parametrize("dimensions", [768, 1024, 4096])
def test_relevant_passage_is_most_similar(question: str, passage: int, dimensions: int) -> None:
    scores = [similarity(question, text, dimensions) for text in PASSAGES]
    assert scores.index(max(scores)) == passage


def test_unrelated_texts_are_dissimilar() -> None:
    assert similarity("Bananas are yellow", "Python has classes") < 0.3
    assert similarity("BANANAS", "bananas") > 0.999
