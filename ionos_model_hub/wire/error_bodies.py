"""Turn error responses into exceptions.

The hub's errors have three shapes: `{"error": {message, type, code, param}}` (the published
one), `{"httpStatus", "messages": [{errorCode, message}]}` (sent by the gateway today), and
`{"error": {"httpStatus", "message"}}` (the gateway wrapping a backend). Backends and proxies add
a top-level `message`, `{"object": "error", …}`, `detail` as text or as FastAPI's list, plain text
and HTML.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import NamedTuple

from pydantic import JsonValue
from pydantic_core import from_json

from ionos_model_hub import errors
from ionos_model_hub.errors import APIError, ErrorBody
from ionos_model_hub.wire.error_hints import (
    find_hint,
    is_caused_by_request,
    is_context_overflow,
)

MAX_ERROR_BODY = 64 * 1024
_MAX_SHOWN = 500
_NO_EXPLANATION = "The hub reported an error without an explanation."

_BY_STATUS: dict[int, type[APIError]] = {
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    429: errors.RateLimitError,
}
_TEMPORARY = frozenset({408, 409, 425})  # unlike other 4xx
_PERMANENT = frozenset({501, 505, 511})  # unlike other 5xx
_NO_RETRY_CODES = ("insufficient_quota", "billing")


class _ErrorFields(NamedTuple):
    """The content of an error body, whatever its shape."""

    message: str
    code: str | None = None
    param: str | None = None
    status: int | None = None
    kind: str | None = None


def error_from_response(
    status: int,
    headers: Mapping[str, str],
    body: str,
    *,
    path: str = "",
    received_at: float | None = None,
) -> APIError:
    """Return the exception for a response with an unexpected status.

    Args:
        status: HTTP status.
        headers: Response headers with lower-case names.
        body: The body, or the beginning of a long one.
        path: Path of the request below the base URL; it decides which hint applies.
        received_at: Unix time of the response, for a Retry-After date without a `Date` header.
    """
    text = body[:MAX_ERROR_BODY]
    fields = _parse(text) or _ErrorFields(_describe_plain_body(status, text, headers))
    error = _build(status, fields, headers, path, received_at)
    visible = {name: value for name, value in headers.items() if name != "set-cookie"}
    error.response = ErrorBody(status, visible, text)
    return error


def error_in(body: dict[str, JsonValue], headers: Mapping[str, str]) -> APIError | None:
    """Return the exception for an error inside a successful response, or in a stream."""
    if not (body.get("error") or "httpStatus" in body or body.get("object") == "error"):
        return None
    fields = _read_fields(body) or _ErrorFields(_NO_EXPLANATION)
    return _build(fields.status or 500, fields, headers)


def error_from_event(data: str) -> APIError:
    """Return the exception for a stream's event of type `error`."""
    fields = _parse(data) or _ErrorFields(_describe_plain_body(500, data, {}))
    return _build(fields.status or 500, fields, {})


def _build(
    status: int,
    fields: _ErrorFields,
    headers: Mapping[str, str],
    path: str = "",
    received_at: float | None = None,
) -> APIError:
    kind = _select_class(status, f"{fields.message} {fields.code} {fields.kind}")
    error = kind(
        fields.message,
        param=fields.param,
        status_code=status,
        code=fields.code,
        request_id=headers.get("x-trace-id"),
        retry_after=retry_after(headers, received_at),
    )
    error.hint = find_hint(error, path)
    error.retryable = _is_retryable(error, headers)
    return error


def _select_class(status: int, text: str) -> type[APIError]:
    if status >= 500:
        return errors.ServerError
    if status in (400, 413, 422) and is_context_overflow(text):
        return errors.ContextOverflowError
    if 300 <= status < 400:
        return APIError
    return _BY_STATUS.get(status, errors.BadRequestError)


