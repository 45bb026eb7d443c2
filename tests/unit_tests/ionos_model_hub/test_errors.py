"""Errors explain the problem, can be pickled and contain no secret."""

import inspect
import pickle
from concurrent.futures import Future
from typing import Any

import pytest

from ionos_model_hub import errors
from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import ErrorBody, ModelHubError
from ionos_model_hub.wire.response_types import ChatCompletion, Choice, Message

CLASSES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, ModelHubError)
]
ATTRIBUTES: dict[str, Any] = {
    "hint": "Try again.",
    "param": "model",
    "status_code": 503,
    "code": "paas-1",
    "request_id": "t-1",
    "retry_after": 2.5,
    "attempts": 3,
    "response": ErrorBody(503, {"server": "envoy"}, '{"a": 1}'),
    "partial": ChatCompletion(choices=[Choice(0, Message("Hal"))]),
}


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("attributes", [{}, ATTRIBUTES])
def test_pickled_errors_keep_all_attributes(
    kind: type[ModelHubError], attributes: dict[str, Any]
) -> None:
    error = kind("It failed.", **attributes)
    error.retryable = True
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert copy.__dict__ == error.__dict__
    assert (str(copy), repr(copy), copy.args) == (str(error), repr(error), ("It failed.",))


@pytest.mark.parametrize("attributes", [{}, ATTRIBUTES])
def test_convert_returns_a_new_error_with_the_same_attributes(attributes: dict[str, Any]) -> None:
    error = errors.ServerError("It failed.", **attributes)
    error.retryable = False
    converted = error.convert(errors.BadRequestError)
    assert type(converted) is errors.BadRequestError
    assert type(error) is errors.ServerError
    assert converted.__dict__ == error.__dict__
    assert converted.args == error.args
    assert (converted.__cause__, converted.__context__) == (None, None)


def test_errors_can_be_passed_through_a_future() -> None:
    future: Future[None] = Future()
    future.set_exception(pickle.loads(pickle.dumps(errors.RateLimitError("No.", retry_after=1.0))))
    with pytest.raises(errors.RateLimitError) as caught:
        future.result()
    assert caught.value.retry_after == 1.0


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({}, "It failed."),
        ({"hint": "Try again."}, "It failed. Try again."),
        ({"status_code": 503}, "It failed. (status 503)"),
        (
            {"status_code": 503, "code": "paas-1", "request_id": "t-1", "hint": "Try again."},
            "It failed. (status 503, code paas-1, trace id t-1) Try again.",
        ),
        ({"param": "model", "retry_after": 1.0}, "It failed."),
    ],
)
def test_str_contains_status_code_trace_id_and_hint(attributes: dict[str, Any], text: str) -> None:
    assert str(ModelHubError("It failed.", **attributes)) == text


@pytest.mark.parametrize(
    ("kind", "bases"),
    [
        (errors.ConfigurationError, (ModelHubError, ValueError)),
        (errors.InvalidRequestError, (ModelHubError, ValueError)),
        (errors.ContextOverflowError, (errors.BadRequestError, errors.APIError)),
        (errors.RateLimitError, (errors.APIError,)),
        (errors.RequestTimeoutError, (errors.TransportError,)),
        (errors.IncompleteStreamError, (errors.ResponseError,)),
    ],
)
def test_base_classes(kind: type[ModelHubError], bases: tuple[type, ...]) -> None:
    assert all(issubclass(kind, base) for base in bases)


def test_retryable_errors() -> None:
    assert {kind.__name__ for kind in CLASSES if kind.retryable} == {
        "ConnectionFailedError",
        "IncompleteStreamError",
        "RateLimitError",
        "RequestTimeoutError",
        "ServerError",
        "TransportError",
    }


def test_every_class_is_documented() -> None:
    tree = inspect.getdoc(errors)
    assert tree is not None
    for kind in CLASSES:
        assert kind.__name__ in tree
        assert kind.__doc__


def test_error_body_is_parsed_on_demand() -> None:
    assert ErrorBody(400, text='{"a": [1]}').json() == {"a": [1]}
    with pytest.raises(ValueError, match="expected"):
        ErrorBody(502, text="<html>").json()


@pytest.mark.parametrize("kind", CLASSES)
def test_scrub_removes_secrets(kind: type[ModelHubError]) -> None:
    key = Key("canary-key")
    message = "The key canary-key is bad."
    error = kind(message, param="canary-key", code="canary-key", request_id="t canary-key")
    assert error.scrub(key.scrub) is error
    assert error.message == "The key *** is bad."
    assert (error.param, error.code, error.request_id) == ("***", "***", "t ***")
    assert "canary" not in f"{error} {error!r} {error.__dict__} {pickle.dumps(error)!r}"


def test_scrub_keeps_missing_attributes_none() -> None:
    error = ModelHubError("x").scrub(str.upper)
    assert (error.message, error.param, error.code, error.request_id) == ("X", None, None, None)
