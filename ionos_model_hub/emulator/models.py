"""Which models the emulator serves on a day."""

from datetime import date
from typing import Any

from ionos_model_hub.catalogue import MODELS, Kind, Model
from ionos_model_hub.emulator.errors import bad_request, unknown_model

# Aliases that `GET /models` of the hub lists since its migration, and what they stand for.
ALIASES = {
    "bge-m3-migration": "BAAI/bge-m3",
    "bge-large-en-v1.5-migration": "BAAI/bge-large-en-v1.5",
    "paraphrase-multilingual-mpnet-base-v2-migration": (
        "sentence-transformers/paraphrase-multilingual-mpnet-base-v2"
    ),
}
CREATED = 1_767_225_600  # 2026-01-01T00:00:00Z; the hub gives the time of the answer instead


def served(today: date) -> dict[str, Model]:
    """Return the models that are not retired yet, by id, aliases last."""
    models = {
        model.id: model
        for model in MODELS
        if model.retired_on is None or today < date.fromisoformat(model.retired_on)
    }
    return models | {alias: models[of] for alias, of in ALIASES.items() if of in models}


def listing(today: date) -> dict[str, Any]:
    """Return the body of `GET /models`."""
    data = [
        {"created": CREATED, "id": model_id, "object": "model", "owned_by": "ionos"}
        for model_id in served(today)
    ]
    return {"object": "list", "data": data}


def pick(model_id: str, kind: Kind, today: date) -> Model:
    """Return the model a request names.

    Raises:
        RefusalError: The model is not served (404), or is of another kind (400).
    """
    model = served(today).get(model_id)
    if model is None:
        raise unknown_model(model_id)
    if model.kind != kind:
        raise bad_request(f"The model '{model_id}' is no {kind} model", "model")
    return model


def check_context(model: Model, prompt_tokens: int, answer_tokens: int, param: str) -> None:
    """Refuse what does not fit into the model's context, in the words of vLLM.

    Raises:
        RefusalError: Prompt and answer are longer than the context window.
    """
    limit = model.context_window
    total = prompt_tokens + answer_tokens
    if limit is None or total <= limit:
        return
    raise bad_request(
        f"This model's maximum context length is {limit} tokens. However, you requested {total} "
        f"tokens ({prompt_tokens} in the {param}, {answer_tokens} in the completion). "
        f"Please reduce the length of the {param} or completion.",
        param,
    )
