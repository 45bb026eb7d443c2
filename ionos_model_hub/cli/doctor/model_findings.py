"""Findings about the models, a trial request and the rate limit."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from ionos_model_hub import catalogue
from ionos_model_hub.cli.doctor.findings import Finding, Status
from ionos_model_hub.settings import Settings

DEFAULT_MODELS = (
    catalogue.DEFAULT_CHAT_MODEL,
    catalogue.DEFAULT_EMBEDDING_MODEL,
    catalogue.DEFAULT_RERANK_MODEL,
    catalogue.DEFAULT_IMAGE_MODEL,
)


def models(served: Collection[str], today: date) -> Finding:
    """Compare the models that are served with the catalogue."""
    missing = [
        model.id
        for model in catalogue.MODELS
        if model.id not in served and not _is_retired(model, today)
    ]
    message = " ".join([f"{len(served)} models are served.", *_changes(served, missing, today)])
    if unavailable := [model for model in DEFAULT_MODELS if model not in served]:
        fix = f"Pass `model` where one of these is the default: {', '.join(unavailable)}."
        return Finding("models", Status.ERROR, message, fix)
    return Finding("models", Status.WARNING if missing else Status.OK, message)


def _changes(served: Collection[str], missing: Sequence[str], today: date) -> list[str]:
    retired = [
        f"{model.id} ({'since' if _is_retired(model, today) else 'from'} {model.retired_on}; "
        f"use {model.successor})"
        for model in catalogue.MODELS
        if model.retired_on
    ]
    unknown = [model for model in served if catalogue.find_model(model) is None]
    lists = {
        f"Not served, but in the catalogue of {catalogue.AS_OF}": missing,
        "Retired and no longer served": retired,
        "Not in the catalogue": unknown,
    }
    return [f"{title}: {', '.join(ids)}." for title, ids in lists.items() if ids]


def _is_retired(model: catalogue.Model, today: date) -> bool:
    return model.retired_on is not None and model.retired_on <= today.isoformat()


def trial_model(served: Sequence[str]) -> str | None:
    """Return the chat model to send a trial request to, or None if no known one is served."""
    if catalogue.DEFAULT_CHAT_MODEL in served:
        return catalogue.DEFAULT_CHAT_MODEL
    known = ((model, catalogue.find_model(model)) for model in served)
    return next((model for model, entry in known if entry and entry.kind == "chat"), None)


def response(model: str, seconds: float) -> Finding:
    """Return the finding for a successful trial request."""
    return Finding("response", Status.OK, f"{model} responded in {seconds:.1f} s.")


def limits(headers: Mapping[str, str], settings: Settings) -> Finding:
    """Return the rate limit of the response headers and the one applied by the client."""
    found = [f"{name} {value}" for name, value in headers.items() if "ratelimit" in name]
    server = f"Response headers: {', '.join(found)}." if found else "No rate limit headers."
    if settings.rate_limit is None:
        client = "Requests are not limited by this client."
    else:
        client = (
            f"This client sends {settings.rate_limit:g} requests/s, {settings.burst} in a burst."
        )
    return Finding("limits", Status.OK, f"{server} {client}")
