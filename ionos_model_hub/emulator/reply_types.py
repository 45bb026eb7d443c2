"""Check that the arguments of scripted replies have the declared types."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict


def check_types(reply: type, arguments: Mapping[str, Any]) -> None:
    """Check the types of the arguments of a reply.

    Args:
        reply: The class, a dataclass.
        arguments: The arguments by name.

    Raises:
        ValueError: An argument has another type; the message names it.
    """
    try:
        _adapter(reply).validate_python(arguments)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = first["loc"][0]
        raise ValueError(f"{name}: {first['msg']}, got {arguments[str(name)]!r:.80}") from None


@cache
def _adapter(reply: type) -> TypeAdapter[Any]:
    hints = get_type_hints(reply)
    types = {field.name: hints[field.name] for field in fields(reply)}
    kind: Any = TypedDict("kind", types)  # type: ignore[misc]  # not literals
    return TypeAdapter(with_config(ConfigDict(strict=True, arbitrary_types_allowed=True))(kind))
