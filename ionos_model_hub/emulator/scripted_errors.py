"""Errors of the hub by name, for scripted replies."""

from collections.abc import Callable
from typing import Literal

from ionos_model_hub.emulator.errors import (
    ApiError,
    FixedBodyError,
    bad_request,
    gateway_error,
    invalid_parameter,
    model_not_found,
    rate_limited,
    unauthorised,
)
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.profiles import Profile

ErrorName = Literal[
    "unauthorised",
    "forbidden",
    "bad_request",
    "context_overflow",
    "model_not_found",
    "rate_limited",
    "overloaded",
    "server_error",
    "gateway_error",
    "bad_gateway",
    "unavailable",
    "timeout",
]

_GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"


class HtmlError(FixedBodyError):
    """An error whose body is an HTML page of the gateway.

    Attributes:
        page: The page.
    """

    page = _GATEWAY_PAGE


def _native(status: int, message: str) -> FixedBodyError:
    body: Json = {"httpStatus": status, "messages": [{"errorCode": "paas", "message": message}]}
    return FixedBodyError(status, body)


def _server_error(status: int, message: str) -> ApiError:
    return ApiError(status, message, kind="server_error")


def _context_overflow() -> ApiError:
    message = (
        "This model's maximum context length is 131072 tokens. However, your prompt contains at "
        "least 131073 input tokens, which exceeds this limit even without any output tokens. "
        "Please reduce the length of the input prompt."
    )
    return invalid_parameter(message, "input_tokens", 131_073)


_ERRORS: dict[str, Callable[[Profile], ApiError]] = {
    "unauthorised": unauthorised,
    "forbidden": lambda _: _native(403, "Forbidden"),
    "bad_request": lambda _: bad_request("The request is invalid"),
    "context_overflow": lambda _: _context_overflow(),
    "model_not_found": lambda _: model_not_found("unknown", "model"),
    "rate_limited": lambda _: rate_limited(1),
    "overloaded": lambda _: _server_error(529, "The platform is overloaded"),
    "server_error": lambda _: _server_error(500, "Internal server error"),
    "gateway_error": lambda _: gateway_error("Network error: EOF"),
    "bad_gateway": lambda _: HtmlError(502, {}),
    "unavailable": lambda _: _server_error(503, "Service unavailable"),
    "timeout": lambda _: _server_error(504, "Gateway timeout"),
}


def scripted_error(name: str, profile: Profile, retry_after: float | None) -> ApiError:
    """Return an error by name.

    Args:
        name: One of `ErrorName`.
        profile: Profile whose body shapes are used.
        retry_after: Value of `Retry-After` in seconds; by default only `rate_limited` has one.
    """
    error = _ERRORS[name](profile)
    if retry_after is not None:
        error.headers["Retry-After"] = f"{retry_after:g}"
    return error
