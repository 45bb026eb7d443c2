"""Replies from the values of a JSON or YAML document."""

import base64
import binascii
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Annotated, Any, get_type_hints

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    TypeAdapter,
    ValidationError,
    with_config,
)
from typing_extensions import TypedDict

from ionos_model_hub.emulator.script import Call, Reply

_ENTRIES = "replies"


class FieldError(ValueError):
    """A value of a script is invalid.

    Args:
        path: Path of the value in the document.
        message: The problem.

    Attributes:
        path: Path of the value in the document.
    """

    def __init__(self, path: Sequence[str | int], message: str) -> None:
        self.path = tuple(path)
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        place = "".join(steps).removeprefix(".")
        super().__init__(f"{place}: {message}" if place else message)


class _CallFields(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    arguments: dict[str, Any] = {}


def parse_replies(document: object) -> list[Reply]:
    """Return the replies of a document.

    Args:
        document: A list of replies, a mapping with this list as `replies`, or one reply.

    Raises:
        FieldError: A value is invalid.
    """
    path: tuple[str | int, ...] = ()
    if isinstance(document, dict) and _ENTRIES in document:
        for name in document.keys() - {_ENTRIES}:
            raise FieldError((name,), f"unknown; a script has only the field '{_ENTRIES}'")
        document, path = document[_ENTRIES], (_ENTRIES,)
    if isinstance(document, dict):
        return [_parse_reply(document, path)]
    if not isinstance(document, list):
        raise FieldError(path, "expected a list of replies")
    return [_parse_reply(item, (*path, index)) for index, item in enumerate(document)]


def _parse_reply(values: object, path: tuple[str | int, ...]) -> Reply:
    if not isinstance(values, dict):
        raise FieldError(path, f"expected a mapping with the arguments of Reply, got {values!r}")
    known = _reply_hints()
    for name in values:
        if name not in known:
            raise FieldError((*path, str(name)), _unknown(str(name), list(known)))
    try:
        arguments = _adapter().validate_python(values)
    except ValidationError as error:
        raise _field_error(error, path, values) from None
    if "tool_calls" in arguments:
        calls: list[_CallFields] = arguments["tool_calls"]
        arguments["tool_calls"] = [Call(call.name, **call.arguments) for call in calls]
    try:
        return Reply(**arguments)
    except ValueError as error:
        raise FieldError(path, str(error)) from None


def _unknown(name: str, known: Sequence[str]) -> str:
    if name == "when":
        return "functions are available only in Python; use contains or fields"
    close = difflib.get_close_matches(name, known, 1, 0.7)
    hint = f"did you mean '{close[0]}'?" if close else f"fields: {', '.join(sorted(known))}"
    return f"unknown field; {hint}"


def _field_error(
    error: ValidationError, path: tuple[str | int, ...], values: Mapping[str, Any]
) -> FieldError:
    """Return the first error at a path that exists in the document."""
    first = error.errors(include_url=False)[0]
    existing: list[str | int] = []
    value: Any = values
    for step in first["loc"]:
        inner = _member(value, step)
        if inner is None:  # pydantic adds the names of the members of unions
            break
        value = inner
        existing.append(step)
    return FieldError((*path, *existing), f"{first['msg']}, got {value!r:.80}")


def _member(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    is_index = isinstance(value, list) and isinstance(step, int) and step < len(value)
    return value[step] if is_index else None


@cache
def _reply_hints() -> dict[str, Any]:
    """Return the types of the arguments of `Reply`, except functions, in documents."""
    special: dict[str, Any] = {
        "tool_calls": list[_CallFields],
        "body": Annotated[bytes, BeforeValidator(_encode)],
        "stream": list[dict[str, Any] | Annotated[bytes, BeforeValidator(_encode)]],
        "images": list[Annotated[bytes, BeforeValidator(_decode_base64)]],
    }
    hints = {**get_type_hints(Reply), **special}
    return {field.name: hints[field.name] for field in fields(Reply) if field.name != "when"}


@cache
def _adapter() -> TypeAdapter[Any]:
    kind: Any = TypedDict("kind", _reply_hints(), total=False)  # type: ignore[misc]  # not literals
    return TypeAdapter(with_config(ConfigDict(extra="forbid", strict=True))(kind))


def _encode(value: object) -> object:
    return value.encode() if isinstance(value, str) else value


def _decode_base64(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("expected base64") from None
