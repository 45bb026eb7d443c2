"""Read fields of decoded JSON, tolerating absent or mistyped values where callers can continue."""

from collections.abc import Mapping
from math import inf

from pydantic import JsonValue

from ionos_model_hub.errors import ResponseError


def as_dict(value: JsonValue) -> dict[str, JsonValue]:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def get_objects(body: JsonValue, field: str) -> list[dict[str, JsonValue]]:
    """Return a list of objects; raises ResponseError if the field is anything else."""
    listed = as_dict(body).get(field)
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise ResponseError(f"The response has no list {field!r}.")
    return listed  # type: ignore[return-value]  # checked one line above


def get_str(entry: Mapping[str, JsonValue], field: str) -> str:
    """Return a string field, "" if it is absent or of another type."""
    value = entry.get(field)
    return value if isinstance(value, str) else ""


def get_int(entry: Mapping[str, JsonValue], field: str, default: int = 0) -> int:
    """Return an integer field, `default` if it is absent or of another type."""
    value = entry.get(field)
    return value if isinstance(value, int) else default


def get_number(entry: Mapping[str, JsonValue], field: str) -> float:
    """Return a finite number; raises ResponseError if the field is anything else."""
    value = entry.get(field)
    if isinstance(value, int | float) and -inf < value < inf:
        return value
    raise ResponseError(f"The response has no number {field!r}.")
