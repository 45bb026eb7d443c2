"""Models that the emulator serves."""

from datetime import date

from ionos_model_hub.catalogue import MODELS, Kind, Model
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.errors import FixedBodyError, bad_request, model_not_found
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.profiles import HubQuirk
from ionos_model_hub.emulator.text import digest

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


def list_models(config: ServerConfig) -> Json:
    """Return the body of `GET /models`."""
    served = served_models(config.today)
    if config.has(HubQuirk.MODEL_LIST):
        data = [
            {"created": CREATED, "id": model_id, "object": "model", "owned_by": "ionos"}
            for model_id in served
        ]
    else:
        data = [_engine_entry(model, config) for name, model in served.items() if name == model.id]
    return {"object": "list", "data": data}


def _engine_entry(model: Model, config: ServerConfig) -> Json:
    permission = {
        "id": f"modelperm-{digest(model.id)[:16]}",
        "object": "model_permission",
        "created": CREATED,
        "allow_create_engine": False,
        "allow_sampling": True,
        "allow_logprobs": True,
        "allow_search_indices": False,
        "allow_view": True,
        "allow_fine_tuning": False,
        "organization": "*",
        "group": None,
        "is_blocking": False,
    }
    return {
        "id": model.id,
        "object": "model",
        "created": CREATED,
        "owned_by": "vllm",
        "root": model.id,
        "parent": None,
        "max_model_len": config.window_of(model),
        "permission": [permission],
    }


def get_model(model_id: str | None, kind: Kind, config: ServerConfig) -> Model:
    """Return the model that a request names.

    Raises:
        ApiError: The model is not served (404) or of another kind (400 or 404).
    """
    model = served_models(config.today).get(model_id or "")
    if model is None:
        names_param = kind == "chat" or config.has(HubQuirk.ERROR_SHAPE)
        raise model_not_found(model_id, "model" if names_param else None)
    if model.kind == kind:
        return model
    if config.has(HubQuirk.WRONG_KIND):
        raise bad_request(f"The model '{model_id}' does not support this endpoint", "model")
    raise FixedBodyError(404, {"detail": "Not Found"})
