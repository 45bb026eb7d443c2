"""Options of one call that are not part of its body: headers, query parameters and timeouts."""

from __future__ import annotations

import re
from collections.abc import ItemsView, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from ionos_model_hub.errors import InvalidRequestError

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_RESERVED_HEADERS = frozenset(
    {
        *("authorization", "host", "content-length", "content-type", "accept-encoding"),
        *("connection", "transfer-encoding", "upgrade", "te", "trailer", "expect"),
    }
)
_TIMEOUT_HINT = "Pass seconds, a tuple (connect, read), or an httpx.Timeout."

OPTION_NAMES = frozenset({"extra_headers", "extra_query", "timeout"})


@dataclass(frozen=True, slots=True)
class CallOptions:
    """Options of one call other than its body; they take precedence over the client's settings.

    Attributes:
        headers: Additional headers, with lower-case names.
        query: Additional query parameters.
        timeout: Seconds, as the setting `timeout`; None if unspecified.
        connect_timeout: Seconds, as the setting `connect_timeout`; None if unspecified.

    Example:
        >>> CallOptions.of({"timeout": (2, 30)}).connect_timeout
        2.0
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    timeout: float | None = None
    connect_timeout: float | None = None

    @classmethod
    def of(cls, options: Mapping[str, object]) -> CallOptions:
        """Return the values of `extra_headers`, `extra_query` and `timeout` among some options.

        Raises:
            InvalidRequestError: One of them is invalid.
        """
        given = {name: options[name] for name in OPTION_NAMES if options.get(name) is not None}
        if not given:
            return NO_OPTIONS
        connect, read = parse_timeout(given.get("timeout"))
        return cls(
            _headers(given.get("extra_headers", {})),
            _query(given.get("extra_query", {})),
            read,
            connect,
        )


NO_OPTIONS = CallOptions()
"""The options of a call that has none."""


def parse_timeout(value: object) -> tuple[float | None, float | None]:
    """Return the timeouts (connect, read) in seconds; None if unspecified or unlimited.

    Args:
        value: Seconds, which apply to reading only; a tuple (connect, read) as in requests; an
            httpx.Timeout or an object with its attributes `connect` and `read`; or None.

    Raises:
        InvalidRequestError: The value is none of these, or not greater than 0.

    Example:
        >>> parse_timeout(30), parse_timeout((2, 30))
        ((None, 30.0), (2.0, 30.0))
    """
    if hasattr(value, "connect") and hasattr(value, "read"):
        return _seconds(value.connect), _seconds(value.read)
    if isinstance(value, tuple | list):
        if len(value) < 2:
            raise _invalid("timeout", f"timeout must have two items, got {value!r}.", _TIMEOUT_HINT)
        return _seconds(value[0]), _seconds(value[1])
    return None, _seconds(value)


def header_problem(name: object, value: object) -> str | None:
    """Return why a header is not allowed, or None if it is; the reason never contains its value.

    Example:
        >>> header_problem("Authorization", "Bearer x")
        "'Authorization' is set by this package and cannot be replaced."
    """
    if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
        return f"{name!r} is not a valid header name."
    if name.lower() in _RESERVED_HEADERS:
        return f"{name!r} is set by this package and cannot be replaced."
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        return f"The value of {name!r} must be printable ASCII text."
    return None


def _headers(given: object) -> Mapping[str, str]:
    headers = _items("extra_headers", given)
    for name, value in headers:
        if problem := header_problem(name, value):
            raise _invalid("extra_headers", f"extra_headers: {problem}")
    return {name.lower(): value for name, value in headers}


def _query(given: object) -> Mapping[str, str]:
    query = _items("extra_query", given)
    for name, value in query:
        if not isinstance(name, str) or not isinstance(value, str | int | float):
            message = f"extra_query: the value of {name!r} must be text or a number."
            raise _invalid("extra_query", message)
    return {name: _as_query_text(value) for name, value in query}


def _items(param: str, given: object) -> ItemsView[Any, Any]:
    if not isinstance(given, Mapping):
        raise _invalid(param, f"{param} must be a mapping, got {type(given).__name__}.")
    return given.items()


def _as_query_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < inf:
        return float(value)
    message = f"timeout must be a finite number of seconds greater than 0, got {value!r}."
    raise _invalid("timeout", message, _TIMEOUT_HINT)


def _invalid(param: str, message: str, hint: str | None = None) -> InvalidRequestError:
    return InvalidRequestError(message, hint=hint, param=param)
