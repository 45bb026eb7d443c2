"""`POST /embeddings`."""

import base64
import struct
from typing import NamedTuple

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.contract import check_body
from ionos_model_hub.emulator.endpoints.chat import response_head
from ionos_model_hub.emulator.endpoints.vectors import embed_text
from ionos_model_hub.emulator.engine.prompts import Prompt, read_prompts
from ionos_model_hub.emulator.engine.request_types import EmbeddingRequest
from ionos_model_hub.emulator.engine.sampling_rules import check_prompt
from ionos_model_hub.emulator.engine.validation import parse_body
from ionos_model_hub.emulator.errors import ApiError, bad_request, gateway_error
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.models import get_model
from ionos_model_hub.emulator.profiles import HubQuirk
from ionos_model_hub.emulator.script import Reply

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
    request, model, prompts, tokens = check_embedding_request(body, config)
    if reply is not None and reply.embeddings is not None:
        vectors = [list(vector) for vector in reply.embeddings]
    else:
        vectors = [embed_text(prompt.text, model.dimensions or 0) for prompt in prompts]
    data = [
        {"index": index, "object": "embedding", "embedding": _encode(vector, request)}
        for index, vector in enumerate(vectors)
    ]
    head = response_head("embd", body, request.model, config)
    return {**head, "object": "list", "data": data, "usage": _usage(tokens, config)}


class CheckedEmbeddingRequest(NamedTuple):
    """A valid request.

    Attributes:
        request: The request.
        model: The model that it names.
        prompts: The inputs.
        tokens: Number of tokens of all inputs.
    """

    request: EmbeddingRequest
    model: Model
    prompts: list[Prompt]
    tokens: int


def check_embedding_request(body: Json, config: ServerConfig) -> CheckedEmbeddingRequest:
    """Check a request body.

    Raises:
        ApiError: The request is invalid.
    """
    if config.has(HubQuirk.CONTRACT):
        _check_contract(body)
    request = parse_body(EmbeddingRequest, body)
    model = get_model(request.model, "embedding", config)
    prompts = read_prompts(request.input)
    _check_texts([prompt.text for prompt in prompts], model, config)
    if request.dimensions is not None:
        raise ApiError(
            400,
            f"Model {model.id!r} does not support Matryoshka embeddings; dimensions must be "
            f"unset (received dimensions={request.dimensions}).",
        )
    tokens = sum(_count_tokens(prompt, model, config, request) for prompt in prompts)
    if request.encoding_format == "base64" and config.has(HubQuirk.BASE64_EMBEDDINGS):
        raise gateway_error(_BASE64_FAILURE)
    return CheckedEmbeddingRequest(request, model, prompts, tokens)


def _check_contract(body: Json) -> None:
    for field in ("model", "input"):
        if field not in body:
            raise bad_request(f"Invalid value for '{field}': it is required", field)
    check_body("EmbeddingRequest", body)
    if not body["input"]:
        raise bad_request("input cannot be empty", "input")


def _check_texts(texts: list[str], model: Model, config: ServerConfig) -> None:
    if "" in texts and config.has(HubQuirk.EMPTY_EMBEDDING_INPUT):
        raise bad_request("input cannot be empty", "input")
    if "" in texts and model.id in _DECODERS:
        raise ApiError(400, "The decoder prompt cannot be empty")


def _count_tokens(
    prompt: Prompt, model: Model, config: ServerConfig, request: EmbeddingRequest
) -> int:
    has_special_tokens = not prompt.has_ids and model.id not in _DECODERS
    count = len(prompt.tokens) + (_SPECIAL_TOKENS if has_special_tokens else 0)
    limit = request.truncate_prompt_tokens
    if limit is None:
        check_prompt(model, config, count, len(prompt.text))
        return count
    return min(count, limit if limit >= 0 else config.window_of(model) or count)


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
