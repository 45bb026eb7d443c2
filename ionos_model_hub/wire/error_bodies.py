"""From an error answer to the right exception.

The hub's errors come in three shapes: `{"error": {message, type, code, param}}` (the published
one), `{"httpStatus", "messages": [{errorCode, message}]}` (what the gateway sends today), and
`{"error": {"httpStatus", "message"}}` (the gateway wrapping a backend). Proxies on the way add
plain text and HTML.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

from pydantic import JsonValue
from pydantic_core import from_json

from ionos_model_hub import catalogue, errors
from ionos_model_hub.errors import APIError, ErrorBody

MAX_ERROR_BODY = 64 * 1024
_SHOWN = 500
_UNEXPLAINED = "The hub answered with an error and no explanation."

_BY_STATUS: dict[int, type[APIError]] = {
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    429: errors.RateLimitError,
}
_TEMPORARY = frozenset({408, 409, 425})

_CONTEXT_OVERFLOW = re.compile(
    r"maximum context length|context_length_exceeded|longer than the (model's )?context"
    r"|exceeds the (maximum allowed input|model's context) length|you passed \d+ input tokens"
    r"|input (is|was) too long|prompt is too long",
    re.IGNORECASE,
)
_CALLERS_MISTAKE = re.compile(r"cannot unmarshal", re.IGNORECASE)

_HINTS: tuple[tuple[type[APIError], re.Pattern[str], str], ...] = (
    (
        errors.ServerError,
        _CALLERS_MISTAKE,
        "The hub's gateway could not read its backend's answer; base64 embeddings do this. "
        "Ask for encoding_format='float'.",
    ),
    (
        errors.BadRequestError,
        re.compile(r"invalid-image-size", re.IGNORECASE),
        "Use size='1024x1024'; FLUX.1-schnell makes no other.",
    ),
    (
        errors.BadRequestError,
        re.compile(r"reasoning_effort", re.IGNORECASE),
        "Each model takes its own values of reasoning_effort; see the catalogue.",
    ),
    (
        errors.ContextOverflowError,
        re.compile(""),
        "Shorten the conversation, or take a model with a longer context.",
    ),
    (
        errors.AuthenticationError,
        re.compile(""),
        "Check the token: it starts with 'eyJ', it may have expired, and it is made in the DCD "
        "under Management > Token Manager. Set it as IONOS_API_KEY.",
    ),
    (
        errors.NotFoundError,
        re.compile(r"\bmodel\b", re.IGNORECASE),
        "See `ionos-model-hub models` for what is served; models are retired over time.",
    ),
    (errors.NotFoundError, re.compile(""), "Check that base_url ends in /v1."),
    (
        errors.RateLimitError,
        re.compile(""),
        "The limit counts per contract, over all its tokens; lower requests_per_second.",
    ),
)


@dataclass(frozen=True, slots=True)
class _Told:
    """What an error body says, whatever its shape."""

    message: str
    code: str | None = None
    param: str | None = None
    status: int | None = None


def error_from_response(status: int, headers: Mapping[str, str], body: str) -> APIError:
    """Return the exception for an answer whose status is not 200.

    Args:
        status: HTTP status.
        headers: Response headers with lower-case names.
        body: The body, or the beginning of a long one.
    """
    text = body[:MAX_ERROR_BODY]
    told = _told_in(text) or _Told(_plain(status, text, headers))
    response = ErrorBody(status, {k: v for k, v in headers.items() if k != "set-cookie"}, text)
    return _build(status, told, headers, response)


def error_in(answer: dict[str, JsonValue], headers: Mapping[str, str]) -> APIError | None:
    """Return the exception for an error that came inside a 200 or as a stream's event."""
    if not answer.get("error") and "httpStatus" not in answer:
        return None
    told = _told(answer) or _Told(_UNEXPLAINED)
    return _build(told.status or 500, told, headers, None)


def error_event(data: str) -> APIError:
    """Return the exception for a stream's event of type `error`."""
    told = _told_in(data) or _Told(_plain(500, data, {}))
    return _build(told.status or 500, told, {}, None)


