"""Check requests against the contract before they are sent, with errors in plain English."""

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from ionos_model_hub.errors import InvalidRequestError, did_you_mean
from ionos_model_hub.wire.shorten import shorten

Request = TypeVar("Request")

_PHRASES = {
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "int_type": "must be an integer",
    "int_parsing": "must be an integer",
    "int_from_float": "must be an integer",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a string",
    "string_too_short": "must not be empty",
    "dict_type": "must be a mapping",
    "list_type": "must be a list",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_long": "accepts at most {max_length} items, got {actual_length}",
    "too_short": "must have at least {min_length} item",
    "literal_error": "must be {expected}",
    "union_tag_invalid": "has the type {tag!r}; expected {expected_tags}",
    "union_tag_not_found": "requires a field {discriminator}",
    "model_attributes_type": "must be a mapping",
    "invalid-json-value": "is not valid JSON",
    "missing": "is required",
    "value_error": "{error}",
}
_WITHOUT_VALUE = {"missing", "too_long", "too_short", "string_too_short", "union_tag_not_found"}
_PART_TAGS = ("text", "image_url")


def check(shape: type[Request], request: Mapping[str, object]) -> Request:
    """Return a copy of `request` that matches `shape`.

    Raises:
        InvalidRequestError: A field violates the contract; `param` names it.
    """
    adapter: TypeAdapter[Request] = _adapter(shape)  # type: ignore[arg-type]  # types do hash
    try:
        return adapter.validate_python(request)
    except ValidationError as error:
        # The deepest error is that of the union member that the caller most likely meant.
        details = max(error.errors(), key=lambda each: len(each["loc"]))
    raise _explain(details, shape)


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _explain(details: ErrorDetails, shape: type[Any]) -> InvalidRequestError:
    field = _path(details["loc"])
    kind = details["type"]
    if kind == "extra_forbidden":
        return _unknown_field(field, details, shape)
    phrase = _PHRASES[kind].format(**details.get("ctx", {})) if kind in _PHRASES else details["msg"]
    if kind in _WITHOUT_VALUE:
        return InvalidRequestError(f"{field} {phrase}.", param=field)
    value = shorten(repr(details["input"]))
    return InvalidRequestError(f"{field} {phrase}, got {value}.", param=field)


def _unknown_field(field: str, details: ErrorDetails, shape: type[Any]) -> InvalidRequestError:
    known = get_type_hints(shape) if len(details["loc"]) == 1 else {}
    if guess := did_you_mean(field, known):
        hint = f"{guess} Pass other fields in extra_body."
    else:
        hint = "Pass it in extra_body if the server supports it."
    return InvalidRequestError(f"{field} is not a field of the API.", hint=hint, param=field)


def _path(loc: tuple[int | str, ...]) -> str:
    """Return `messages[0].content` for a location, without the names of union members."""
    path = ""
    for before, part in pairwise(("", *loc)):
        if isinstance(part, int):
            path += f"[{part}]"
        elif not _is_union_member(before, part):
            path += f".{part}" if path else part
    return path


def _is_union_member(before: int | str, part: str) -> bool:
    """Return whether a part is the name of a type or the tag of a union, not of a field."""
    if before == "response_format" or (isinstance(before, int) and part in _PART_TAGS):
        return True
    return part in ("str", "constrained-str", "NamedToolChoice") or "[" in part
