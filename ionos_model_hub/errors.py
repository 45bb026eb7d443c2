"""Every exception this package raises.

    ModelHubError
     ├── ConfigurationError        a setting is missing or wrong (also a ValueError)
     ├── InvalidRequestError       an argument breaks the contract; nothing sent (also a ValueError)
     ├── APIError                  the hub answered with an error
     │    ├── BadRequestError          400, 413, 422 and other 4xx
     │    │    └── ContextOverflowError    the prompt is longer than the model's context
     │    ├── AuthenticationError      401
     │    ├── PermissionDeniedError    403
     │    ├── NotFoundError            404
     │    ├── RateLimitError           429
     │    └── ServerError              5xx
     ├── TransportError            no whole answer arrived
     │    ├── ConnectionFailedError    no connection, or it broke
     │    └── RequestTimeoutError      silence for longer than `timeout`, or past the deadline
     └── ResponseError             an answer arrived that breaks the contract
          └── IncompleteStreamError    a stream ended early; `partial` holds what had arrived

All of them pickle, and none of them holds a key: text from the wire is scrubbed before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from ionos_model_hub.wire.response_types import ChatCompletion, Completion


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The answer behind an error, as tracing tools expect to find it: scrubbed and bounded.

    Attributes:
        status_code: HTTP status.
        headers: Response headers, without cookies.
        text: The body, at most 64 KiB of it.
    """

    status_code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    def json(self) -> Any:
        """Return the parsed body; raises ValueError where it is not JSON."""
        from pydantic_core import from_json

        return from_json(self.text)


class ModelHubError(Exception):
    """Base of all errors of this package.

    Attributes:
        message: What went wrong, in one or two sentences.
        hint: What to do about it, or None.
        param: The request field at fault, where known.
        status_code: HTTP status, or None where no answer arrived.
        code: The hub's own error code (`errorCode` or `error.code`).
        request_id: The hub's `x-trace-id`, which its support asks for.
        retry_after: Seconds the hub asked to wait.
        attempts: Requests sent for this call.
        response: The scrubbed answer.
        partial: What a broken stream had delivered.

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
        """Run `clean` over all that may have come from the wire, to blot out secrets."""
        self.message = clean(self.message)
        self.args = (self.message,)
        for name in ("param", "code", "request_id"):
            if text := getattr(self, name):
                setattr(self, name, clean(text))
        return self

    def __str__(self) -> str:
        facts = {"status": self.status_code, "code": self.code, "trace id": self.request_id}
        told = ", ".join(f"{name} {value}" for name, value in facts.items() if value)
        parts = [self.message, f"({told})" if told else "", self.hint or ""]
        return " ".join(part for part in parts if part)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.__dict__)


def _rebuild(kind: type[ModelHubError], message: str, state: dict[str, Any]) -> ModelHubError:
    error = kind(message)
    error.__dict__.update(state)
    return error


class ConfigurationError(ModelHubError, ValueError):
    """A setting is missing or wrong; nothing was sent."""


class InvalidRequestError(ModelHubError, ValueError):
    """An argument breaks the API's contract; nothing was sent. `param` names it."""


class APIError(ModelHubError):
    """The hub answered with an error status, or with an error inside a 200."""


class BadRequestError(APIError):
    """The hub refused the request (400, 413, 422 and other 4xx)."""


class ContextOverflowError(BadRequestError):
    """The prompt is longer than the model's context window."""


class AuthenticationError(APIError):
    """The hub does not know the token (401)."""


class PermissionDeniedError(APIError):
    """The token may not do this (403)."""


class NotFoundError(APIError):
    """No such model or path (404)."""


class RateLimitError(APIError):
    """The contract's rate limit is used up (429)."""

    retryable = True


class ServerError(APIError):
    """The hub failed (5xx)."""

    retryable = True


class TransportError(ModelHubError):
    """No whole answer arrived."""

    retryable = True


class ConnectionFailedError(TransportError):
    """The connection could not be made, or it broke."""


class RequestTimeoutError(TransportError):
    """The hub was silent for longer than `timeout`, or the call took longer than `deadline`."""


class ResponseError(ModelHubError):
    """An answer arrived that is not what the contract promises."""


class IncompleteStreamError(ResponseError):
    """A stream ended before its last event; `partial` holds what had arrived."""

    retryable = True


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return a question with the known name that is closest, or None where none is close.

    Example:
        >>> did_you_mean("tempratur", ["temperature", "top_p"])
        "Did you mean 'temperature'?"
    """
    close = get_close_matches(name, list(known), n=1)
    return f"Did you mean {close[0]!r}?" if close else None
