"""Errors of the API, in the body shapes of the engine and of the hub."""

from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.profiles import HubQuirk, Profile

# Limits of validation errors, as in the engine.
_MAX_ERRORS = 10
_MAX_ERROR_LENGTH = 1000


class ApiError(Exception):
    """A response with an error status.

    Args:
        status: HTTP status.
        message: Text of the error.
        param: Name of the invalid parameter.
        kind: The engine's type of the error.
        code: The hub's code of the error.

    Attributes:
        status: HTTP status.
        message: Text of the error.
        param: Name of the invalid parameter.
        headers: Additional response headers.
    """

    def __init__(
        self,
        status: int,
        message: str,
        param: str | None = None,
        *,
        kind: str = "BadRequestError",
        code: str | None = None,
    ) -> None:
        super().__init__(status, message, param)
        self.status = status
        self.message = message
        self.param = param
        self.headers: dict[str, str] = {}
        self._kind = kind
        self._code = code

    def body(self, profile: Profile) -> Json:
        """Return the JSON body."""
        if HubQuirk.ERROR_SHAPE in profile.quirks:
            return {"error": self._hub_error()}
        error = {"message": self.message, "type": self._kind, "param": self.param}
        return {"error": {**error, "code": self.status}}

    def _hub_error(self) -> Json:
        kind = "invalid_request_error" if self.status in (400, 404) else self._kind
        param = self.param.removeprefix("body.") if self.param else None
        return {"message": self.message, "type": kind, "code": self._code, "param": param}


class FixedBodyError(ApiError):
    """A response with an error status and the same body in all profiles."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status, HTTPStatus(status).phrase)
        self._body = body

    def body(self, profile: Profile) -> Json:
        """Return the JSON body."""
        return self._body


def bad_request(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """Return a 400 without the value of the parameter."""
    return ApiError(400, message, param, code=code)


def invalid_parameter(message: str, param: str, value: object = None) -> ApiError:
    """Return a 400 whose message ends with the parameter and its value, unless it is None."""
    suffix = f", value={value!r}" if value is not None else ""
    return ApiError(400, f"{message} (parameter={param}{suffix})", param)


def model_not_found(model: object, param: str | None) -> ApiError:
    """Return the 404 for a model that is not served."""
    message = f"The model `{model}` does not exist."
    return ApiError(404, message, param, kind="NotFoundError", code="model_not_found")


def path_not_found(path: str, profile: Profile) -> ApiError:
    """Return the 404 for a path that does not exist."""
    if HubQuirk.UNKNOWN_PATH in profile.quirks:
        return ApiError(404, f"Not Found: {path}", kind="NotFoundError")
    return FixedBodyError(404, {"detail": "Not Found"})


def method_not_allowed(path: str, allowed: str, profile: Profile) -> ApiError:
    """Return the error for a path that exists for the method `allowed` only."""
    if HubQuirk.UNKNOWN_PATH in profile.quirks:
        return path_not_found(path, profile)
    error = FixedBodyError(405, {"detail": "Method Not Allowed"})
    error.headers["Allow"] = allowed
    return error


def unauthorised(profile: Profile) -> ApiError:
    """Return the 401 for a missing or wrong API key."""
    if HubQuirk.AUTHENTICATION not in profile.quirks:
        return FixedBodyError(401, {"error": "Unauthorized"})
    message = "Unauthorized, wrong or no api key provided to process this request"
    messages = [{"errorCode": "paas-auth-1", "message": message}]
    return FixedBodyError(401, {"httpStatus": 401, "messages": messages})


def rate_limited(seconds: float) -> ApiError:
    """Return a 429 whose `Retry-After` is `seconds`, rounded up."""
    error = ApiError(429, "Rate limit exceeded", kind="requests", code="rate_limit_exceeded")
    error.headers["Retry-After"] = str(max(1, ceil(seconds)))
    return error


def gateway_error(message: str) -> ApiError:
    """Return a 500 in the shape that the gateway uses for errors of the servers behind it."""
    return FixedBodyError(500, {"error": {"httpStatus": 500, "message": message}})


def validation_error(errors: list[Mapping[str, Any]]) -> ApiError:
    """Return a 400 for a body that does not match its schema, worded like the engine's."""
    label = "error" if len(errors) == 1 else "errors"
    lines = [f"{len(errors)} validation {label}:"]
    lines += [f"  {_limited(str(dict(error)))}" for error in errors[:_MAX_ERRORS]]
    if len(errors) > _MAX_ERRORS:
        lines.append(f"  ...and {len(errors) - _MAX_ERRORS} more {label}")
    return ApiError(400, "\n".join(lines), str(errors[0]["loc"]), kind="Bad Request")


def unsupported_media_type() -> ApiError:
    """Return the 400 for a body that is not declared as JSON, worded like the engine's."""
    reason = "Unsupported Media Type: Only 'application/json' is allowed"
    return ApiError(400, f"1 validation error:\n  {reason}", kind="Bad Request")


def _limited(text: str) -> str:
    return text if len(text) <= _MAX_ERROR_LENGTH else f"{text[:_MAX_ERROR_LENGTH]}...[truncated]"
