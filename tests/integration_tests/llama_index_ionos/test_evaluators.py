"""LlamaIndex's evaluators on the emulator, which judges from the texts of the prompt."""

from typing import Any

import pytest
from llama_index.core.evaluation import (
    AnswerRelevancyEvaluator,
    ContextRelevancyEvaluator,
    CorrectnessEvaluator,
    FaithfulnessEvaluator,
    GuidelineEvaluator,
    PairwiseComparisonEvaluator,
    RelevancyEvaluator,
)

from llama_index_ionos import IONOS

QUERY = "Who wrote the first program?"
GOOD = "Ada Lovelace wrote the first program."
BAD = "Bananas are grown in Ecuador by farmers."
CONTEXTS = [f"{GOOD} She lived in London.", "The engine was never finished."]
GUIDELINES = "The response should mention the first program."

pytestmark = pytest.mark.usefixtures("ionos_emulator_env")


@pytest.fixture
def llm() -> IONOS:
    return IONOS(model="meta-llama/Llama-3.3-70B-Instruct")


@pytest.mark.parametrize(
    ("evaluator", "options", "given"),
    [
        (FaithfulnessEvaluator, {}, {"contexts": CONTEXTS}),
        (RelevancyEvaluator, {}, {"contexts": CONTEXTS}),
        (GuidelineEvaluator, {"guidelines": GUIDELINES}, {"contexts": CONTEXTS}),
        (CorrectnessEvaluator, {}, {"reference": GOOD}),
        (CorrectnessEvaluator, {}, {}),
        (PairwiseComparisonEvaluator, {}, {"second_response": "Grass is green in the garden."}),
    ],
)
def test_answers_are_judged(
    llm: IONOS, evaluator: Any, options: dict[str, Any], given: dict[str, Any]
) -> None:
    good, bad = (
        evaluator(llm=llm, **options).evaluate(query=QUERY, response=response, **given)
        for response in (GOOD, BAD)
    )
    assert good.passing is True
    assert not bad.passing
    assert not good.invalid_result
    assert good.score > bad.score


def test_relevance_is_scored(llm: IONOS) -> None:
    answer = AnswerRelevancyEvaluator(llm=llm)
    scores = [answer.evaluate(query=QUERY, response=text).score for text in (GOOD, BAD)]
    assert scores == [1.0, 0.0]
    context = ContextRelevancyEvaluator(llm=llm)
    queries = (QUERY, "What is the price of bananas?")
    assert [context.evaluate(query=q, contexts=CONTEXTS).score for q in queries] == [1.0, 0.0]


def test_faithfulness_of_many_contexts_keeps_an_earlier_yes(llm: IONOS) -> None:
    contexts = [GOOD + " She lived in London." * 3_000, "Grass is green. " * 20_000]
    result = FaithfulnessEvaluator(llm=llm).evaluate(response=GOOD, contexts=contexts)
    assert result.passing is True
