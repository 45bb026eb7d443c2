"""LangChain's evaluators on the emulator, which judges from the texts of the prompt."""

from typing import Any

import pytest
from langchain_classic.evaluation.comparison.eval_chain import (
    LabeledPairwiseStringEvalChain,
    PairwiseStringEvalChain,
)
from langchain_classic.evaluation.criteria.eval_chain import (
    CriteriaEvalChain,
    LabeledCriteriaEvalChain,
)
from langchain_classic.evaluation.qa.eval_chain import (
    ContextQAEvalChain,
    CotQAEvalChain,
    QAEvalChain,
)
from langchain_classic.evaluation.scoring.eval_chain import (
    LabeledScoreStringEvalChain,
    ScoreStringEvalChain,
)
from langchain_classic.retrievers.document_compressors.chain_filter import LLMChainFilter
from langchain_core.documents import Document

from langchain_ionos import ChatIONOS

QUESTION = "Who wrote the first program?"
GOOD = "Ada Lovelace wrote the first program."
BAD = "Bananas are grown in Ecuador by farmers."
CONTEXT = f"{GOOD} She lived in London. The engine was never finished."

pytestmark = [
    pytest.mark.usefixtures("ionos_emulator_env"),
    pytest.mark.filterwarnings("ignore:.*deprecated"),
]


@pytest.fixture
def model() -> ChatIONOS:
    return ChatIONOS(model="meta-llama/Llama-3.3-70B-Instruct")


@pytest.mark.parametrize(
    ("chain", "options", "reference", "scores"),
    [
        (CriteriaEvalChain, {"criteria": "relevance"}, None, (1, 0)),
        (LabeledCriteriaEvalChain, {"criteria": "correctness"}, GOOD, (1, 0)),
        (QAEvalChain, {}, GOOD, (1, 0)),
        (CotQAEvalChain, {}, GOOD, (1, 0)),
        (ContextQAEvalChain, {}, CONTEXT, (1, 0)),
        (ScoreStringEvalChain, {}, None, (10, 1)),
        (LabeledScoreStringEvalChain, {}, GOOD, (10, 1)),
    ],
)
def test_answers_are_judged(
    model: ChatIONOS, chain: Any, options: dict[str, Any], reference: str | None, scores: Any
) -> None:
    evaluator = chain.from_llm(llm=model, **options)
    labels = {} if reference is None else {"reference": reference}
    results = [
        evaluator.evaluate_strings(prediction=answer, input=QUESTION, **labels)
        for answer in (GOOD, BAD)
    ]
    assert tuple(result["score"] for result in results) == scores


@pytest.mark.parametrize(
    ("chain", "labels"),
    [(PairwiseStringEvalChain, {}), (LabeledPairwiseStringEvalChain, {"reference": GOOD})],
)
def test_better_answer_is_preferred(model: ChatIONOS, chain: Any, labels: dict[str, str]) -> None:
    evaluator = chain.from_llm(llm=model)
    values = [
        evaluator.evaluate_string_pairs(
            prediction=first, prediction_b=second, input=QUESTION, **labels
        )["value"]
        for first, second in ((GOOD, BAD), (BAD, GOOD), (GOOD, GOOD))
    ]
    assert values == ["A", "B", None]


def test_irrelevant_documents_are_filtered_out(model: ChatIONOS) -> None:
    documents = [Document(GOOD), Document(BAD)]
    kept = LLMChainFilter.from_llm(model).compress_documents(documents, QUESTION)
    assert [document.page_content for document in kept] == [GOOD]