def _is_retryable(error: APIError, headers: Mapping[str, str]) -> bool:
    if headers.get("x-should-retry") in ("true", "false"):
        return headers["x-should-retry"] == "true"
    if is_caused_by_request(error.message) or error.code in _NO_RETRY_CODES:
        return False
    if error.status_code in _TEMPORARY:
        return True
    return type(error).retryable and error.status_code not in _PERMANENT


def _parse(text: str) -> _ErrorFields | None:
    try:
        return _read_fields(from_json(text))
    except ValueError:
        return None


def _read_fields(body: JsonValue) -> _ErrorFields | None:
    if not isinstance(body, dict):
        return None
    inner = body.get("error", body)
    if isinstance(inner, str):
        return _ErrorFields(inner)
    if not isinstance(inner, dict):
        return None
    messages = _dicts(inner.get("messages"))
    details = _dicts(inner.get("detail"))
    message = _read_message(inner, messages, details)
    if not message:
        return None
    codes = [_string(entry.get("errorCode")) for entry in messages] or [_string(inner.get("code"))]
    status = inner.get("httpStatus", inner.get("code"))
    return _ErrorFields(
        message,
        next((code for code in codes if code), None),
        _string(inner.get("param")) or next(map(_detail_path, details), None),
        status if isinstance(status, int) and 400 <= status < 600 else None,
        _string(inner.get("type")),
    )


def _read_message(
    inner: dict[str, JsonValue],
    messages: list[dict[str, JsonValue]],
    details: list[dict[str, JsonValue]],
) -> str | None:
    return (
        _join(entry.get("message") for entry in messages)
        or _string(inner.get("message"))
        or _string(inner.get("detail"))
        or _join(map(_describe_detail, details))
    )


def _dicts(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _join(texts: Iterable[JsonValue]) -> str:
    return "; ".join(text for text in texts if isinstance(text, str) and text)


def _string(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _describe_detail(detail: dict[str, JsonValue]) -> str | None:
    """Return the text of an entry of FastAPI's `detail`, with its path."""
    path, message = _detail_path(detail), _string(detail.get("msg"))
    return f"{path}: {message}" if path and message else message


def _detail_path(detail: dict[str, JsonValue]) -> str | None:
    """Return the field that FastAPI names by a list such as `["body", "input", 3]`."""
    loc = detail.get("loc")
    steps = [str(step) for step in loc if step != "body"] if isinstance(loc, list) else []
    return ".".join(steps) or None


def _describe_plain_body(status: int, text: str, headers: Mapping[str, str]) -> str:
    """Return a message for a body that is not a JSON error: HTML, plain text or nothing."""
    if 300 <= status < 400:
        return "The server redirects to another URL. Redirects are not followed, for security."
    if "html" in headers.get("content-type", "") or text.lstrip().startswith("<"):
        title = re.search(r"<title>([^<]{1,200})", text, re.IGNORECASE)
        return f"A proxy or gateway returned a web page: {title[1] if title else 'untitled'}."
    return text.strip()[:_MAX_SHOWN] or _NO_EXPLANATION


def retry_after(headers: Mapping[str, str], received_at: float | None = None) -> float | None:
    """Return the seconds to wait before a retry, or None if unspecified or unreadable.

    `retry-after-ms` and `Retry-After` are read. A date is relative to the response's own `Date`,
    so that the local clock does not matter, or else to `received_at`.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        return seconds if isfinite(seconds) and seconds >= 0 else None
    try:
        until = _parse_date(headers["retry-after"])
        now = _response_date(headers, received_at)
    except (KeyError, ValueError, OverflowError):
        return None
    return max(0.0, (until - now).total_seconds())


def _response_date(headers: Mapping[str, str], received_at: float | None) -> datetime:
    if "date" not in headers and received_at is not None:
        return datetime.fromtimestamp(received_at, UTC)
    return _parse_date(headers["date"])


def _parse_date(date: str) -> datetime:
    """Parse an HTTP date; the oldest of its three forms has no time zone."""
    parsed = parsedate_to_datetime(date)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
