"""`POST /rerank`."""

from collections.abc import Sequence
from typing import NamedTuple

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.contract import check_body
from ionos_model_hub.emulator.endpoints.rank_inputs import replace_images
from ionos_model_hub.emulator.endpoints.vectors import cosine_similarity, sparse_vector
from ionos_model_hub.emulator.engine.request_types import RerankRequest
from ionos_model_hub.emulator.engine.sampling_rules import check_prompt
from ionos_model_hub.emulator.engine.validation import parse_body
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.models import get_model
from ionos_model_hub.emulator.profiles import HubQuirk
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.text import count_tokens, digest

_DIMENSIONS = 4096


def rerank(body: Json, config: ServerConfig, reply: Reply | None = None) -> Json:
    """Return the response body.

    Args:
        body: Request body.
        config: Configuration of the server.
        reply: Scripted scores.

    Raises:
        ApiError: The request is invalid.
    """
    body, request, _, documents, counts = check_rerank_request(body, config)
    scores = reply.scores if reply is not None else None
    ranked = _rank(request.query, documents, scores)[: request.top_n if request.top_n > 0 else None]
    if config.has(HubQuirk.RERANK_ORDER):
        results = sorted(ranked, key=lambda result: result["index"])
    else:
        results = [_with_document(result, documents) for result in ranked]
    return {
        "id": f"score-{digest(config.seed, body)[:16]}",
        "model": request.model,
        "usage": {"prompt_tokens": sum(counts), "total_tokens": sum(counts)},
        "results": results,
    }


class CheckedRerankRequest(NamedTuple):
    """A valid request.

    Attributes:
        body: The body, with texts in place of objects.
        request: The request.
        model: The model that it names.
        documents: The texts of the documents.
        counts: Numbers of tokens of the query with each document.
    """

    body: Json
    request: RerankRequest
    model: Model
    documents: list[str]
    counts: list[int]


def check_rerank_request(body: Json, config: ServerConfig) -> CheckedRerankRequest:
    """Check a request body.

    Raises:
        ApiError: The request is invalid.
    """
    body, image_tokens = replace_images(body)
    if config.has(HubQuirk.RERANK_OBJECTS):
        check_body("RerankRequest", body)
        body = _with_texts(body)
    request = parse_body(RerankRequest, body)
    model = get_model(request.model, "rerank", config)
    documents = [request.documents] if isinstance(request.documents, str) else request.documents
    if not documents:
        raise ApiError(400, "At least one text_pair element must be given")
    query_tokens, *tokens_of_documents = image_tokens
    query_tokens += count_tokens(request.query)
    counts = [
        query_tokens + count_tokens(document) + tokens
        for document, tokens in zip(documents, tokens_of_documents, strict=True)
    ]
    for document, count in zip(documents, counts, strict=True):
        check_prompt(model, config, count, len(request.query) + len(document))
    return CheckedRerankRequest(body, request, model, documents, counts)


def _rank(query: str, documents: list[str], scores: Sequence[float] | None) -> list[Json]:
    """Return indexes and scores, best first."""
    if scores is None:
        query_vector = sparse_vector(query, _DIMENSIONS)
        vectors = (sparse_vector(text, _DIMENSIONS) for text in documents)
        scores = [round(cosine_similarity(query_vector, vector), 6) for vector in vectors]
    results = [
        {"index": index, "relevance_score": score}
        for index, score in enumerate(scores[: len(documents)])
    ]
    return sorted(results, key=lambda result: -result["relevance_score"])


def _with_document(result: Json, documents: list[str]) -> Json:
    document = {"text": documents[result["index"]], "multi_modal": None}
    return {**result, "document": document}


def _with_texts(body: Json) -> Json:
    documents = [_text_of(document) for document in body["documents"]]
    return {**body, "query": _text_of(body["query"]), "documents": documents}


def _text_of(value: str | Json) -> str:
    return value if isinstance(value, str) else " ".join(map(str, value.values()))
