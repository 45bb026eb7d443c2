"""The transport's errors, seen also as LangChain's.

Each class here is two things at once: the error of `ionos_model_hub` that says what went wrong,
and the error of `langchain_core.exceptions` that retry, fallback and summarization middleware
look for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core import exceptions as lc

from ionos_model_hub import errors as hub


class IONOSError(hub.ModelHubError, lc.ModelError):
    """An error of the hub that no other class here describes."""


class IONOSConfigurationError(hub.ConfigurationError, lc.ModelInvalidRequestError):
    """A setting is missing or wrong; nothing was sent."""


class IONOSInvalidRequestError(hub.InvalidRequestError, lc.ModelInvalidRequestError):
    """An argument breaks the API's contract; nothing was sent. `param` names it."""


class IONOSAPIError(hub.APIError, lc.ModelAPIError):
    """The hub answered with an error status, or with an error inside a 200."""


class IONOSBadRequestError(hub.BadRequestError, lc.ModelInvalidRequestError):
    """The hub refused the request (400, 413, 422 and other 4xx)."""


class IONOSContextOverflowError(hub.ContextOverflowError, lc.ContextOverflowError):
    """The prompt is longer than the model's context window."""


class IONOSAuthenticationError(hub.AuthenticationError, lc.ModelAuthenticationError):
    """The hub does not know the token (401)."""


class IONOSPermissionDeniedError(hub.PermissionDeniedError, lc.ModelPermissionDeniedError):
    """The token may not do this (403)."""


class IONOSNotFoundError(hub.NotFoundError, lc.ModelNotFoundError):
    """No such model or path (404)."""


class IONOSRateLimitError(hub.RateLimitError, lc.ModelRateLimitError):
    """The contract's rate limit is used up (429)."""


class IONOSServerError(hub.ServerError, lc.ModelAPIError):
    """The hub failed (5xx)."""


class IONOSTransportError(hub.TransportError, lc.ModelConnectionError):
    """No whole answer arrived."""


class IONOSConnectionError(hub.ConnectionFailedError, lc.ModelConnectionError):
    """The connection could not be made, or it broke."""


class IONOSTimeoutError(hub.RequestTimeoutError, lc.ModelTimeoutError):
    """The hub was silent for longer than `timeout`, or the call took longer than `deadline`."""


class IONOSResponseError(hub.ResponseError, lc.ModelAPIError):
    """An answer arrived that is not what the contract promises."""


class IONOSIncompleteStreamError(hub.IncompleteStreamError, lc.ModelConnectionError):
    """A stream ended before its last event; `partial` holds what had arrived."""


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
    """Return the same error object, which is now LangChain's `ModelError` as well.

    The object keeps its traceback and attributes, so that no second exception hides the first.
    `is_retryable` says what the transport knows about trying again.

    Example:
        >>> error = as_langchain(hub.RateLimitError("Too fast.", status_code=429))
        >>> isinstance(error, lc.ModelRateLimitError), isinstance(error, hub.RateLimitError)
        (True, True)
    """
    if not isinstance(error, lc.ModelError):
        known = next(kind for kind in type(error).__mro__ if kind in _KINDS)
        error.__class__ = _KINDS[known]
        vars(error)["is_retryable"] = error.retryable
    return error


@contextmanager
def langchain_errors() -> Iterator[None]:
    """Let every error of the transport leave the block as LangChain's."""
    try:
        yield
    except hub.ModelHubError as error:
        as_langchain(error)
        raise
