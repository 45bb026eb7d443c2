"""The standard parameters that LangSmith records for a chat call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.language_models.base import LangSmithParams

from langchain_ionos.convert.responses import PROVIDER


def langsmith_params(options: Mapping[str, Any]) -> LangSmithParams:
    """Return the standard trace parameters.

    Args:
        options: The options of a call, including `model`.

    Example:
        >>> langsmith_params({"model": "m", "stop": "END"})["ls_stop"]
        ['END']
    """
    params = LangSmithParams(
        ls_provider=PROVIDER, ls_model_type="chat", ls_model_name=options["model"]
    )
    if (temperature := options.get("temperature")) is not None:
        params["ls_temperature"] = temperature
    max_tokens = options.get("max_tokens", options.get("max_completion_tokens"))
    if max_tokens is not None:
        params["ls_max_tokens"] = max_tokens
    if stop := options.get("stop"):
        params["ls_stop"] = [stop] if isinstance(stop, str) else list(stop)
    return params
