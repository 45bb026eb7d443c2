"""Errors of engines in the form of the hub."""

import json
from typing import Any

from ionos_model_hub.emulator.errors import ApiError, rate_limited

_CAUSED_BY_REQUEST = (400, 413, 422)
_TOO_MANY_REQUESTS = 429

UNKNOWN_FORM = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""Errors that reading a response in an unknown form raises."""


def engine_unavailable(reason: str) -> ApiError:
    """Return the hub's 503 for an engine that does not respond."""
    return ApiError(503, f"Service unavailable: {reason}", kind="server_error")


def unknown_form() -> ApiError:
    """Return the 503 for a response whose content has another form than that of the API."""
    return engine_unavailable("the engine sent a response in an unknown form")


def engine_error(status: int, body: bytes, url: str) -> ApiError:
    """Return the error for a response of an engine.

    Errors that the request caused are passed on. Others, such as a rejected API key or an unknown
    model, are faults of the gateway's configuration, which clients cannot fix: they get a 503.

    Args:
        status: HTTP status of the response.
        body: Its body.
        url: Base URL of the engine.
    """
    message, param = _read_error(body)
    if status in _CAUSED_BY_REQUEST:
        return ApiError(400, message, param)
    if status == _TOO_MANY_REQUESTS:
        return rate_limited(1)
    if status == 500:
        return ApiError(500, message, kind="server_error")
    return engine_unavailable(f"the engine at {url} responded with {status}: {message}")


def _read_error(body: bytes) -> tuple[str, str | None]:
    """Return the message and the parameter in an error body."""
    text = body.decode("utf-8", "replace").strip()
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text or "no explanation", None
    error = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(error, dict):
        return str(error), None
    message = error.get("message") or error.get("detail") or error
    param = error.get("param")
    return str(message), param if isinstance(param, str) else None
