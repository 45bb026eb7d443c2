"""`POST /rerank`."""

from datetime import date

from ionos_model_hub.emulator.contract import Json, check_body
from ionos_model_hub.emulator.endpoints.vectors import cosine_similarity, sparse_vector
from ionos_model_hub.emulator.models import check_context, get_model
from ionos_model_hub.emulator.responder.text import count_tokens, digest

_DIMENSIONS = 4096


def rerank(body: Json, seed: int, today: date) -> Json:
    """Return the response body; the results are in the order of the documents.

    Raises:
        ApiError: The request is invalid.
    """
    check_body("RerankRequest", body)
    model = get_model(body["model"], "rerank", today)
    query = _text_of(body["query"])
    documents = [_text_of(document) for document in body["documents"]]
    counts = [count_tokens(query) + count_tokens(document) for document in documents]
    check_context(model, max(counts), 0, "documents")
    query_vector = sparse_vector(query, _DIMENSIONS)
    results = []
    for index, text in enumerate(documents):
        score = cosine_similarity(query_vector, sparse_vector(text, _DIMENSIONS))
        results.append({"index": index, "relevance_score": round(score, 6)})
    best = sorted(results, key=lambda result: -result["relevance_score"])[: body.get("top_n")]
    return {
        "id": f"rerank-{digest(seed, body)[:32]}",
        "model": body["model"],
        "results": sorted(best, key=lambda result: result["index"]),
        "usage": {"prompt_tokens": sum(counts), "total_tokens": sum(counts)},
    }


def _text_of(value: str | Json) -> str:
    return value if isinstance(value, str) else " ".join(map(str, value.values()))
