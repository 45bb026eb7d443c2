"""What every error of the packages must be, whatever caused it."""

import pickle
from collections.abc import Callable
from traceback import TracebackException
from typing import Any

import pytest
from faults.answers import TEXT, embeddings
from faults.callers.caller import TEXTS, Caller
from faults.cases import Case

from ionos_model_hub.errors import ModelHubError

CANARY = "eyJhbGciOiJub25l.canary-7f3a.c2ln"

GOOD_RESULTS: dict[str, object] = {
    "chat": TEXT,
    "stream": TEXT,
    "embed": [entry["embedding"] for entry in embeddings(len(TEXTS))["data"]],
    "rerank": list(range(len(TEXTS))),
    "models": ["m"],
}


def came_through(caller: type[Caller], method: str, **options: Any) -> None:
    """Make a call; fail unless it returns all that the server said."""
    call: Callable[[], Any] = getattr(caller(api_key=CANARY, **options), method)
    result = call()
    assert ("".join(result) if method == "stream" else result) == GOOD_RESULTS[method]


def failure_of(caller: type[Caller], method: str, base_url: str, **options: Any) -> ModelHubError:
    """Make a call that fails, and return what the user gets."""
    options = {"max_retries": 1, **options}
    call: Callable[[], object] = getattr(
        caller(api_key=CANARY, base_url=base_url, **options), method
    )
    with pytest.raises(ModelHubError) as caught:
        call()
    error = caught.value
    assert isinstance(error, caller.family)
    assert error.__context__ is None
    is_pickled_whole(error)
    no_canary_in(error)
    return error


def judge(
    error: ModelHubError, case: Case, attempts: int, family: type[Exception] = ModelHubError
) -> None:
    """Fail unless the error is what the case says, pickles, and keeps the key to itself.

    Args:
        error: What the call raised.
        case: What should have come of it.
        attempts: How often the request was sent.
        family: What the caller's framework expects errors to be.
    """
    assert case.error is not None
    assert ours(type(error)) is case.error
    assert isinstance(error, family)
    assert error.attempts == attempts
    assert (error.partial.text if error.partial else "") == case.partial
    assert error.retry_after == case.retry_after
    assert error.__cause__ is None
    assert error.__context__ is None
    is_pickled_whole(error)
    no_canary_in(error)


def is_pickled_whole(error: ModelHubError) -> None:
    """Fail if a pickle changes or loses anything of an error."""
    copied = pickle.loads(pickle.dumps(error))
    assert type(copied) is type(error)
    assert str(copied) == str(error)
    assert copied.partial == error.partial
    assert copied.attempts == error.attempts


def ours(kind: type[BaseException]) -> type[BaseException]:
    """Return the core's class of an error; adapters add their framework's to it."""
    return next(base for base in kind.__mro__ if base.__module__ == ModelHubError.__module__)


def no_canary_in(error: BaseException) -> None:
    """Fail if the key shows in what people print, send or store of an error."""
    trace = TracebackException.from_exception(error, capture_locals=True)
    shown = [str(error), repr(error), repr(vars(error)), "".join(trace.format())]
    assert not [text for text in shown if CANARY in text]
    assert CANARY.encode() not in pickle.dumps(error)
