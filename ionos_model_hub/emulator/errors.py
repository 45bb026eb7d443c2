"""Errors of the hub, in the three body shapes that it is known to use."""

from collections.abc import Mapping
from math import ceil
from typing import Any


class ApiError(Exception):
    """A response with an error status.

    Attributes:
        status: HTTP status.
        body: JSON body.
        headers: Additional response headers.
    """

    def __init__(
        self, status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def bad_request(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """Return a 400 in the OpenAI shape; `param` names the invalid field."""
    return _openai_error(400, message, "invalid_request_error", code, param)


def model_not_found(model: str) -> ApiError:
    """Return the 404 for a model that is not served."""
    message = f"The model '{model}' does not exist"
    return _openai_error(404, message, "invalid_request_error", "model_not_found", "model")


def path_not_found(path: str) -> ApiError:
    """Return the 404 for a path that does not exist."""
    return _openai_error(404, f"Not Found: {path}", "not_found_error", None, None)


def unauthorised() -> ApiError:
    """Return the 401 of the gateway, in the native IONOS shape."""
    message = "Unauthorized, wrong or no api key provided to process this request"
    messages = [{"errorCode": "paas-auth-1", "message": message}]
    return ApiError(401, {"httpStatus": 401, "messages": messages})


def rate_limited(seconds: float) -> ApiError:
    """Return a 429 whose `Retry-After` is `seconds`, rounded up."""
    error = _openai_error(429, "Rate limit exceeded", "requests", "rate_limit_exceeded", None)
    error.headers["Retry-After"] = str(max(1, ceil(seconds)))
    return error


def gateway_error(message: str) -> ApiError:
    """Return a 500 in the shape that the gateway uses for errors of the servers behind it."""
    return ApiError(500, {"error": {"httpStatus": 500, "message": message}})


def _openai_error(
    status: int, message: str, kind: str, code: str | None, param: str | None
) -> ApiError:
    error = {"message": message, "type": kind, "code": code, "param": param}
    return ApiError(status, {"error": error})
