"""Parse complete responses; raise ResponseError for those that violate the contract."""

from base64 import b64decode
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from math import isfinite
from typing import TypeVar

from pydantic import JsonValue

from ionos_model_hub.errors import ResponseError
from ionos_model_hub.wire.error_bodies import error_in
from ionos_model_hub.wire.json_fields import as_dict, get_int, get_number, get_objects, get_str
from ionos_model_hub.wire.response_types import (
    Embeddings,
    GeneratedImage,
    ListedModel,
    RankedDocument,
    Ranking,
    Response,
    Usage,
)
from ionos_model_hub.wire.surrogates import SurrogateJoiner

T = TypeVar("T")

_SELECTED_HEADERS = ("x-trace-id", "x-ratelimit-", "retry-after")
_MAX_SHOWN = 200


def parse_response(body: bytes, headers: Mapping[str, str], read: Callable[[JsonValue], T]) -> T:
    """Return the value that `read` extracts from the body of a successful response.

    Raises:
        APIError: The body is an error despite the status.
        ResponseError: The body violates the contract.
    """
    try:
        parsed = SurrogateJoiner().parse(body.removeprefix(BOM_UTF8))
    except ValueError:
        start = body[:_MAX_SHOWN].decode(errors="replace")
    else:
        if isinstance(parsed, dict) and (error := error_in(parsed, headers)):
            raise error
        value = read(parsed)
        if isinstance(value, Response):
            value.headers = select_headers(headers)
        return value
    raise ResponseError(
        f"The response is not JSON; it starts with {start!r}.",
        hint="Check base_url: it should be the hub's and end in /v1.",
        status_code=200,
        request_id=headers.get("x-trace-id"),
    )


def select_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the response headers that matter to callers: trace id and rate limits."""
    return {name: value for name, value in headers.items() if name.startswith(_SELECTED_HEADERS)}


def read_models(body: JsonValue) -> list[ListedModel]:
    """Return the models that `GET /models` lists, without the migration aliases."""
    listed = [
        ListedModel(
            get_str(entry, "id"),
            get_int(entry, "created"),
            get_str(entry, "owned_by"),
            get_int(entry, "max_model_len") or None,
        )
        for entry in get_objects(body, "data")
    ]
    return [model for model in listed if not model.id.endswith("-migration")]


def read_embeddings(body: JsonValue, *, expected: int, dimensions: int | None = None) -> Embeddings:
    """Return the vectors in the order of the texts.

    Args:
        body: The parsed body.
        expected: The number of texts.
        dimensions: The requested length of the vectors, if any.

    Raises:
        ResponseError: A vector is missing, duplicated, malformed or of another length.
    """
    data = get_objects(body, "data")
    by_index = {
        get_int(entry, "index", -1) if "index" in entry else position: entry.get("embedding")
        for position, entry in enumerate(data)
    }
    if len(data) != expected or by_index.keys() != set(range(expected)):
        raise ResponseError(
            f"The response must contain {expected} vectors, got {len(by_index)} distinct ones."
        )
    vectors = [by_index[index] for index in range(expected)]
    for index, vector in enumerate(vectors):
        if not _is_vector(vector):
            raise ResponseError(f"The vector of text {index} is not a list of numbers.")
    if dimensions is not None:
        _check_dimensions(vectors, dimensions)
    top = as_dict(body)
    return Embeddings(vectors, get_str(top, "model"), read_usage(top.get("usage")))  # type: ignore[arg-type]  # JSON lists of numbers


def _is_vector(value: JsonValue) -> bool:
    """Return whether a value is a list of finite numbers; `sum` is the fastest test."""
    try:
        return isinstance(value, list) and bool(value) and isfinite(sum(value))  # type: ignore[arg-type]  # what cannot be added is caught
    except (TypeError, OverflowError):
        return False


def _check_dimensions(vectors: list[JsonValue], dimensions: int) -> None:
    lengths = {len(vector) for vector in vectors if isinstance(vector, list)} - {dimensions}
    if lengths:
        raise ResponseError(
            f"dimensions={dimensions} was requested, but the vectors have {min(lengths)} numbers.",
            hint="Remove dimensions, or use a model that supports it.",
            param="dimensions",
        )


def read_ranking(body: JsonValue, *, documents: int, top_n: int | None = None) -> Ranking:
    """Return the ranked documents, best first.

    Args:
        body: The parsed body.
        documents: The number of documents in the request.
        top_n: Maximum length of the ranking; some servers return all documents regardless.

    Raises:
        ResponseError: An index is out of range or occurs twice.
    """
    ranking = [
        RankedDocument(get_int(entry, "index", -1), get_number(entry, "relevance_score"))
        for entry in get_objects(body, "results")
    ]
    indexes = {ranked.index for ranked in ranking}
    if len(indexes) != len(ranking) or not indexes <= set(range(documents)):
        raise ResponseError("The ranking contains a document that was not sent, or one twice.")
    ranking.sort(key=lambda ranked: ranked.score, reverse=True)
    top = as_dict(body)
    return Ranking(ranking[:top_n], get_str(top, "model"), read_usage(top.get("usage")))


def read_images(body: JsonValue, *, expected: int) -> list[GeneratedImage]:
    """Return the images as bytes; raises ResponseError if one is missing or not base64."""
    data = get_objects(body, "data")
    if len(data) != expected:
        raise ResponseError(f"The response must contain {expected} images, got {len(data)}.")
    return [_image(entry) for entry in data]


def _image(entry: Mapping[str, JsonValue]) -> GeneratedImage:
    try:
        decoded = b64decode(get_str(entry, "b64_json"), validate=True)
    except ValueError:  # binascii.Error, or text that is not ASCII
        decoded = b""
    if not decoded:
        raise ResponseError("An image in the response has no valid base64 data.")
    return GeneratedImage(decoded, get_str(entry, "revised_prompt") or None)


def read_usage(usage: JsonValue) -> Usage | None:
    """Return the token usage, or None if the hub sent none."""
    if not isinstance(usage, dict) or not usage:
        return None
    prompt, completion = get_int(usage, "prompt_tokens"), get_int(usage, "completion_tokens")
    cached = as_dict(usage.get("prompt_tokens_details")).get("cached_tokens")
    reasoning = as_dict(usage.get("completion_tokens_details")).get("reasoning_tokens")
    return Usage(
        prompt,
        completion,
        get_int(usage, "total_tokens") or prompt + completion,
        cached if isinstance(cached, int) else None,
        reasoning if isinstance(reasoning, int) else None,
    )
