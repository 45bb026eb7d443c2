"""Requests in the form that engines accept, and their responses in the form of the hub."""

import json
from typing import Any

from ionos_model_hub.emulator.event_split import event_data
from ionos_model_hub.emulator.events import encode_event
from ionos_model_hub.emulator.json_type import Json

_ENGINE_ONLY = frozenset({"timings", "__verbose"})


def engine_body(body: Json, model: str) -> Json:
    """Return a request body for an engine.

    Fields that are null and the hub's `top_p` -1 are left out, and `max_completion_tokens` gets
    the older name, which all engines know.
    """
    sent = {name: value for name, value in body.items() if value is not None}
    if sent.get("top_p") == -1:
        del sent["top_p"]
    if "max_completion_tokens" in sent:
        sent["max_tokens"] = sent.pop("max_completion_tokens")
    if "messages" in sent:
        sent["messages"] = [_with_content(message) for message in sent["messages"]]
    return {**sent, "model": model}


def _with_content(message: Json) -> Json:
    return message if message.get("content") is not None else {**message, "content": ""}


def hub_body(body: Json, model_id: str) -> Json:
    """Return a response body, or a chunk of a stream, with the hub's name of the model."""
    kept = {name: value for name, value in body.items() if name not in _ENGINE_ONLY}
    if isinstance(body.get("choices"), list):
        kept["choices"] = [_hub_choice(choice) for choice in body["choices"]]
    return {**kept, "model": model_id}


def _hub_choice(choice: Json) -> Json:
    return {
        name: _with_reasoning(value) if name in ("message", "delta") else value
        for name, value in choice.items()
    }


def _with_reasoning(message: Any) -> Any:
    """Return a message with the reasoning in the hub's field."""
    if not isinstance(message, dict) or "reasoning_content" not in message:
        return message
    rest = {name: value for name, value in message.items() if name != "reasoning_content"}
    return {"reasoning": message["reasoning_content"], **rest}


def read_chunk(event: bytes) -> Json | None:
    """Return the chunk in an event, or None if it contains something else."""
    try:
        value = json.loads(event_data(event) or "", parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and "choices" in value else None


def hub_event(event: bytes, model_id: str) -> bytes:
    """Return an event of a stream with the hub's name of the model; others are unchanged."""
    chunk = read_chunk(event)
    return event if chunk is None else encode_event(hub_body(chunk, model_id))
