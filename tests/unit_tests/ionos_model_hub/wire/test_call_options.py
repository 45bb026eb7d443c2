"""Headers, query parameters and timeouts of one call."""

from io import BytesIO
from typing import Any

import httpx
import pytest

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.call_options import (
    NO_OPTIONS,
    CallOptions,
    header_problem,
    parse_timeout,
)
from ionos_model_hub.wire.image_requests import image_generations

USER = {"role": "user", "content": "Hallo"}
SET_HERE = "is set by this package and cannot be replaced."
NOT_PRINTABLE = "The value of 'X-Team' must be printable ASCII text."
NOT_A_TIMEOUT = "must be a finite number of seconds greater than 0"
OPTIONS: dict[str, Any] = {
    "extra_headers": {"X-Team": "a"},
    "extra_query": {"trace": True, "n": 2, "s": "Xy"},
    "timeout": (2, 30.5),
}
EXPECTED = CallOptions({"x-team": "a"}, {"trace": "true", "n": "2", "s": "Xy"}, 30.5, 2.0)


@pytest.mark.parametrize(
    "build",
    [
        lambda options: requests.chat("m", [USER], options),
        lambda options: requests.chat("m", [USER], options).non_streamed(),
        lambda options: requests.completion("m", "p", options),
        lambda options: requests.embeddings("m", ["a"], options),
        lambda options: requests.rerank("m", "q", ["a"], options),
        lambda options: image_generations("m", "p", options)[0],
        requests.models,
    ],
)
def test_every_request_carries_the_options_of_its_call(build: Any) -> None:
    request = build(OPTIONS)
    assert request.options == EXPECTED
    assert not OPTIONS.keys() & (request.body or {}).keys()
    assert build({"extra_headers": None, "timeout": None}).options is NO_OPTIONS
    assert build({}).options is NO_OPTIONS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, (None, None)),
        (30, (None, 30.0)),
        (0.5, (None, 0.5)),
        ((2, 30), (2.0, 30.0)),
        ((None, 30), (None, 30.0)),
        ([2, None], (2.0, None)),
        (httpx.Timeout(7), (7.0, 7.0)),
        (httpx.Timeout(None), (None, None)),
        (httpx.Timeout(5, connect=2), (2.0, 5.0)),
        ((2, 30, 40, 50), (2.0, 30.0)),
    ],
)
def test_forms_of_a_timeout(value: Any, expected: tuple[float | None, float | None]) -> None:
    assert parse_timeout(value) == expected


@pytest.mark.parametrize(
    "value",
    [0, -1, float("inf"), float("nan"), "30", True, (), (1,), (0, 1), (1, "x"), {}, BytesIO()],
)
def test_invalid_timeouts_are_rejected(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"^timeout must") as caught:
        parse_timeout(value)
    assert caught.value.param == "timeout"
    assert caught.value.hint == "Pass seconds, a tuple (connect, read), or an httpx.Timeout."


def test_error_of_a_timeout_explains_the_problem() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_timeout(float("inf"))
    assert caught.value.message == f"timeout {NOT_A_TIMEOUT}, got inf."
    with pytest.raises(InvalidRequestError) as caught:
        parse_timeout((1,))
    assert caught.value.message == "timeout must have two items, got (1,)."


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("X-Team", "a", None),
        ("User-Agent", "mine/1.0", None),
        ("a b", "x", "'a b' is not a valid header name."),
        ("", "x", "'' is not a valid header name."),
        (5, "x", "5 is not a valid header name."),
        ("Authorization", "secret", f"'Authorization' {SET_HERE}"),
        ("content-length", "1", f"'content-length' {SET_HERE}"),
        ("X-Team", "secret\n", NOT_PRINTABLE),
        ("X-Team", "secretä", NOT_PRINTABLE),
        ("X-Team", 5, NOT_PRINTABLE),
    ],
)
def test_headers_are_checked_and_their_values_not_shown(
    name: Any, value: Any, problem: str | None
) -> None:
    assert header_problem(name, value) == problem


@pytest.mark.parametrize(
    ("param", "value", "problem"),
    [
        ("extra_headers", "x", " must be a mapping, got str."),
        ("extra_headers", {"a b": "x"}, ": 'a b' is not a valid header name."),
        ("extra_query", ["x"], " must be a mapping, got list."),
        ("extra_query", {"x": None}, ": the value of 'x' must be text or a number."),
        ("extra_query", {1: "x"}, ": the value of 1 must be text or a number."),
        ("timeout", 0, f" {NOT_A_TIMEOUT}, got 0."),
    ],
)
def test_invalid_options_are_rejected(param: str, value: Any, problem: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        CallOptions.of({param: value})
    assert (caught.value.param, caught.value.message) == (param, param + problem)
