"""IONOSRerank: scored copies of the most relevant documents."""

from typing import Any

import httpx
import pytest
from langchain_core.documents import Document
from langchain_core.exceptions import ModelAuthenticationError
from langchain_server import Connect

from ionos_model_hub.errors import InvalidRequestError
from langchain_ionos.rerank import IONOSRerank

DOCUMENTS = [Document("low", id="a", metadata={"page": 1}), Document("high"), Document("mid")]
SCORES = {"low": 0.1, "high": 0.9, "mid": 0.5}


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def fields(connect: Connect, sent: list[dict[str, Any]]) -> dict[str, Any]:
    def respond(body: dict[str, Any]) -> httpx.Response:
        sent.append(body)
        results = [
            {"index": index, "relevance_score": SCORES.get(str(text), 0.0)}
            for index, text in enumerate(body["documents"])
        ]
        results.sort(key=lambda result: result["relevance_score"], reverse=True)
        return httpx.Response(200, json={"results": results[: body.get("top_n")]})

    return connect(respond)


async def test_documents_are_copied_scored_and_sorted(fields: dict[str, Any]) -> None:
    before = [document.model_copy(deep=True) for document in DOCUMENTS]
    rerank = IONOSRerank(**fields)
    best = rerank.compress_documents(DOCUMENTS, "which?")
    assert best == await rerank.acompress_documents(DOCUMENTS, "which?")
    assert [document.page_content for document in best] == ["high", "mid", "low"]
    assert [document.metadata["relevance_score"] for document in best] == [0.9, 0.5, 0.1]
    assert (best[2].id, best[2].metadata["page"]) == ("a", 1)
    assert before == DOCUMENTS


async def test_top_n_limits_the_results(fields: dict[str, Any], sent: list[dict[str, Any]]) -> None:
    assert len(IONOSRerank(**fields, top_n=1).compress_documents(DOCUMENTS, "q")) == 1
    assert len(IONOSRerank(**fields, top_n=None).compress_documents(DOCUMENTS * 2, "q")) == 6
    rerank = IONOSRerank(**fields)
    assert rerank.rerank(DOCUMENTS * 2, "q", top_n=2) == [
        {"index": 1, "relevance_score": 0.9},
        {"index": 4, "relevance_score": 0.9},
    ]
    assert len(await rerank.arerank(DOCUMENTS * 2, "q")) == 3
    assert [body.get("top_n") for body in sent] == [1, None, 2, 3]


def test_strings_and_mappings_are_accepted(
    fields: dict[str, Any], sent: list[dict[str, Any]]
) -> None:
    ranking = IONOSRerank(**fields).rerank(["low", {"text": "x"}, Document("high")], "q")
    assert [each["index"] for each in ranking] == [2, 0, 1]
    assert sent[0]["documents"] == ["low", {"text": "x"}, "high"]


async def test_empty_list_sends_no_request(
    fields: dict[str, Any], sent: list[dict[str, Any]]
) -> None:
    rerank = IONOSRerank(**fields)
    assert rerank.compress_documents([], "q") == await rerank.acompress_documents([], "q") == []
    assert not sent


def test_invalid_calls_are_rejected(fields: dict[str, Any], sent: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="top_n"):
        IONOSRerank(**fields, top_n=0)
    rerank = IONOSRerank(**fields)
    for documents, query, options, param in (
        (DOCUMENTS, "", {}, "query"),
        (DOCUMENTS, "q", {"top_n": 0}, "top_n"),
        ("low", "q", {}, "documents"),
    ):
        with pytest.raises(InvalidRequestError) as caught:
            rerank.rerank(documents, query, **options)  # type: ignore[arg-type]  # on purpose
        assert caught.value.param == param
    assert not sent


async def test_errors_are_langchain_errors(connect: Connect) -> None:
    rerank = IONOSRerank(**connect(lambda _: httpx.Response(401, json={})))
    with pytest.raises(ModelAuthenticationError):
        rerank.compress_documents(DOCUMENTS, "q")
    with pytest.raises(ModelAuthenticationError):
        await rerank.acompress_documents(DOCUMENTS, "q")