def _build(
    status: int, told: _Told, headers: Mapping[str, str], response: ErrorBody | None
) -> APIError:
    kind = _kind(status, f"{told.message} {told.code}")
    error = kind(
        told.message,
        param=told.param,
        status_code=status,
        code=told.code,
        request_id=headers.get("x-trace-id"),
        retry_after=retry_after(headers),
        response=response,
    )
    error.hint = _hint(error)
    error.retryable = _is_retryable(error, headers)
    return error


def _hint(error: APIError) -> str | None:
    if isinstance(error, errors.NotFoundError):
        for model in catalogue.MODELS:
            if model.retired_on and model.id in error.message:
                return f"{model.id} was retired on {model.retired_on}; use {model.successor}."
    fitting = (
        hint
        for kind, pattern, hint in _HINTS
        if isinstance(error, kind) and pattern.search(error.message)
    )
    return next(fitting, None)


def _kind(status: int, text: str) -> type[APIError]:
    if status >= 500:
        return errors.ServerError
    if status in (400, 413, 422) and _CONTEXT_OVERFLOW.search(text):
        return errors.ContextOverflowError
    if 300 <= status < 400:
        return APIError
    return _BY_STATUS.get(status, errors.BadRequestError)


def _is_retryable(error: APIError, headers: Mapping[str, str]) -> bool:
    if headers.get("x-should-retry") in ("true", "false"):
        return headers["x-should-retry"] == "true"
    if _CALLERS_MISTAKE.search(error.message) or error.code in ("insufficient_quota", "billing"):
        return False
    if error.status_code in _TEMPORARY:
        return True
    return type(error).retryable and error.status_code not in (501, 505, 511)


def _told_in(text: str) -> _Told | None:
    try:
        return _told(from_json(text))
    except ValueError:
        return None


def _told(answer: JsonValue) -> _Told | None:
    if not isinstance(answer, dict):
        return None
    inner = answer.get("error", answer)
    if isinstance(inner, str):
        return _Told(inner)
    if not isinstance(inner, dict):
        return None
    status = inner.get("httpStatus", inner.get("code"))
    messages = inner.get("messages")
    listed = [m for m in messages if isinstance(m, dict)] if isinstance(messages, list) else []
    told = [_string(m.get("message")) for m in listed] or [
        _string(inner.get("message")) or _string(inner.get("detail"))
    ]
    codes = [_string(m.get("errorCode")) for m in listed] or [_string(inner.get("code"))]
    message = "; ".join(part for part in told if part)
    if not message:
        return None
    return _Told(
        message,
        next((code for code in codes if code), None),
        _string(inner.get("param")),
        status if isinstance(status, int) and 400 <= status < 600 else None,
    )


def _string(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _plain(status: int, text: str, headers: Mapping[str, str]) -> str:
    """Return a message for a body that is no JSON error: HTML, plain text or nothing."""
    if 300 <= status < 400:
        return "The server redirects elsewhere; redirects are not followed, to keep the key safe."
    if "html" in headers.get("content-type", "") or text.lstrip().startswith("<"):
        title = re.search(r"<title>([^<]{1,200})", text, re.IGNORECASE)
        return f"A proxy or gateway answered with a web page: {title[1] if title else 'untitled'}."
    return text.strip()[:_SHOWN] or _UNEXPLAINED


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds the server asks to wait, or None where it does not say so legibly.

    Read are `retry-after-ms`, and `Retry-After` as seconds or as an HTTP date; a date counts
    from the answer's own `Date`, so the local clock does not matter.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        return seconds if isfinite(seconds) and seconds >= 0 else None
    try:
        until = _moment(headers["retry-after"])
        return max(0.0, (until - _moment(headers["date"])).total_seconds())
    except (KeyError, ValueError, OverflowError):
        return None


def _moment(date: str) -> datetime:
    """Return an HTTP date; the oldest of its three forms names no zone."""
    moment = parsedate_to_datetime(date)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
