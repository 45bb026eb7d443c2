"""Validation of request bodies, with the engine's error messages."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ionos_model_hub.emulator.errors import validation_error
from ionos_model_hub.emulator.json_type import Json

# Segments of pydantic's locations that are not names of fields.
_TYPE_SEGMENTS = frozenset({"str", "int", "float", "bool", "list", "dict", "none", "nullable"})

Request = TypeVar("Request", bound=BaseModel)


def parse_body(kind: type[Request], body: object) -> Request:
    """Validate a request body.

    Raises:
        ApiError: A 400 with the validation errors, worded like the engine's.
    """
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise validation_error([_describe(detail) for detail in details]) from None


def invalid_body(body: object, content: bytes) -> Json:
    """Return the validation error for a body that is not a JSON object."""
    if not content:
        return {"type": "missing", "loc": "body", "msg": "Field required", "input": "None"}
    try:
        json.loads(content)
    except ValueError as error:
        position = error.pos if isinstance(error, json.JSONDecodeError) else 0
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        return {
            "type": "json_invalid",
            "loc": f"body.{position}",
            "msg": "JSON decode error",
            "input": summarise_input({}),
            "ctx": {"error": reason},
        }
    return {
        "type": "model_attributes_type",
        "loc": "body",
        "msg": "Input should be a valid dictionary or object to extract fields from",
        "input": summarise_input(body),
    }


def _describe(error: Mapping[str, Any]) -> Json:
    described = {
        "type": error["type"],
        "loc": location(error["loc"]),
        "msg": error["msg"],
        "input": summarise_input(error["input"]),
    }
    context = error.get("ctx")
    return {**described, "ctx": dict(context)} if context else described


def location(segments: tuple[int | str, ...]) -> str:
    """Return the path of an invalid field, for example `body.messages.0.role`."""
    names = [
        str(segment)
        for segment in segments
        if str(segment) not in _TYPE_SEGMENTS and not set(str(segment)) & set("[](){}")
    ]
    return ".".join(["body", *names])


def summarise_input(value: object) -> str:
    """Return an invalid value as the engine shows it: containers by type and length."""
    if isinstance(value, dict | list):
        return f"<{type(value).__name__} of {len(value)} items>"
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}...[truncated]"
