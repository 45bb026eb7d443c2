"""Error responses of every shape become the right exception."""

import json
from typing import Any

import pytest

from ionos_model_hub import errors
from ionos_model_hub.errors import APIError
from ionos_model_hub.wire.error_bodies import (
    MAX_ERROR_BODY,
    error_from_event,
    error_from_response,
    error_in,
)

NO_EXPLANATION = "The hub reported an error without an explanation."
HEADERS = {"x-trace-id": "t-1", "content-type": "application/json"}


def error(status: int, body: Any, **headers: str) -> APIError:
    text = body if isinstance(body, str) else json.dumps(body)
    lower = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_response(status, HEADERS | lower, text)


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
        ({"messages": [{"message": ""}, {"message": 5}, {"message": "No."}]}, "No.", "", ""),
        ({"error": "No."}, "No.", "", ""),
        ({"message": "No.", "code": 7}, "No.", "", ""),
        ({"detail": "No."}, "No.", "", ""),
        ({"detail": [{"msg": "No."}]}, "No.", "", ""),
        (
            {"detail": [{"loc": ["body", "input", 3], "msg": "No."}, {"msg": "Nor that."}]},
            "input.3: No.; Nor that.",
            "",
            "input.3",
        ),
        ({"error": {"detail": [{"loc": "x", "msg": "No."}]}}, "No.", "", ""),
        ({"message": "No.", "detail": [{"msg": "Other."}]}, "No.", "", ""),
        ({"object": "error", "message": "No.", "code": 404, "param": "model"}, "No.", "", "model"),
    ],
)
def test_shapes_of_error_bodies(body: Any, message: str, code: str, param: str) -> None:
    error_ = error(400, body)
    assert (error_.message, error_.code or "", error_.param or "") == (message, code, param)
    assert (error_.status_code, error_.request_id) == (400, "t-1")
    assert error_.response is not None
    assert error_.response.json() == body
    assert error_.response.status_code == 400


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", NO_EXPLANATION),
        ("  \n", NO_EXPLANATION),
        ("upstream is down\n", "upstream is down"),
        ("x" * 1000, "x" * 500),
        ("[1, 2]", "[1, 2]"),
        ("null", "null"),
        ('{"error": null}', '{"error": null}'),
        ('{"error": [1]}', '{"error": [1]}'),
        ('{"error": {"type": "x"}}', '{"error": {"type": "x"}}'),
        ('{"messages": []}', '{"messages": []}'),
        ('{"messages": {"message": "x"}}', '{"messages": {"message": "x"}}'),
        ('{"detail": [{"loc": ["a"]}, "x"]}', '{"detail": [{"loc": ["a"]}, "x"]}'),
        ('{"error": {"message": "cut o', '{"error": {"message": "cut o'),
        (
            "<html><head><TITLE>502 Bad Gateway</TITLE>",
            "A proxy or gateway returned a web page: 502 Bad Gateway.",
        ),
        (" <!doctype html><p>", "A proxy or gateway returned a web page: untitled."),
    ],
)
def test_bodies_without_an_explanation(body: str, message: str) -> None:
    assert error(502, body).message == message


def test_body_of_a_rejected_request_is_shown() -> None:
    assert error(400, "Bad request").message == "Bad request"


def test_html_is_recognised_by_its_content_type() -> None:
    error_ = error(503, "Down <title>Maintenance</title>", content_type="text/html; charset=utf-8")
    assert error_.message == "A proxy or gateway returned a web page: Maintenance."


def test_long_bodies_are_cut_and_cookies_removed() -> None:
    error_ = error(400, "y" * (MAX_ERROR_BODY + 1), set_cookie="s=1", server="envoy")
    assert error_.response is not None
    assert len(error_.response.text) == MAX_ERROR_BODY
    assert error_.response.headers == HEADERS | {"server": "envoy"}


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
def test_class_and_retryability_by_status(
    status: int, kind: type[APIError], retryable: bool
) -> None:
    error_ = error(status, {"error": {"message": "No."}})
    assert type(error_) is kind
    assert error_.status_code == status
    assert error_.retryable is retryable


