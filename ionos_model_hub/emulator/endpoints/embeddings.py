"""`POST /embeddings`."""

import base64
import struct
from typing import NamedTuple

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.contract import check_body
from ionos_model_hub.emulator.endpoints.chat import response_head
from ionos_model_hub.emulator.endpoints.vectors import embed_text
from ionos_model_hub.emulator.engine.request_types import EmbeddingRequest
from ionos_model_hub.emulator.engine.sampling_rules import check_prompt
from ionos_model_hub.emulator.engine.validation import parse_body
from ionos_model_hub.emulator.errors import ApiError, bad_request, gateway_error
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.models import get_model
from ionos_model_hub.emulator.profiles import HubQuirk
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.text import count_tokens

_BASE64_FAILURE = (
    "Network error: json: cannot unmarshal string into Go struct field "
    "Embedding.data.embedding of type []float32"
)
_SPECIAL_TOKENS = 2  # an encoder adds one before and one after each text
# Models that are decoders and reject an empty prompt.
_DECODERS = ("Qwen/Qwen3-VL-Embedding-8B",)


def create_embeddings(body: Json, config: ServerConfig, reply: Reply | None = None) -> Json:
    """Return the response body.

    Args:
        body: Request body.
        config: Configuration of the server.
        reply: Scripted vectors.

    Raises:
        ApiError: The request is invalid.
    """
    request, model, texts, counts = check_embedding_request(body, config)
    if reply is not None and reply.embeddings is not None:
        vectors = [list(vector) for vector in reply.embeddings]
    else:
        vectors = [embed_text(text, model.dimensions or 0) for text in texts]
    data = [
        {"index": index, "object": "embedding", "embedding": _encode(vector, request)}
        for index, vector in enumerate(vectors)
    ]
    head = response_head("embd", body, request.model, config)
    return {**head, "object": "list", "data": data, "usage": _usage(sum(counts), config)}


class CheckedEmbeddingRequest(NamedTuple):
    """A valid request.

    Attributes:
        request: The request.
        model: The model that it names.
        texts: The texts to embed.
        counts: Their numbers of tokens.
    """

    request: EmbeddingRequest
    model: Model
    texts: list[str]
    counts: list[int]


def check_embedding_request(body: Json, config: ServerConfig) -> CheckedEmbeddingRequest:
    """Check a request body.

    Raises:
        ApiError: The request is invalid.
    """
    if config.has(HubQuirk.CONTRACT):
        _check_contract(body)
    request = parse_body(EmbeddingRequest, body)
    model = get_model(request.model, "embedding", config)
    texts = _texts(request)
    _check_texts(texts, model, config)
    if request.dimensions is not None:
        raise ApiError(
            400,
            f"Model {model.id!r} does not support Matryoshka embeddings; dimensions must be "
            f"unset (received dimensions={request.dimensions}).",
        )
    counts = [_count_tokens(text, model, config, request) for text in texts]
    if request.encoding_format == "base64" and config.has(HubQuirk.BASE64_EMBEDDINGS):
        raise gateway_error(_BASE64_FAILURE)
    return CheckedEmbeddingRequest(request, model, texts, counts)


def _check_contract(body: Json) -> None:
    for field in ("model", "input"):
        if field not in body:
            raise bad_request(f"Invalid value for '{field}': it is required", field)
    check_body("EmbeddingRequest", body)
    if not body["input"]:
        raise bad_request("input cannot be empty", "input")


def _texts(request: EmbeddingRequest) -> list[str]:
    """Return the inputs as texts; token ids become placeholders."""
    items = request.input
    if isinstance(items, str):
        return [items]
    if items and isinstance(items[0], int):
        return [" ".join(map(str, items))]
    return [item if isinstance(item, str) else " ".join(map(str, [item])) for item in items]


def _check_texts(texts: list[str], model: Model, config: ServerConfig) -> None:
    if not texts:
        raise ApiError(400, "You must pass at least one prompt")
    if "" in texts and config.has(HubQuirk.EMPTY_EMBEDDING_INPUT):
        raise bad_request("input cannot be empty", "input")
    if "" in texts and model.id in _DECODERS:
        raise ApiError(400, "The decoder prompt cannot be empty")


def _count_tokens(text: str, model: Model, config: ServerConfig, request: EmbeddingRequest) -> int:
    count = count_tokens(text) + (0 if model.id in _DECODERS else _SPECIAL_TOKENS)
    if request.truncate_prompt_tokens is not None:
        return min(count, request.truncate_prompt_tokens)
    check_prompt(model, config, count, len(text))
    return count


def _encode(vector: list[float], request: EmbeddingRequest) -> list[float] | str:
    if request.encoding_format != "base64":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _usage(tokens: int, config: ServerConfig) -> Json:
    usage: Json = {"prompt_tokens": tokens, "total_tokens": tokens}
    if config.has(HubQuirk.EMBEDDING_USAGE):
        return usage
    details = {"prompt_tokens_details": None, "completion_tokens_details": None}
    return {**usage, "completion_tokens": 0, **details}
