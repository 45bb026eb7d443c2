"""Model metadata for LlamaIndex, from the catalogue. Unknown models never raise."""

from __future__ import annotations

from ionos_model_hub.catalogue import MODELS, find_model

SMALLEST_CONTEXT_WINDOW = min(
    model.context_window for model in MODELS if model.kind == "chat" and model.context_window
)
"""Tokens that fit every chat model of the hub; assumed for models not in the catalogue."""


def context_window_of(model: str) -> int:
    """Return the number of tokens that prompt and response of a model may have.

    Example:
        >>> context_window_of("openai/gpt-oss-120b")
        131072
    """
    known = find_model(model)
    return (known and known.context_window) or SMALLEST_CONTEXT_WINDOW


def supports_tools(model: str) -> bool:
    """Return whether a model can call tools; true for models not in the catalogue."""
    known = find_model(model)
    return known is None or known.tools is not False


def supports_json_schema(model: str) -> bool:
    """Return whether a model supports a strict schema; true for models not in the catalogue."""
    known = find_model(model)
    return known is None or known.structured_output is not False
