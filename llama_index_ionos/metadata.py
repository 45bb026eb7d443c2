"""What LlamaIndex wants to know of a model, from the catalogue; it never raises."""

from __future__ import annotations

from ionos_model_hub.catalogue import MODELS, find_model

SMALLEST_CONTEXT_WINDOW = min(
    model.context_window for model in MODELS if model.kind == "chat" and model.context_window
)
"""Tokens that fit every chat model of the hub: what is assumed of a model not in the catalogue."""


def context_window_of(model: str) -> int:
    """Return how many tokens of prompt and answer a model takes.

    Example:
        >>> context_window_of("openai/gpt-oss-120b")
        131072
    """
    known = find_model(model)
    return (known and known.context_window) or SMALLEST_CONTEXT_WINDOW


def calls_functions(model: str) -> bool:
    """Tell whether a model calls tools; one not in the catalogue is taken to."""
    known = find_model(model)
    return known is None or known.tools is not False


def writes_schemas(model: str) -> bool:
    """Tell whether a model answers in a strict schema; one not in the catalogue is taken to."""
    known = find_model(model)
    return known is None or known.structured_output is not False
