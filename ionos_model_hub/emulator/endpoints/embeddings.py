"""`POST /embeddings` and `POST /rerank`: texts that share words lie near each other."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from math import sqrt
from typing import Any
from zlib import crc32

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.contract import Json, check
from ionos_model_hub.emulator.errors import bad_request, gateway_failure
from ionos_model_hub.emulator.models import CREATED, check_context, pick
from ionos_model_hub.emulator.responder.text import STOP_WORDS, count_tokens, digest, stem, words

_RERANK_DIMENSIONS = 4096
_BASE64_FAILURE = (
    "Network error: json: cannot unmarshal string into Go struct field "
    "Embedding.data.embedding of type []float32"
)


def answer_embeddings(body: Json, seed: int, today: date) -> Json:
    """Return the response body.

    Raises:
        RefusalError: The hub would refuse the request.
    """
    texts = _texts(body)
    model = pick(body["model"], "embedding", today)
    counts = [count_tokens(text) for text in texts]
    check_context(model, max(counts), 0, "input")
    if body.get("encoding_format") == "base64":
        raise gateway_failure(_BASE64_FAILURE)
    dimensions = model.dimensions or 0
    data = [
        {"object": "embedding", "index": index, "embedding": embed(text, dimensions)}
        for index, text in enumerate(texts)
    ]
    identity = digest(seed, body)
    return {
        "id": f"embd-{identity[:32]}",
        "object": "list",
        "created": CREATED + int(identity[-4:], 16),
        "model": body["model"],
        "data": data,
        "usage": {"prompt_tokens": sum(counts), "total_tokens": sum(counts)},
    }


def answer_rerank(body: Json, seed: int, today: date) -> Json:
    """Return the response body; results stand in the order of the documents.

    Raises:
        RefusalError: The hub would refuse the request.
    """
    check("RerankRequest", body)
    model: Model = pick(body["model"], "rerank", today)
    query, documents = _plain(body["query"]), [_plain(document) for document in body["documents"]]
    counts = [count_tokens(query) + count_tokens(document) for document in documents]
    check_context(model, max(counts), 0, "documents")
    asked = _features(query, _RERANK_DIMENSIONS)
    results = [
        {
            "index": index,
            "relevance_score": round(_cosine(asked, _features(text, _RERANK_DIMENSIONS)), 6),
        }
        for index, text in enumerate(documents)
    ]
    best = sorted(results, key=lambda result: -result["relevance_score"])[: body.get("top_n")]
    return {
        "id": f"rerank-{digest(seed, body)[:32]}",
        "model": body["model"],
        "results": sorted(best, key=lambda result: result["index"]),
        "usage": {"prompt_tokens": sum(counts), "total_tokens": sum(counts)},
    }


def embed(text: str, dimensions: int) -> list[float]:
    """Return a vector of length one; its numbers are rounded to six places."""
    vector = [0.0] * dimensions
    for index, weight in _features(text, dimensions).items():
        vector[index] = round(weight, 6)
    return vector


def _texts(body: Json) -> list[str]:
    for field in ("model", "input"):
        if field not in body:
            raise bad_request(f"Invalid value for '{field}': it is required", field)
    check("EmbeddingRequest", body)
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    if not texts or "" in texts:
        raise bad_request("input cannot be empty", "input")
    return texts


def _plain(value: str | Json) -> str:
    return value if isinstance(value, str) else " ".join(map(str, value.values()))


def _features(text: str, dimensions: int) -> Mapping[int, float]:
    """Return the numbers of a vector that are not zero; the first is so for every text."""
    sums: dict[int, float] = defaultdict(float, {0: 0.2})
    for word in words(text):
        for number, weight in _word_features(word):
            sums[number % dimensions] += weight
    length = sqrt(sum(weight * weight for weight in sums.values()))
    return {index: weight / length for index, weight in sums.items()}


@lru_cache(maxsize=65_536)
def _word_features(word: str) -> tuple[tuple[int, float], ...]:
    if word in STOP_WORDS:
        return ((crc32(word.encode()), 0.05),)
    padded = f"<{word}>"
    grams = {padded[at : at + 3] for at in range(len(padded) - 2)}
    share = 0.6 / sqrt(len(grams))
    return (
        (crc32(stem(word).encode()), 1.0),
        *((crc32(gram.encode()), share) for gram in sorted(grams)),
    )


def _cosine(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    product: Any = sum(weight * other.get(index, 0.0) for index, weight in one.items())
    return max(0.0, min(1.0, float(product)))
