"""Models that the emulator serves on a given day."""

from datetime import date
from typing import Any

from ionos_model_hub.catalogue import MODELS, Kind, Model
from ionos_model_hub.emulator.errors import bad_request, model_not_found

# Aliases in the hub's `GET /models` since the migration of May 2026, and their models.
ALIASES = {
    "bge-m3-migration": "BAAI/bge-m3",
    "bge-large-en-v1.5-migration": "BAAI/bge-large-en-v1.5",
    "paraphrase-multilingual-mpnet-base-v2-migration": (
        "sentence-transformers/paraphrase-multilingual-mpnet-base-v2"
    ),
}
CREATED = 1_767_225_600  # 2026-01-01T00:00:00Z; the hub returns the time of the response


def served_models(today: date) -> dict[str, Model]:
    """Return the models that are not retired, by id; aliases come last."""
    models = {
        model.id: model
        for model in MODELS
        if model.retired_on is None or today < date.fromisoformat(model.retired_on)
    }
    aliases = {alias: models[target] for alias, target in ALIASES.items() if target in models}
    return models | aliases


def list_models(today: date) -> dict[str, Any]:
    """Return the body of `GET /models`."""
    data = [
        {"created": CREATED, "id": model_id, "object": "model", "owned_by": "ionos"}
        for model_id in served_models(today)
    ]
    return {"object": "list", "data": data}


def get_model(model_id: str, kind: Kind, today: date) -> Model:
    """Return the model that a request names.

    Raises:
        ApiError: The model is not served (404) or of another kind (400).
    """
    model = served_models(today).get(model_id)
    if model is None:
        raise model_not_found(model_id)
    if model.kind != kind:
        raise bad_request(f"The model '{model_id}' does not support this endpoint", "model")
    return model


def check_context(model: Model, prompt_tokens: int, max_tokens: int, param: str) -> None:
    """Check that a request fits into the context window; the message is worded like vLLM's.

    Raises:
        ApiError: Prompt and completion together exceed the context window.
    """
    limit = model.context_window
    total = prompt_tokens + max_tokens
    if limit is None or total <= limit:
        return
    raise bad_request(
        f"This model's maximum context length is {limit} tokens. However, you requested {total} "
        f"tokens ({prompt_tokens} in the {param}, {max_tokens} in the completion). "
        f"Please reduce the length of the {param} or completion.",
        param,
    )
