"""The errors of the hub, in the three body shapes it is known to use."""

from collections.abc import Mapping
from math import ceil
from typing import Any


class RefusalError(Exception):
    """An answer with an error status.

    Attributes:
        status: HTTP status.
        body: JSON body.
        headers: Extra response headers.
    """

    def __init__(
        self, status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def bad_request(message: str, param: str | None = None, code: str | None = None) -> RefusalError:
    """Return a 400 in the OpenAI shape; `param` names the field at fault."""
    return _openai(400, message, "invalid_request_error", code, param)


def unknown_model(model: str) -> RefusalError:
    """Return the 404 for a model that is not served."""
    message = f"The model '{model}' does not exist"
    return _openai(404, message, "invalid_request_error", "model_not_found", "model")


def unknown_path(path: str) -> RefusalError:
    """Return the 404 for a path that the hub does not have."""
    return _openai(404, f"Not Found: {path}", "not_found_error", None, None)


def unauthorised() -> RefusalError:
    """Return the gateway's 401, in the native IONOS shape."""
    message = "Unauthorized, wrong or no api key provided to process this request"
    return RefusalError(
        401,
        {"httpStatus": 401, "messages": [{"errorCode": "paas-auth-1", "message": message}]},
    )


def rate_limited(seconds: float) -> RefusalError:
    """Return a 429 that asks to wait for `seconds`, rounded up to whole ones."""
    refusal = _openai(429, "Rate limit exceeded", "requests", "rate_limit_exceeded", None)
    refusal.headers["Retry-After"] = str(max(1, ceil(seconds)))
    return refusal


def gateway_failure(message: str) -> RefusalError:
    """Return a 500 in the shape in which the gateway wraps failures behind it."""
    return RefusalError(500, {"error": {"httpStatus": 500, "message": message}})


def _openai(
    status: int, message: str, kind: str, code: str | None, param: str | None
) -> RefusalError:
    error = {"message": message, "type": kind, "code": code, "param": param}
    return RefusalError(status, {"error": error})
