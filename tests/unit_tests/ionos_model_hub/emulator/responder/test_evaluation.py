"""Verdicts about answers, and prompts that only look like evaluations."""

import pytest

from ionos_model_hub.emulator.responder.evaluation import evaluation_response
from ionos_model_hub.emulator.responder.judgement import Case, compare, coverage


def test_coverage() -> None:
    assert coverage("the red house", "A house was red.") == 1
    assert coverage("a red house", "blue") == 0
    assert coverage("the", "the") == 0


def test_scores_compare_with_what_is_given() -> None:
    answer = "Ada Lovelace wrote it."
    assert Case(query="x", answer=answer, reference="Ada Lovelace").score == 1
    assert Case(answer=answer, context="Ada Lovelace was a writer.").passes
    assert not Case(answer=answer, context="Grass is green.").passes
    assert Case(query="Who was the first programmer?", answer="Ada Lovelace").passes
    assert Case(answer=answer, guidelines="The answer must mention Ada").passes


def test_similar_answers_are_a_tie() -> None:
    first, second = (Case(query="red house", answer=a) for a in ("A red house", "The red house"))
    assert compare(first, second) == "C"


@pytest.mark.parametrize(
    "prompt",
    [
        "Is it green? Answer with YES or NO.",
        "Write a story about a grade.",
        "GRADE: CORRECT or INCORRECT",
        "Explain '[[A]]'",
        "",
    ],
)
def test_other_prompts_are_not_evaluations(prompt: str) -> None:
    assert evaluation_response(prompt) is None


def test_refined_answer_stays_yes() -> None:
    prompt = (
        "We want to understand if the following information is present in the context "
        "information: Grass is green\nWe have provided an existing YES/NO answer: {}\n"
        "------------\nThe sky is blue.\n------------\nAnswer YES or NO."
    )
    assert evaluation_response(prompt.format("YES")) == "YES"
    assert evaluation_response(prompt.format("NO")) == "NO"
