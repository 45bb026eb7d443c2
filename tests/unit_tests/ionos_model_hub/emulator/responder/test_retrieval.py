"""Prompts of LlamaIndex's routers, rerankers and engines, and prompts that only look like them."""

import json

import pytest

from ionos_model_hub.emulator.responder.retrieval import retrieval_response

CHOICES = (
    "Some choices are given below. It is provided in a numbered list (1 to 3), "
    "where each item in the list corresponds to a summary.\n---------------------\n"
    "(1) Opening hours\n\n(2) Fees: the price of a berth\nand of electricity\n\n(3) Price of fuel"
    "\n---------------------\nUsing only the choices above and not prior knowledge, return the "
)
JSON = "\n\nThe output should be ONLY JSON formatted as a JSON instance.\n[\n {\n choice: 1,\n}]\n"
RATING = (
    "Document 1:\n<summary of document 1>\n\nQuestion: <question>\nAnswer:\n"
    "Doc: 9, Relevance: 7\n\nLet's try this now: \n\n{}\n"
    "Question: What does a berth cost?\nAnswer:\n"
)
TOOLS = (
    "Given a user question, and a list of tools, output a list of relevant sub-questions in json "
    'markdown:\n# Example 1\n<Tools>\n```json\n{"a": "b"}\n```\n\n<User Question>\nx\n\n\n'
    "<Output>\n# Example 2\n<Tools>\n```json\n%s\n```\n\n<User Question>\n%s\n\n<Output>\n"
)
REFINE = (
    "The original query is as follows: What does a berth cost?\n"
    "We have provided an existing answer: {}\n"
    "We have the opportunity to refine the existing answer with some more context below.\n"
    "------------\n{}\n------------\nRefined Answer: "
)
CHAT_REFINE = "New Context: {1}\nQuery: What does a berth cost?\nOriginal Answer: {0}\nNew Answer: "


@pytest.mark.parametrize(
    ("task", "query", "numbers"),
    [
        ("choice that is", "What is the price of a berth?", [2]),
        ("choice that is", "Is there a restaurant?", [1]),
        ("top choices (no more than 2) that are", "What is the price of a berth?", [2, 3]),
        ("top choices (no more than 5) that are", "What is the guest's fee?", [2]),
    ],
)
def test_selections(task: str, query: str, numbers: list[int]) -> None:
    prompt = f"{CHOICES}{task} most relevant to the question: '{query}'\n{JSON}"
    selected = json.loads(retrieval_response(prompt) or "")
    assert [selection["choice"] for selection in selected] == numbers


def test_documents_are_rated_best_first() -> None:
    documents = "Document 1:\nThe berth.\n\nDocument 2:\nFish.\n\nDocument 3:\nCosts of a berth."
    ratings = retrieval_response(RATING.format(documents))
    assert ratings == "Doc: 3, Relevance: 10\nDoc: 1, Relevance: 6"


def test_no_rating_without_a_relevant_document() -> None:
    assert "Doc:" not in (retrieval_response(RATING.format("Document 1:\nFish.")) or "Doc:")


@pytest.mark.parametrize(
    ("query", "names"),
    [("What are the opening hours?", ["opening_hours"]), ("Who?", ["opening_hours", "fees"])],
)
def test_sub_questions_for_the_tools_that_fit(query: str, names: list[str]) -> None:
    tools = json.dumps({"opening_hours": "The office", "fees": "Prices"}, indent=4)
    text = retrieval_response(TOOLS % (tools, query)) or ""
    items = json.loads(text.removeprefix("```json\n").removesuffix("\n```"))["items"]
    assert items == [{"sub_question": query, "tool_name": name} for name in names]


@pytest.mark.parametrize("prompt", [REFINE, CHAT_REFINE])
def test_refined_answers(prompt: str) -> None:
    answer = "A berth costs two euros."
    assert retrieval_response(prompt.format(answer, "Fish swim.")) == answer
    assert retrieval_response(prompt.format("I do not know.", f"Fish. {answer}")) == answer
    assert retrieval_response(prompt.format("I do not know.", "Fish.")) == "I do not know."


@pytest.mark.parametrize(
    "prompt",
    [
        "<Chat History>\nuser: Hello\n\n<Follow Up Message>\nAnd then?\n\n<Standalone question>\n",
        "  Chat History:\n  user: Hello\n  Follow Up Input: And then?\n  Standalone question:",
    ],
)
def test_follow_up_message_is_the_standalone_question(prompt: str) -> None:
    assert retrieval_response(prompt) == "And then?"


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "Some choices are given below.",
        f"{CHOICES}choice that is most relevant to the question: 'x'\n",
        "Let's try this now: Document 1:\nx\nQuestion: y\nAnswer:",
        TOOLS % ("[1]", "x"),
        TOOLS % ("{", "x"),
        "What is a standalone question?",
        "The existing answer: none. Original Answer: none.",
    ],
)
def test_other_prompts_have_no_special_response(prompt: str) -> None:
    assert retrieval_response(prompt) is None
