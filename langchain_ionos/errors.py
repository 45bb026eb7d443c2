"""The errors of the core as errors of LangChain.

Each class here has two bases: the error of `ionos_model_hub` that describes the problem, and the
error of `langchain_core.exceptions` that middleware for retries, fallbacks and summarization
handles.

Errors that no retry can solve are `ValueError`s as well, because LangGraph's default `RetryPolicy`
retries every exception except some built-in ones, `ValueError` among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core import exceptions as lc

from ionos_model_hub import errors as hub


class IONOSError(hub.ModelHubError, lc.ModelError):
    """An error without a more specific class."""


class IONOSConfigurationError(hub.ConfigurationError, lc.ModelInvalidRequestError):
    """A setting is missing or invalid; nothing was sent. `param` names it."""


class IONOSInvalidRequestError(hub.InvalidRequestError, lc.ModelInvalidRequestError):
    """A request would violate the API's contract; nothing was sent. `param` names the field."""


class IONOSAPIError(hub.APIError, lc.ModelAPIError):
    """The API returned an error status, or an error in a response with status 200."""


class IONOSBadRequestError(hub.BadRequestError, lc.ModelInvalidRequestError, ValueError):
    """The API rejected the request (400, 413, 422 and other 4xx)."""


class IONOSContextOverflowError(hub.ContextOverflowError, lc.ContextOverflowError, ValueError):
    """The prompt exceeds the model's context window."""


class IONOSAuthenticationError(hub.AuthenticationError, lc.ModelAuthenticationError, ValueError):
    """The API did not accept the token (401)."""


class IONOSPermissionDeniedError(
    hub.PermissionDeniedError, lc.ModelPermissionDeniedError, ValueError
):
    """The token lacks the permission for this request (403)."""


class IONOSNotFoundError(hub.NotFoundError, lc.ModelNotFoundError, ValueError):
    """The model or path does not exist (404)."""


class IONOSRateLimitError(hub.RateLimitError, lc.ModelRateLimitError):
    """The contract's rate limit is exhausted (429)."""


class IONOSServerError(hub.ServerError, lc.ModelAPIError):
    """The server failed (5xx)."""


class IONOSTransportError(hub.TransportError, lc.ModelConnectionError):
    """No complete response arrived."""


class IONOSConnectionError(hub.ConnectionFailedError, lc.ModelConnectionError):
    """The connection could not be made, or it broke."""


class IONOSTimeoutError(hub.RequestTimeoutError, lc.ModelTimeoutError):
    """The server sent no usable data within `timeout`, or the call exceeded its `deadline`."""


class IONOSResponseError(hub.ResponseError, lc.ModelAPIError):
    """A response violates the API's contract."""


class IONOSIncompleteStreamError(hub.IncompleteStreamError, lc.ModelConnectionError):
    """A stream ended before its last event; `partial` holds the part that arrived."""


_KINDS: dict[type[hub.ModelHubError], type[hub.ModelHubError]] = {
    kind.__mro__[1]: kind
    for kind in (
        IONOSError,
        IONOSConfigurationError,
        IONOSInvalidRequestError,
        IONOSAPIError,
        IONOSBadRequestError,
        IONOSContextOverflowError,
        IONOSAuthenticationError,
        IONOSPermissionDeniedError,
        IONOSNotFoundError,
        IONOSRateLimitError,
        IONOSServerError,
        IONOSTransportError,
        IONOSConnectionError,
        IONOSTimeoutError,
        IONOSResponseError,
        IONOSIncompleteStreamError,
    )
}


def as_langchain(error: hub.ModelHubError) -> hub.ModelHubError:
    """Return an error that is LangChain's `ModelError` as well, with the same attributes.

    `is_retryable` follows `retryable`, which the transport sets for each error.

    Example:
        >>> error = as_langchain(hub.RateLimitError("Too fast.", status_code=429))
        >>> isinstance(error, lc.ModelRateLimitError), isinstance(error, hub.RateLimitError)
        (True, True)
    """
    if isinstance(error, lc.ModelError):
        return error
    base = next(kind for kind in type(error).__mro__ if kind in _KINDS)
    converted = error.convert(_KINDS[base])
    vars(converted)["is_retryable"] = error.retryable
    return converted


@contextmanager
def langchain_errors() -> Iterator[None]:
    """Convert errors of the core that leave the block into errors of LangChain."""
    try:
        yield
    except hub.ModelHubError as error:
        converted = as_langchain(error)
        if converted is error:
            raise
        try:
            raise converted.with_traceback(error.__traceback__)
        except hub.ModelHubError:
            # Python has set the original error, which says the same, as its context.
            converted.__context__ = None
            raise
