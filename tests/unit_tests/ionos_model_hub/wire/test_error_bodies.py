"""Any error answer becomes the right exception, with what to do about it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub import errors
from ionos_model_hub.catalogue import MODELS, Model
from ionos_model_hub.errors import APIError
from ionos_model_hub.wire.error_bodies import (
    MAX_ERROR_BODY,
    error_event,
    error_in,
    error_from_response,
    retry_after,
)

HEADERS = {"x-trace-id": "t-1", "content-type": "application/json"}


def error(status: int, body: Any, **headers: str) -> APIError:
    text = body if isinstance(body, str) else json.dumps(body)
    lower = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_response(status, HEADERS | lower, text)


# -- shapes of bodies


@pytest.mark.parametrize(
    ("body", "message", "code", "param"),
    [
        ({"error": {"message": "No.", "type": "x", "code": "c", "param": "p"}}, "No.", "c", "p"),
        ({"error": {"message": "No.", "type": "x", "code": None, "param": None}}, "No.", "", ""),
        ({"error": {"httpStatus": 500, "message": "No."}}, "No.", "", ""),
        ({"error": {"httpStatus": 500, "messages": [{"message": "No."}]}}, "No.", "", ""),
        (
            {"httpStatus": 401, "messages": [{"errorCode": "paas-auth-1", "message": "No."}]},
            "No.",
            "paas-auth-1",
            "",
        ),
        (
            {"messages": [{"message": "No."}, {"errorCode": "b", "message": "Nor that."}]},
            "No.; Nor that.",
            "b",
            "",
        ),
        ({"messages": ["x", {"message": "No."}, {"message": None}]}, "No.", "", ""),
        ({"error": "No."}, "No.", "", ""),
        ({"message": "No.", "code": 7}, "No.", "", ""),
        ({"detail": "No."}, "No.", "", ""),
        ({"object": "error", "message": "No.", "code": 404, "param": "model"}, "No.", "", "model"),
    ],
)
def test_the_shapes(body: Any, message: str, code: str, param: str) -> None:
    told = error(400, body)
    assert (told.message, told.code or "", told.param or "") == (message, code, param)
    assert (told.status_code, told.request_id) == (400, "t-1")
    assert told.response is not None
    assert told.response.json() == body
    assert told.response.status_code == 400


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "The hub answered with an error and no explanation."),
        ("  \n", "The hub answered with an error and no explanation."),
        ("upstream is down\n", "upstream is down"),
        ("x" * 1000, "x" * 500),
        ("[1, 2]", "[1, 2]"),
        ("null", "null"),
        ('{"error": null}', '{"error": null}'),
        ('{"error": [1]}', '{"error": [1]}'),
        ('{"error": {"type": "x"}}', '{"error": {"type": "x"}}'),
        ('{"messages": []}', '{"messages": []}'),
        ('{"messages": {"message": "x"}}', '{"messages": {"message": "x"}}'),
        ('{"detail": [{"msg": "x"}]}', '{"detail": [{"msg": "x"}]}'),
        ('{"error": {"message": "cut o', '{"error": {"message": "cut o'),
        (
            "<html><head><TITLE>502 Bad Gateway</TITLE>",
            "A proxy or gateway answered with a web page: 502 Bad Gateway.",
        ),
        (" <!doctype html><p>", "A proxy or gateway answered with a web page: untitled."),
    ],
)
def test_bodies_that_explain_nothing(body: str, message: str) -> None:
    assert error(502, body).message == message


def test_html_is_known_by_its_content_type() -> None:
    told = error(503, "Down <title>Maintenance</title>", content_type="text/html; charset=utf-8")
    assert told.message == "A proxy or gateway answered with a web page: Maintenance."


def test_long_bodies_are_cut_and_cookies_are_dropped() -> None:
    told = error(400, "y" * (MAX_ERROR_BODY + 1), set_cookie="s=1", server="envoy")
    assert told.response is not None
    assert len(told.response.text) == MAX_ERROR_BODY
    assert told.response.headers == HEADERS | {"server": "envoy"}


# -- kinds


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (300, errors.APIError, False),
        (301, errors.APIError, False),
        (307, errors.APIError, False),
        (400, errors.BadRequestError, False),
        (401, errors.AuthenticationError, False),
        (402, errors.BadRequestError, False),
        (403, errors.PermissionDeniedError, False),
        (404, errors.NotFoundError, False),
        (405, errors.BadRequestError, False),
        (408, errors.BadRequestError, True),
        (409, errors.BadRequestError, True),
        (413, errors.BadRequestError, False),
        (422, errors.BadRequestError, False),
        (425, errors.BadRequestError, True),
        (429, errors.RateLimitError, True),
        (500, errors.ServerError, True),
        (501, errors.ServerError, False),
        (502, errors.ServerError, True),
        (503, errors.ServerError, True),
        (504, errors.ServerError, True),
        (505, errors.ServerError, False),
        (511, errors.ServerError, False),
        (529, errors.ServerError, True),
        (204, errors.BadRequestError, False),
    ],
)
def test_every_status(status: int, kind: type[APIError], retryable: bool) -> None:
    told = error(status, {"error": {"message": "No."}})
    assert type(told) is kind
    assert told.status_code == status
    assert told.retryable is retryable


@pytest.mark.parametrize("status", [300, 302, 399])
def test_a_redirect_says_why_it_is_not_followed(status: int) -> None:
    told = error(status, "<html>", location="https://x")
    assert "redirects are not followed" in told.message


@pytest.mark.parametrize(("told", "retried"), [("true", True), ("false", False)])
@pytest.mark.parametrize("status", [400, 429, 500])
def test_the_servers_word_on_retries_counts(status: int, told: str, retried: bool) -> None:
    assert error(status, "x", x_should_retry=told).retryable is retried


def test_an_unclear_word_on_retries_does_not() -> None:
    assert error(500, "x", x_should_retry="maybe").retryable
    assert not error(400, "x", x_should_retry="maybe").retryable


@pytest.mark.parametrize("code", ["insufficient_quota", "billing"])
def test_an_empty_purse_is_not_retried(code: str) -> None:
    assert not error(429, {"error": {"message": "No.", "code": code}}).retryable


def test_a_caller_s_mistake_told_as_500_is_not_retried() -> None:
    message = "Network error: json: cannot unmarshal string into Go struct field Embedding.data"
    told = error(500, {"error": {"httpStatus": 500, "message": message}})
    assert type(told) is errors.ServerError
    assert not told.retryable
    assert "encoding_format='float'" in str(told.hint)


OVERFLOWS = [
    "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens",
    "context_length_exceeded",
    "The prompt (total length 9) is longer than the model's context",
    "The prompt is longer than the context of 512",
    "Input exceeds the maximum allowed input length",
    "Request exceeds the model's context length",
    "You passed 9000 input tokens and requested 5 output tokens",
    "Input is too long for requested model.",
    "prompt is too long: 200000 tokens > 131072 maximum",
]


@pytest.mark.parametrize("message", OVERFLOWS)
@pytest.mark.parametrize("status", [400, 413, 422])
def test_context_overflow(message: str, status: int) -> None:
    told = error(status, {"error": {"message": message}})
    assert type(told) is errors.ContextOverflowError
    assert "longer context" in str(told.hint)
    assert not told.retryable


def test_context_overflow_by_its_code() -> None:
    told = error(400, {"error": {"message": "No.", "code": "context_length_exceeded"}})
    assert type(told) is errors.ContextOverflowError


@pytest.mark.parametrize("message", OVERFLOWS)
def test_throttling_is_never_context_overflow(message: str) -> None:
    assert type(error(429, {"error": {"message": message}})) is errors.RateLimitError
    assert type(error(500, {"error": {"message": message}})) is errors.ServerError
    assert type(error(401, {"error": {"message": message}})) is errors.AuthenticationError


@pytest.mark.parametrize("message", ["max_tokens is too large: context", "too many input tokens"])
def test_other_faults_are_not_context_overflow(message: str) -> None:
    assert type(error(400, {"error": {"message": message}})) is errors.BadRequestError


# -- hints


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (400, "invalid-image-size", "1024x1024"),
        (400, "Harmony does not support reasoning_effort='none'", "reasoning_effort"),
        (401, "Unauthorized", "Token Manager"),
        (404, "The model 'foo' does not exist", "ionos-model-hub models"),
        (404, "page not found", "/v1"),
        (429, "Too many requests", "requests_per_second"),
    ],
)
def test_known_traps_get_a_hint(status: int, message: str, hint: str) -> None:
    assert hint in str(error(status, {"error": {"message": message}}).hint)


@pytest.mark.parametrize(("status", "message"), [(400, "No."), (403, "No."), (500, "No.")])
def test_other_errors_get_none(status: int, message: str) -> None:
    assert error(status, {"error": {"message": message}}).hint is None


@pytest.mark.parametrize(
    "model", [model for model in MODELS if model.retired_on], ids=lambda model: model.id
)
def test_a_retired_model_is_named_with_its_successor(model: Model) -> None:
    message = f"The model `{model.id}` does not exist."
    assert error(404, {"error": {"message": message}}).hint == (
        f"{model.id} was retired on {model.retired_on}; use {model.successor}."
    )


def test_a_model_that_is_served_is_not_called_retired() -> None:
    told = error(404, {"error": {"message": "The model `openai/gpt-oss-120b` does not exist."}})
    assert "retired on" not in str(told.hint)


# -- retry-after

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": " 2 "}, 2.0),
        ({"retry-after": "1e3"}, 1000.0),
        ({"retry-after": "86400000"}, 86_400_000.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e999"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after-ms": "-1"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:47 GMT", "date": DATE}, 10.0),
        ({"retry-after": "Sunday, 06-Nov-94 08:49:47 GMT", "date": DATE}, 10.0),
        ({"retry-after": "Sun Nov  6 08:49:47 1994", "date": DATE}, 10.0),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:27 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Sun, 06 Nov 1994 09:49:47 +0100", "date": DATE}, 10.0),
        ({"retry-after": "Sun, 06 Nov 2094 08:49:37 GMT", "date": DATE}, 3155760000.0),
        ({"retry-after": DATE}, None),
        ({"retry-after": DATE, "date": "today"}, None),
        ({"retry-after": "Sun, 06 Nov 99999999999999999999 08:49:37 GMT", "date": DATE}, None),
        ({"date": DATE}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
    assert error_from_response(429, headers, "x").retry_after == seconds


@given(st.text(max_size=40) | st.floats().map(str) | st.from_regex(r"\w+, \d+ \w+ \d+ [\d: +-]+"))
def test_no_header_is_too_strange(value: str) -> None:
    for headers in ({"retry-after": value, "date": DATE}, {"retry-after-ms": value}):
        seconds = retry_after(headers)
        assert seconds is None or 0 <= seconds < float("inf")


# -- errors inside a 200


@pytest.mark.parametrize("answer", [{}, {"error": None}, {"error": ""}, {"choices": []}])
def test_no_error(answer: Any) -> None:
    assert error_in(answer, {}) is None


@pytest.mark.parametrize(
    ("answer", "kind", "status"),
    [
        ({"error": {"message": "No."}}, errors.ServerError, 500),
        ({"error": {"message": "No.", "code": 429}}, errors.RateLimitError, 429),
        ({"error": {"message": "No.", "code": 400}}, errors.BadRequestError, 400),
        ({"error": {"message": "No.", "code": "400"}}, errors.ServerError, 500),
        ({"error": {"message": "No.", "code": 7}}, errors.ServerError, 500),
        ({"error": {"message": "No.", "httpStatus": 404, "code": 1}}, errors.NotFoundError, 404),
        ({"httpStatus": 401, "messages": [{"message": "No."}]}, errors.AuthenticationError, 401),
        ({"httpStatus": 200}, errors.ServerError, 500),
        ({"error": {"code": 503}}, errors.ServerError, 500),
        ({"error": True}, errors.ServerError, 500),
        ({"error": "No."}, errors.ServerError, 500),
    ],
)
def test_errors_inside_a_200(answer: Any, kind: type[APIError], status: int) -> None:
    told = error_in(answer, {"x-trace-id": "t-1", "retry-after": "2"})
    assert told is not None
    assert type(told) is kind
    assert told.message in ("No.", "The hub answered with an error and no explanation.")
    assert (told.status_code, told.request_id, told.retry_after) == (status, "t-1", 2.0)
    assert told.response is None


# -- events of the type `error`


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        ('{"error": {"message": "No.", "code": 429}}', errors.RateLimitError, "No."),
        ('{"message": "No.", "code": 400}', errors.BadRequestError, "No."),
        ('{"type": "x"}', errors.ServerError, '{"type": "x"}'),
        ("overloaded", errors.ServerError, "overloaded"),
        ("", errors.ServerError, "The hub answered with an error and no explanation."),
    ],
)
def test_error_events(data: str, kind: type[APIError], message: str) -> None:
    told = error_event(data)
    assert type(told) is kind
    assert told.message == message
    assert told.response is None
