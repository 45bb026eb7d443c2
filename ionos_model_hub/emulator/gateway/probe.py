"""Requests that find out what an engine supports."""

from ionos_model_hub.emulator.json_type import Json

_TOOL: Json = {
    "type": "function",
    "function": {
        "name": "ping",
        "description": "Check the connection.",
        "parameters": {
            "type": "object",
            "properties": {"mode": {"type": "string", "enum": ["fast"]}},
            "required": ["mode"],
            "additionalProperties": False,
        },
    },
}


def tool_probe(model: str, choice: str) -> Json:
    """Return a short request with a tool.

    Args:
        model: Name of the model.
        choice: `auto` or `required`.
    """
    return {
        "model": model,
        "messages": [{"role": "user", "content": "Call ping in fast mode."}],
        "tools": [_TOOL],
        "tool_choice": choice,
        "max_tokens": 1 if choice == "auto" else 128,
        "temperature": 0,
    }


def has_call(body: Json) -> bool:
    """Return whether a response contains a tool call."""
    choices = body.get("choices") or [{}]
    return bool((choices[0].get("message") or {}).get("tool_calls"))
