"""Pydantic's validation errors as errors of this package."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ionos_model_hub.errors import ConfigurationError

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

_MAX_SHOWN = 16
_SUBJECT = re.compile(r"^\w+ (?:should|must) ")


def as_configuration_error(cls: type[BaseModel], error: ValidationError) -> ConfigurationError:
    """Return the error to raise for invalid arguments of a class; `param` names the first."""
    details = error.errors(include_url=False)
    cause = details[0].get("ctx", {}).get("error")
    if isinstance(cause, ConfigurationError):
        return cause
    if not details[0]["loc"]:
        return ConfigurationError(_sentence(str(cause or details[0]["msg"])))
    param = str(details[0]["loc"][0])
    problems = dict.fromkeys(_problem(each) for each in details if each["loc"][0] == param)
    text = " or".join(problems).replace(" or must be ", " or ")
    return ConfigurationError(_sentence(f"{param}{text}{_value(cls, details[0])}"), param=param)


def _problem(detail: ErrorDetails) -> str:
    """Return the part of a message that follows the argument's name."""
    text = str(detail.get("ctx", {}).get("error") or detail["msg"])
    text, is_expectation = _SUBJECT.subn(" must ", text)
    return text if is_expectation else f": {text}"


def _value(cls: type[BaseModel], detail: ErrorDetails) -> str:
    """Return the rejected value for the message, unless it is long or may be secret."""
    field = cls.model_fields.get(str(detail["loc"][0]))
    value = detail["input"]
    shown = repr(value)
    if field is None or not field.repr or len(detail["loc"]) > 2:
        return ""
    if isinstance(value, str) and len(value) > _MAX_SHOWN:
        return ", got a longer text"
    return f", got {shown}" if len(shown) <= 4 * _MAX_SHOWN else f", got {type(value).__name__}"


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
