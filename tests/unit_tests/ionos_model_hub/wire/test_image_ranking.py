"""Queries and documents with images are encoded in the forms of vLLM."""

from typing import Any

import pytest
from request_bodies import rejected, sent

from ionos_model_hub.errors import ContextOverflowError
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.image_ranking import encode_documents, encode_input, text_of

URL = "https://example.org/a.png"
IMAGE = {"type": "image_url", "image_url": {"url": URL}}
BLOCK = {"type": "image", "url": URL}
TEXT = {"type": "text", "text": "A cat"}


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ("A cat", "A cat"),
        (TEXT, "A cat"),
        (["A cat", TEXT], "A cat\nA cat"),
        (IMAGE, {"content": [IMAGE]}),
        (BLOCK, {"content": [IMAGE]}),
        ((BLOCK, "A cat"), {"content": [IMAGE, TEXT]}),
        ({"text": "A cat"}, {"text": "A cat"}),
        ({"content": [IMAGE]}, {"content": [IMAGE]}),
        ([], ""),
        (5, 5),
    ],
)
def test_queries_and_documents(value: Any, encoded: Any) -> None:
    assert encode_input(value, "query") == encoded


def test_documents_are_a_list_of_texts_and_objects() -> None:
    body = sent(requests.rerank("m", BLOCK, ["a", IMAGE, [BLOCK, "A cat"]], {"top_n": 2}))
    assert body == {
        "model": "m",
        "query": {"content": [IMAGE]},
        "documents": ["a", {"content": [IMAGE]}, {"content": [IMAGE, TEXT]}],
        "top_n": 2,
    }


def test_documents_are_the_parts_of_one_object() -> None:
    request = requests.rerank("m", "q", ["A cat", IMAGE, BLOCK], {}, document_format="object")
    assert sent(request)["documents"] == {"content": [TEXT, IMAGE, IMAGE]}
    results = [{"index": index, "relevance_score": 0.5} for index in range(3)]
    assert len(request.read({"results": list(results)})) == 3


def test_texts_alone_are_always_a_list() -> None:
    assert encode_documents(["a", "b"], "object") == ["a", "b"]


@pytest.mark.parametrize("document", [["A cat", IMAGE], {"text": "A cat"}, {"content": "x"}])
def test_object_has_one_part_for_each_document(document: Any) -> None:
    error = rejected(
        "documents[1]",
        lambda: requests.rerank("m", "q", [IMAGE, document], {}, document_format="object"),
    )
    assert error.message == "documents[1] must be one text or one image."
    assert error.hint == "Pass document_format='list' for documents with several parts."


@pytest.mark.parametrize(
    ("query", "documents", "param"),
    [
        ("q", "a", "documents"),
        ("q", None, "documents"),
        ("q", IMAGE, "documents"),
        ("q", [[5]], "documents[0][0]"),
        ("q", [[{"type": "audio"}]], "documents[0][0]"),
        ({"type": "text"}, ["a"], "query[0]"),
        ({"type": "image"}, ["a"], "query[0]"),
        (5, ["a"], "query"),
        ("", ["a"], "query"),
        ([], ["a"], "query"),
        ("q", [], "documents"),
    ],
)
def test_other_values_are_rejected(query: Any, documents: Any, param: str) -> None:
    rejected(param, requests.rerank, "m", query, documents, {})


def test_errors_name_the_item_and_its_type() -> None:
    error = rejected("documents[0][1]", requests.rerank, "m", "q", [["a", 5]], {})
    assert error.message == "documents[0][1] must be a text or an image, got int."
    error = rejected("documents", requests.rerank, "m", "q", "a", {})
    assert (error.message, error.hint) == (
        "documents must be a list, got str.",
        "Pass a list of texts or images.",
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("A cat", "A cat"),
        ({"text": "A cat"}, "A cat"),
        ({"content": [TEXT, IMAGE, TEXT, 5]}, "A cat\n\nA cat"),
        ({"content": "A cat"}, ""),
        ({"image": "x"}, ""),
        ({"content": "x", "text": "A cat"}, "A cat"),
    ],
)
def test_text_of_documents(value: Any, text: str) -> None:
    assert text_of(value) == text


def test_longest_text_is_named_if_a_document_is_too_long() -> None:
    error = ContextOverflowError("too long", status_code=400)
    requests.rerank("m", "q", [IMAGE, ["a long text", IMAGE], "short"], {}).explain(error)
    assert error.param == "documents[1]"


def test_unknown_document_format_is_rejected() -> None:
    error = rejected(
        "document_format",
        lambda: requests.rerank("m", "q", ["a"], {}, document_format="x"),  # type: ignore[arg-type]
    )
    assert error.message == "document_format must be 'list' or 'object', got 'x'."


def test_documents_may_be_any_iterable() -> None:
    assert sent(requests.rerank("m", "q", (each for each in "ab"), {}))["documents"] == ["a", "b"]  # type: ignore[arg-type]
