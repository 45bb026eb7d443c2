"""`POST /embeddings`."""

from datetime import date

from ionos_model_hub.emulator.contract import Json, check_body
from ionos_model_hub.emulator.endpoints.vectors import embed_text
from ionos_model_hub.emulator.errors import bad_request, gateway_error
from ionos_model_hub.emulator.models import CREATED, check_context, get_model
from ionos_model_hub.emulator.responder.text import count_tokens, digest

_BASE64_FAILURE = (
    "Network error: json: cannot unmarshal string into Go struct field "
    "Embedding.data.embedding of type []float32"
)


def create_embeddings(body: Json, seed: int, today: date) -> Json:
    """Return the response body.

    Raises:
        ApiError: The request is invalid.
    """
    texts = _texts(body)
    model = get_model(body["model"], "embedding", today)
    counts = [count_tokens(text) for text in texts]
    check_context(model, max(counts), 0, "input")
    if body.get("encoding_format") == "base64":
        raise gateway_error(_BASE64_FAILURE)
    dimensions = model.dimensions or 0
    data = [
        {"object": "embedding", "index": index, "embedding": embed_text(text, dimensions)}
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


def _texts(body: Json) -> list[str]:
    for field in ("model", "input"):
        if field not in body:
            raise bad_request(f"Invalid value for '{field}': it is required", field)
    check_body("EmbeddingRequest", body)
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    if not texts or "" in texts:
        raise bad_request("input cannot be empty", "input")
    return texts