@pytest.mark.parametrize("status", [300, 302, 399])
def test_redirect_is_explained(status: int) -> None:
    error_ = error(status, "<html>", location="https://x")
    assert error_.message == (
        "The server redirects to another URL. Redirects are not followed, for security."
    )


@pytest.mark.parametrize(("value", "retried"), [("true", True), ("false", False)])
@pytest.mark.parametrize("status", [400, 429, 500])
def test_header_should_retry_takes_precedence(status: int, value: str, retried: bool) -> None:
    assert error(status, "x", x_should_retry=value).retryable is retried


def test_unknown_value_of_should_retry_is_ignored() -> None:
    assert error(500, "x", x_should_retry="maybe").retryable
    assert not error(400, "x", x_should_retry="maybe").retryable


@pytest.mark.parametrize("code", ["insufficient_quota", "billing"])
def test_exhausted_quota_is_not_retried(code: str) -> None:
    assert not error(429, {"error": {"message": "No.", "code": code}}).retryable


def test_500_caused_by_the_request_is_not_retried() -> None:
    message = "Network error: json: cannot unmarshal string into Go struct field Embedding.data"
    error_ = error(500, {"error": {"httpStatus": 500, "message": message}})
    assert type(error_) is errors.ServerError
    assert not error_.retryable
    assert "encoding_format='float'" in str(error_.hint)


@pytest.mark.parametrize("body", [{}, {"error": None}, {"error": ""}, {"choices": []}])
def test_body_without_an_error(body: Any) -> None:
    assert error_in(body, {}) is None


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ({"error": {"message": "No."}}, errors.ServerError, 500),
        ({"error": {"message": "No.", "code": 429}}, errors.RateLimitError, 429),
        ({"error": {"message": "No.", "code": 400}}, errors.BadRequestError, 400),
        ({"error": {"message": "No.", "code": "400"}}, errors.ServerError, 500),
        ({"error": {"message": "No.", "code": 7}}, errors.ServerError, 500),
        ({"error": {"message": "No.", "code": 600}}, errors.ServerError, 500),
        ({"error": {"message": "No.", "httpStatus": 404, "code": 1}}, errors.NotFoundError, 404),
        ({"httpStatus": 401, "messages": [{"message": "No."}]}, errors.AuthenticationError, 401),
        ({"httpStatus": 200}, errors.ServerError, 500),
        ({"error": {"code": 503}}, errors.ServerError, 500),
        ({"error": True}, errors.ServerError, 500),
        ({"error": "No."}, errors.ServerError, 500),
        ({"object": "error", "message": "No.", "code": 400}, errors.BadRequestError, 400),
    ],
)
def test_errors_with_status_200(body: Any, kind: type[APIError], status: int) -> None:
    error_ = error_in(body, {"x-trace-id": "t-1", "retry-after": "2"})
    assert error_ is not None
    assert type(error_) is kind
    assert error_.message in ("No.", NO_EXPLANATION)
    assert (error_.status_code, error_.request_id, error_.retry_after) == (status, "t-1", 2.0)
    assert error_.response is None


@pytest.mark.parametrize(
    ("data", "kind", "status", "message"),
    [
        ('{"error": {"message": "No.", "code": 429}}', errors.RateLimitError, 429, "No."),
        ('{"message": "No.", "code": 400}', errors.BadRequestError, 400, "No."),
        ('{"type": "x"}', errors.ServerError, 500, '{"type": "x"}'),
        ("overloaded", errors.ServerError, 500, "overloaded"),
        ("", errors.ServerError, 500, NO_EXPLANATION),
    ],
)
def test_error_from_event(data: str, kind: type[APIError], status: int, message: str) -> None:
    error_ = error_from_event(data)
    assert type(error_) is kind
    assert (error_.status_code, error_.message) == (status, message)
    assert error_.response is None


def test_errors_in_streams_have_hints() -> None:
    error_ = error_from_event('{"message": "The engine is overloaded."}')
    assert error_.hint == "Try again later: the hub is overloaded."


def test_type_of_an_error_may_name_a_context_overflow() -> None:
    error_ = error(400, {"error": {"message": "No.", "type": "exceed_context_size_error"}})
    assert type(error_) is errors.ContextOverflowError
