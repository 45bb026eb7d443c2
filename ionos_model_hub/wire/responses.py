"""Read whole answers: a typed value out of a good one, ResponseError out of any other."""

from base64 import b64decode
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
    Usage,
)
from ionos_model_hub.wire.surrogates import Halves

T = TypeVar("T")

_KEPT_HEADERS = ("x-trace-id", "x-ratelimit-", "retry-after")
_SHOWN = 200


def decipher(body: bytes, headers: Mapping[str, str], read: Callable[[JsonValue], T]) -> T:
    """Return what `read` makes of the body of an answer with status 200.

    Raises:
        APIError: The body is an error all the same.
        ResponseError: The body is not what the contract promises.
    """
    try:
        answer = Halves().parse(body)
    except ValueError:
        start = body[:_SHOWN].decode("utf-8", "replace")
    else:
        if isinstance(answer, dict) and (error := error_in(answer, headers)):
            raise error
        return read(answer)
    raise ResponseError(
        f"The answer is not JSON; it starts with {start!r}.",
        hint="Check base_url: it should be the hub's and end in /v1.",
        status_code=200,
        request_id=headers.get("x-trace-id"),
    )


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the response headers that matter to callers: trace id and rate limits."""
    return {name: value for name, value in headers.items() if name.startswith(_KEPT_HEADERS)}


def read_models(answer: JsonValue) -> list[ListedModel]:
    """Return the models that `GET /models` lists, without the migration aliases."""
    listed = [
        ListedModel(get_str(entry, "id"), get_int(entry, "created"), get_str(entry, "owned_by"))
        for entry in get_objects(answer, "data")
    ]
    return [model for model in listed if not model.id.endswith("-migration")]


def read_embeddings(answer: JsonValue, *, expected: int) -> Embeddings:
    """Return the vectors in the order of the texts; raises where one is missing or doubled."""
    data = get_objects(answer, "data")
    by_index = {
        get_int(entry, "index", -1) if "index" in entry else place: entry.get("embedding")
        for place, entry in enumerate(data)
    }
    if len(data) != expected or by_index.keys() != set(range(expected)):
        raise ResponseError(
            f"{expected} texts were sent, but {len(by_index)} distinct vectors came back."
        )
    vectors = [by_index[place] for place in range(expected)]
    for place, vector in enumerate(vectors):
        if not _is_vector(vector):
            raise ResponseError(f"The vector of text {place} is not a list of numbers.")
    top = as_dict(answer)
    return Embeddings(vectors, get_str(top, "model"), read_usage(top.get("usage")))  # type: ignore[arg-type]  # JSON lists of numbers


def _is_vector(value: JsonValue) -> bool:
    """Tell whether a value is a list of finite numbers, by the fastest test there is."""
    try:
        return isinstance(value, list) and bool(value) and isfinite(sum(value))  # type: ignore[arg-type]  # what cannot be added is caught
    except (TypeError, OverflowError):
        return False


def read_ranking(answer: JsonValue, *, documents: int) -> list[RankedDocument]:
    """Return the ranked documents, best first; raises for an index that was not sent."""
    ranking = [
        RankedDocument(get_int(entry, "index", -1), get_number(entry, "relevance_score"))
        for entry in get_objects(answer, "results")
    ]
    places = {ranked.index for ranked in ranking}
    if len(places) != len(ranking) or not places <= set(range(documents)):
        raise ResponseError("The ranking names documents that were not sent, or one twice.")
    return sorted(ranking, key=lambda ranked: ranked.score, reverse=True)


def read_images(answer: JsonValue, *, expected: int) -> list[GeneratedImage]:
    """Return the images as bytes; raises where one is missing or is not base64."""
    data = get_objects(answer, "data")
    if len(data) != expected:
        raise ResponseError(f"{expected} images were asked for, but {len(data)} came back.")
    return [_image(entry) for entry in data]


def _image(entry: Mapping[str, JsonValue]) -> GeneratedImage:
    encoded = entry.get("b64_json")
    try:
        decoded = b64decode(encoded, validate=True) if isinstance(encoded, str) else b""
    except ValueError:  # binascii's own, or of b64decode for text that is not ASCII
        decoded = b""
    if not decoded:
        raise ResponseError("An image came without valid base64 data.")
    return GeneratedImage(decoded, get_str(entry, "revised_prompt") or None)


def read_usage(usage: JsonValue) -> Usage | None:
    """Return the token counts, or None where the hub sent none."""
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
