"""Every exception that this package raises.

    ModelHubError
     ├── ConfigurationError        a setting is missing or invalid (also a ValueError)
     ├── InvalidRequestError       a request would violate the contract (also a ValueError)
     ├── APIError                  the API returned an error
     │    ├── BadRequestError          400, 413, 422 and other 4xx
     │    │    └── ContextOverflowError    the prompt exceeds the model's context window
     │    ├── AuthenticationError      401
     │    ├── PermissionDeniedError    403
     │    ├── NotFoundError            404
     │    ├── RateLimitError           429
     │    └── ServerError              5xx
     ├── TransportError            no complete response arrived
     │    ├── ConnectionFailedError    the connection could not be made, or it broke
     │    └── RequestTimeoutError      `timeout` or `deadline` expired
     └── ResponseError             the response violates the contract
          └── IncompleteStreamError    a stream ended early; `partial` holds the received part

All of them can be pickled. None of them contains an API key: received text is scrubbed first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from ionos_model_hub.wire.response_types import ChatCompletion, Completion

ErrorT = TypeVar("ErrorT", bound="ModelHubError")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The HTTP response that caused an error, scrubbed and bounded.

    Tracing tools read attributes of these names.

    Attributes:
        status_code: HTTP status.
        headers: Response headers without cookies.
        text: The first 64 KiB of the body.

    Example:
        >>> ErrorBody(404, text='{"message": "No such model."}').json()["message"]
        'No such model.'
    """

    status_code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    def json(self) -> Any:
        """Return the parsed body.

        Raises:
            ValueError: The body is not JSON.
        """
        from pydantic_core import from_json

        return from_json(self.text)


class ModelHubError(Exception):
    """Base class of all errors of this package.

    Attributes:
        message: Description of the problem in one or two sentences.
        hint: How to solve it, or None.
        param: The setting or request field that caused it, if known.
        status_code: HTTP status, or None if no response arrived.
        code: Error code of the API (`errorCode` or `error.code`).
        request_id: The response's `x-trace-id`. IONOS support asks for it.
        retry_after: Number of seconds to wait, as requested by the server.
        attempts: Number of requests sent for this call.
        response: The scrubbed response.
        partial: The part of a stream that arrived before it failed.

    Example:
        >>> error = ModelHubError("It failed.", hint="Try again.", status_code=503)
        >>> str(error)
        'It failed. (status 503) Try again.'
    """

    retryable = False

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        param: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        attempts: int = 0,
        response: ErrorBody | None = None,
        partial: ChatCompletion | Completion | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.param = param
        self.status_code = status_code
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.attempts = attempts
        self.response = response
        self.partial = partial

    def scrub(self, clean: Callable[[str], str]) -> Self:
        """Remove secrets by applying `clean` to all text that the server may have sent."""
        self.message = clean(self.message)
        self.args = (self.message,)
        for name in ("param", "code", "request_id"):
            if text := getattr(self, name):
                setattr(self, name, clean(text))
        return self

    def convert(self, kind: type[ErrorT]) -> ErrorT:
        """Return a new error of another class with the same message and attributes."""
        return _rebuild(kind, self.message, self.__dict__)

    def __str__(self) -> str:
        facts = {"status": self.status_code, "code": self.code, "trace id": self.request_id}
        details = ", ".join(f"{name} {value}" for name, value in facts.items() if value)
        parts = [self.message, f"({details})" if details else "", self.hint or ""]
        return " ".join(part for part in parts if part)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.__dict__)


def _rebuild(kind: type[ErrorT], message: str, state: dict[str, Any]) -> ErrorT:
    error = kind(message)
    error.__dict__.update(state)
    return error


class ConfigurationError(ModelHubError, ValueError):
    """A setting is missing or invalid; nothing was sent. `param` names it."""


class InvalidRequestError(ModelHubError, ValueError):
    """A request would violate the API's contract; nothing was sent. `param` names the field."""


class APIError(ModelHubError):
    """The API returned an error status, or an error in a response with status 200."""


class BadRequestError(APIError):
    """The API rejected the request (400, 413, 422 and other 4xx)."""


class ContextOverflowError(BadRequestError):
    """The prompt exceeds the model's context window."""


class AuthenticationError(APIError):
    """The API did not accept the token (401)."""


class PermissionDeniedError(APIError):
    """The token lacks the permission for this request (403)."""


class NotFoundError(APIError):
    """The model or path does not exist (404)."""


class RateLimitError(APIError):
    """The contract's rate limit is exhausted (429)."""

    retryable = True


class ServerError(APIError):
    """The server failed (5xx)."""

    retryable = True


class TransportError(ModelHubError):
    """No complete response arrived."""

    retryable = True


class ConnectionFailedError(TransportError):
    """The connection could not be made, or it broke."""


class RequestTimeoutError(TransportError):
    """The server sent no usable data within `timeout`, or the call exceeded its `deadline`."""


class ResponseError(ModelHubError):
    """A response violates the API's contract."""


class IncompleteStreamError(ResponseError):
    """A stream ended before its last event; `partial` holds the part that arrived."""

    retryable = True


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return a question that suggests the closest known name, or None if none is close.

    Example:
        >>> did_you_mean("tempratur", ["temperature", "top_p"])
        "Did you mean 'temperature'?"
    """
    close = get_close_matches(name, list(known), n=1)
    return f"Did you mean {close[0]!r}?" if close else None
