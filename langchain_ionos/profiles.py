"""Model profiles for LangChain's agents and middleware, from the dated catalogue."""

from __future__ import annotations

from typing import Any, cast

from langchain_core.language_models.model_profile import ModelProfile

from ionos_model_hub import catalogue

_KNOWN_KEYS = frozenset(ModelProfile.__annotations__)


def model_profile(model_id: str) -> ModelProfile | None:
    """Return a model's profile, or None for a model that is not in the catalogue.

    Unknown values are omitted, as are keys that the installed LangChain release does not define.

    Example:
        >>> model_profile("openai/gpt-oss-120b")["max_input_tokens"]
        131072
    """
    model = catalogue.find_model(model_id)
    if model is None or model.kind != "chat":
        return None
    values = _profile_values(model).items()
    profile = {key: value for key, value in values if value is not None and key in _KNOWN_KEYS}
    return cast("ModelProfile", profile)


def _profile_values(model: catalogue.Model) -> dict[str, Any]:
    return {
        "name": model.id,
        "status": "deprecated" if model.retired_on else None,
        "last_updated": catalogue.AS_OF,
        "open_weights": True,
        "max_input_tokens": model.context_window,
        "max_output_tokens": model.max_output_tokens,
        "text_inputs": True,
        "image_inputs": model.vision,
        "image_url_inputs": model.vision,
        "image_tool_message": model.vision,
        "pdf_inputs": False,
        "audio_inputs": False,
        "video_inputs": False,
        "pdf_tool_message": False,
        "text_outputs": True,
        "image_outputs": False,
        "audio_outputs": False,
        "video_outputs": False,
        "reasoning_output": model.reasoning,
        "reasoning_effort_levels": list(model.reasoning_efforts) or None,
        "tool_calling": model.tools,
        "tool_choice": model.tools,
        "tool_call_streaming": model.tools and model.streaming,
        "structured_output": model.structured_output,
        "attachment": model.vision,
        "temperature": True,
    }
