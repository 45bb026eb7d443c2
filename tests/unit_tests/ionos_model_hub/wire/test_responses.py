"""Complete responses become typed values, or typed errors."""

from base64 import b64encode
from typing import Any

import pytest

from ionos_model_hub.errors import APIError, RateLimitError, ResponseError, ServerError
from ionos_model_hub.wire import json_fields, responses
from ionos_model_hub.wire.response_types import GeneratedImage, ListedModel, RankedDocument, Usage


def test_body_is_parsed() -> None:
    assert responses.parse_response(b'{"a": [1]}', {}, lambda body: body) == {"a": [1]}
    assert responses.parse_response(b"[1]", {}, lambda body: body) == [1]
    assert responses.parse_response(b"\xef\xbb\xbf[1]", {}, lambda body: body) == [1]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", ""),
        (b"<html>", "<html>"),
        (b'{"a": ', '{"a": '),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 1000, "x" * 200),
    ],
)
def test_body_that_is_not_json(body: bytes, shown: str) -> None:
    with pytest.raises(ResponseError) as caught:
        responses.parse_response(body, {"x-trace-id": "t-1"}, lambda body: body)
    assert caught.value.message == f"The response is not JSON; it starts with {shown!r}."
    assert caught.value.hint == "Check base_url: it should be the hub's and end in /v1."
    assert (caught.value.status_code, caught.value.request_id) == (200, "t-1")
    assert caught.value.__context__ is None
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b'{"error": {"message": "no", "code": 429}}', RateLimitError, "no"),
        (b'{"error": "no"}', ServerError, "no"),
        (b'{"error": {"type": "x"}}', ServerError, "without an explanation"),
        (b'{"httpStatus": 503, "messages": [{"message": "no"}]}', ServerError, "no"),
    ],
)
def test_error_with_status_200(body: bytes, kind: type[APIError], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        responses.parse_response(body, {"x-trace-id": "t-1"}, lambda body: body)
    assert caught.value.request_id == "t-1"


def test_empty_error_field_is_ignored() -> None:
    assert responses.parse_response(b'{"error": null, "a": 1}', {}, lambda body: body)


def test_selected_headers() -> None:
    headers = {
        "x-trace-id": "t-1",
        "x-ratelimit-remaining": "9",
        "retry-after": "1",
        "set-cookie": "secret",
        "content-type": "application/json",
    }
    assert set(responses.select_headers(headers)) == {
        "x-trace-id",
        "x-ratelimit-remaining",
        "retry-after",
    }


def test_migration_aliases_are_not_listed() -> None:
    data = [
        {"id": "a", "created": 7, "owned_by": "ionos"},
        {"id": "b", "max_model_len": 2048},
        {"id": "a-migration", "created": 7},
    ]
    assert responses.read_models({"data": list(data)}) == [
        ListedModel("a", 7, "ionos"),
        ListedModel("b", 0, "", 2048),
    ]
    assert responses.read_models({"data": []}) == []


@pytest.mark.parametrize("body", [None, [], "x", {}, {"data": None}, {"data": {}}, {"data": [1]}])
def test_response_without_its_list(body: Any) -> None:
    with pytest.raises(ResponseError, match=r"^The response has no list 'data'\.$"):
        responses.read_models(body)
    with pytest.raises(ResponseError, match="no list 'data'"):
        responses.read_embeddings(body, expected=1)
    with pytest.raises(ResponseError, match="no list 'data'"):
        responses.read_images(body, expected=1)


def vectors(*entries: tuple[object, object]) -> Any:
    return {"data": [{"index": index, "embedding": vector} for index, vector in entries]}


def test_vectors_are_sorted_by_index() -> None:
    body = vectors((2, [2.0]), (0, [0.0]), (1, [1.0]))
    body |= {"model": "m", "usage": {"prompt_tokens": 3, "total_tokens": 3}}
    read = responses.read_embeddings(body, expected=3)
    assert read.vectors == [[0.0], [1.0], [2.0]]
    assert (read.model, read.usage) == ("m", Usage(3, 0, 3))


def test_vectors_without_an_index_keep_their_order() -> None:
    body: Any = {"data": [{"embedding": [1.0]}, {"embedding": [2.0]}]}
    read = responses.read_embeddings(body, expected=2)
    assert (read.vectors, read.model, read.usage) == ([[1.0], [2.0]], "", None)


@pytest.mark.parametrize(
    "body",
    [
        vectors(),
        vectors((0, [1.0])),
        vectors((0, [1.0]), (0, [2.0])),
        vectors((0, [1.0]), (1, [1.0]), (1, [2.0])),
        vectors((0, [1.0]), (2, [2.0])),
        vectors((0, [1.0]), ("1", [2.0])),
        vectors((0, [1.0]), ([1], [2.0])),
        vectors((0, [1.0]), (None, [2.0])),
        vectors((None, [1.0]), (1, [2.0])),
        vectors((0, [1.0]), (1, [2.0]), (2, [3.0])),
    ],
)
def test_vectors_that_do_not_match_the_texts(body: Any) -> None:
    with pytest.raises(
        ResponseError, match=r"^The response must contain 2 vectors, got \d distinct ones\.$"
    ):
        responses.read_embeddings(body, expected=2)


@pytest.mark.parametrize(
    "vector",
    [None, [], "AACAPw==", {"0": 1}, [[1.0]], [1.0, None], ["1.0"], [float("nan")], [10**400]],
)
def test_invalid_vectors(vector: object) -> None:
    with pytest.raises(ResponseError, match=r"^The vector of text 1 is not a list of numbers\.$"):
        responses.read_embeddings(vectors((0, [1.0]), (1, vector)), expected=2)


@pytest.mark.parametrize("length", [1, 1024])
def test_vectors_of_another_length_than_requested(length: int) -> None:
    body = vectors((0, [0.5] * 512), (1, [0.5] * length))
    message = f"dimensions=512 was requested, but the vectors have {length} numbers."
    with pytest.raises(ResponseError) as caught:
        responses.read_embeddings(body, expected=2, dimensions=512)
    assert (caught.value.param, caught.value.message) == ("dimensions", message)
    assert caught.value.hint == "Remove dimensions, or use a model that supports it."
    fitting = vectors((0, [0.5] * 512))
    assert responses.read_embeddings(fitting, expected=1, dimensions=512).vectors


def test_selected_headers_are_attached_to_responses() -> None:
    headers = {"x-trace-id": "t-1", "server": "envoy"}
    body = b'{"data": [{"embedding": [1.0]}]}'
    read = responses.parse_response(
        body, headers, lambda parsed: responses.read_embeddings(parsed, expected=1)
    )
    assert read.headers == {"x-trace-id": "t-1"}


def ranking(*entries: tuple[object, object]) -> Any:
    return {"results": [{"index": index, "relevance_score": score} for index, score in entries]}


def test_ranking_is_sorted_best_first() -> None:
    read = responses.read_ranking(ranking((0, 0.1), (2, 0.9), (1, 1)), documents=3)
    assert list(read) == [RankedDocument(1, 1), RankedDocument(2, 0.9), RankedDocument(0, 0.1)]
    negative = responses.read_ranking(ranking((2, -0.5)), documents=3)
    assert negative.documents == [RankedDocument(2, -0.5)]


def test_ranking_is_cut_to_top_n() -> None:
    body = ranking((0, 0.1), (2, 0.9), (1, 1))
    body |= {"model": "m", "usage": {"prompt_tokens": 23, "total_tokens": 23}}
    read = responses.read_ranking(body, documents=3, top_n=2)
    assert [ranked.index for ranked in read] == [1, 2]
    assert (len(read), read[0].score, read[1:]) == (2, 1, [RankedDocument(2, 0.9)])
    assert (read.model, read.usage) == ("m", Usage(23, 0, 23))
    assert len(responses.read_ranking(body, documents=3, top_n=9)) == 3


@pytest.mark.parametrize(
    "body",
    [
        ranking((3, 0.1)),
        ranking((-1, 0.1)),
        ranking((None, 0.1)),
        ranking(("0", 0.1)),
        ranking((0, 0.1), (0, 0.2)),
    ],
)
def test_ranking_of_other_documents(body: Any) -> None:
    message = "The ranking contains a document that was not sent, or one twice."
    with pytest.raises(ResponseError, match=f"^{message}$"):
        responses.read_ranking(body, documents=3)


@pytest.mark.parametrize("score", [None, "0.5", [0.5], float("inf"), float("-inf"), float("nan")])
def test_invalid_scores(score: object) -> None:
    with pytest.raises(ResponseError, match=r"^The response has no number 'relevance_score'\.$"):
        responses.read_ranking(ranking((0, score)), documents=1)


def test_ranking_without_its_list() -> None:
    with pytest.raises(ResponseError, match="'results'"):
        responses.read_ranking({"data": []}, documents=1)


def test_images_are_decoded() -> None:
    encoded = b64encode(b"\x89PNG").decode()
    body: Any = {
        "data": [{"b64_json": encoded, "revised_prompt": "A house"}, {"b64_json": encoded}]
    }
    assert responses.read_images(body, expected=2) == [
        GeneratedImage(b"\x89PNG", "A house"),
        GeneratedImage(b"\x89PNG", None),
    ]


@pytest.mark.parametrize("encoded", [None, "", "%%%", "aGk", "aG%k=", "aGk\u00e9", 5])
def test_invalid_images(encoded: object) -> None:
    body: Any = {"data": [{"b64_json": encoded}]}
    message = r"^An image in the response has no valid base64 data\.$"
    with pytest.raises(ResponseError, match=message) as caught:
        responses.read_images(body, expected=1)
    assert caught.value.__context__ is None


def test_images_are_counted() -> None:
    with pytest.raises(ResponseError, match=r"^The response must contain 2 images, got 1\.$"):
        responses.read_images({"data": [{"b64_json": "aGk="}]}, expected=2)


@pytest.mark.parametrize("nothing", [None, {}, [], "3", 3])
def test_missing_usage(nothing: Any) -> None:
    assert responses.read_usage(nothing) is None


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}, Usage(1, 2, 3)),
        ({"prompt_tokens": 1, "completion_tokens": 2}, Usage(1, 2, 3)),
        ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 9}, Usage(1, 2, 9)),
        ({"prompt_tokens": None, "total_tokens": "3"}, Usage(0, 0, 0)),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 5,
                "total_tokens": 14,
                "prompt_tokens_details": {"cached_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 4},
            },
            Usage(9, 5, 14, 0, 4),
        ),
        (
            {
                "prompt_tokens": 1,
                "prompt_tokens_details": None,
                "completion_tokens_details": [],
            },
            Usage(1, 0, 1),
        ),
        (
            {
                "prompt_tokens": 1,
                "prompt_tokens_details": {"cached_tokens": "1"},
                "completion_tokens_details": {"reasoning_tokens": "1"},
            },
            Usage(1, 0, 1),
        ),
    ],
)
def test_usage(given: Any, read: Usage) -> None:
    assert responses.read_usage(given) == read


def test_fields_of_another_type_are_treated_as_absent() -> None:
    entry: Any = {"text": 5, "integer": "5", "float": 1.5}
    assert json_fields.get_str(entry, "text") == ""
    assert json_fields.get_int(entry, "integer") == 0
    assert json_fields.get_int(entry, "float", -1) == -1
    assert json_fields.as_dict(entry["text"]) == {}
    assert json_fields.as_dict(entry) is entry
