"""Validation of request bodies, with the engine's error messages."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ionos_model_hub.emulator.errors import ApiError, validation_error
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


def invalid_body(content: bytes) -> ApiError:
    """Return the error for a body that is not a JSON object."""
    if not content:
        return _body_error("missing", "body", "Field required", None)
    try:
        body = json.loads(content)
    except json.JSONDecodeError as problem:
        location = f"body.{problem.pos}"
        reason = {"ctx": {"error": problem.msg}}
        return _body_error("json_invalid", location, "JSON decode error", {}, **reason)
    except (ValueError, RecursionError):  # not UTF-8, or a number has too many digits
        body = {}
    if isinstance(body, dict):  # or nested too deeply
        return ApiError(400, "There was an error parsing the body", kind="Bad Request")
    message = "Input should be a valid dictionary or object to extract fields from"
    return _body_error("model_attributes_type", "body", message, body)


def _body_error(kind: str, location: str, message: str, body: object, **context: Json) -> ApiError:
    error = {"type": kind, "loc": location, "msg": message, "input": _summarise_input(body)}
    return validation_error([{**error, **context}])


def _describe(error: Mapping[str, Any]) -> Json:
    described = {
        "type": error["type"],
        "loc": _location(error["loc"]),
        "msg": error["msg"],
        "input": _summarise_input(error["input"]),
    }
    context = error.get("ctx")
    return {**described, "ctx": dict(context)} if context else described


def _location(segments: tuple[int | str, ...]) -> str:
    """Return the path of an invalid field, for example `body.messages.0.role`."""
    names = [
        str(segment)
        for segment in segments
        if str(segment) not in _TYPE_SEGMENTS and not set(str(segment)) & set("[](){}")
    ]
    return ".".join(["body", *names])


def _summarise_input(value: object) -> str:
    """Return an invalid value as the engine shows it: containers by type and length."""
    if isinstance(value, dict | list):
        return f"<{type(value).__name__} of {len(value)} items>"
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}...[truncated]"
