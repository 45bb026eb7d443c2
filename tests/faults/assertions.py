"""Properties of every error of the packages, whatever caused it."""

import pickle
from collections.abc import Callable
from traceback import TracebackException
from typing import Any

import pytest
from faults.callers.caller import TEXTS, Caller
from faults.cases.case import Case
from faults.responses import IMAGE, TEXT, embeddings

from ionos_model_hub.errors import ModelHubError

CANARY = "eyJhbGciOiJub25l.canary-7f3a.c2ln"
"""An API key that must not appear anywhere."""

GOOD_RESULTS: dict[str, object] = {
    "chat": TEXT,
    "stream": TEXT,
    "embed": [entry["embedding"] for entry in embeddings(len(TEXTS))["data"]],
    "rerank": list(range(len(TEXTS))),
    "models": ["m"],
    "edit_image": IMAGE,
}


def assert_succeeds(caller: type[Caller], method: str, **options: Any) -> None:
    """Make a call and check that it returns everything that the server sent."""
    call: Callable[[], Any] = getattr(caller(api_key=CANARY, **options), method)
    result = call()
    assert ("".join(result) if method == "stream" else result) == GOOD_RESULTS[method]


def error_of_call(
    caller: type[Caller], method: str, base_url: str, **options: Any
) -> ModelHubError:
    """Make a call that must fail; check what all errors have in common, and return the error."""
    options = {"max_retries": 1, **options}
    call: Callable[[], object] = getattr(
        caller(api_key=CANARY, base_url=base_url, **options), method
    )
    with pytest.raises(ModelHubError) as caught:
        call()
    error = caught.value
    assert isinstance(error, caller.base_error)
    assert error.__context__ is None
    assert_pickles(error)
    assert_no_canary(error)
    return error


def assert_error_of_case(
    error: ModelHubError, case: Case, attempts: int, base_error: type[Exception] = ModelHubError
) -> None:
    """Check that an error matches its case, can be pickled, and does not contain the key.

    Args:
        error: The error of a call.
        case: The case.
        attempts: Number of requests that were sent.
        base_error: The class that the caller's framework requires of errors.
    """
    assert case.error is not None
    assert core_class(type(error)) is case.error
    assert isinstance(error, base_error)
    assert error.attempts == attempts
    assert (error.partial.text if error.partial else "") == case.partial
    assert error.retry_after == case.retry_after
    assert error.__cause__ is None
    assert error.__context__ is None
    assert_pickles(error)
    assert_no_canary(error)


def assert_pickles(error: ModelHubError) -> None:
    """Check that pickling changes nothing of an error."""
    copied = pickle.loads(pickle.dumps(error))
    assert type(copied) is type(error)
    assert str(copied) == str(error)
    assert copied.partial == error.partial
    assert copied.attempts == error.attempts


def core_class(error_type: type[BaseException]) -> type[BaseException]:
    """Return the core's class of an error; adapters derive from it and their framework's."""
    return next(base for base in error_type.__mro__ if base.__module__ == ModelHubError.__module__)


def assert_no_canary(error: BaseException) -> None:
    """Check that the key is not in any text that people print, send or store of an error."""
    trace = TracebackException.from_exception(error, capture_locals=True)
    texts = [str(error), repr(error), repr(vars(error)), "".join(trace.format())]
    assert not [text for text in texts if CANARY in text]
    assert CANARY.encode() not in pickle.dumps(error)
