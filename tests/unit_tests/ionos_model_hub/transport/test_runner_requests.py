"""The HTTP request of a call, and the value of its response."""

import json
from typing import Any

import pytest
from unit_tests.ionos_model_hub.transport.scripted_io import (
    BODY,
    URL,
    USER,
    ScriptedIO,
    ScriptedResponse,
    chat_request,
    failure,
    fetch,
    settings,
    success,
)

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.settings import USER_AGENT
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.transport.runner import CallRunner
from ionos_model_hub.transport.sync_io import run_blocking
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.response_types import Embeddings


def test_request_body_and_headers() -> None:
    io = ScriptedIO(success())
    options = settings(
        api_key="key", timeout=60, connect_timeout=3, default_headers={"x-team": "blue"}
    )
    completion = run_blocking(CallRunner(options, io).fetch(chat_request()))
    assert completion.text == "Hallo"
    (sent,) = io.sent
    assert sent == OutgoingRequest(
        url=f"{URL}/chat/completions",
        authorization=sent.authorization,
        headers={
            "accept": "application/json",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "x-team": "blue",
        },
        content=json.dumps({"model": "m", "messages": [USER]}, separators=(",", ":")).encode(),
        head_timeout=sent.head_timeout,
        read_timeout=sent.read_timeout,
        connect_timeout=3,
        allow_resend=True,
    )
    assert sent.authorization() == "Bearer key"
    assert (sent.head_timeout(), sent.read_timeout()) == (60, 60)
    assert io.responses[0].is_closed
    assert io.slept == []


def test_get_request_has_no_body() -> None:
    io = ScriptedIO(ScriptedResponse(200, b'{"data": [{"id": "a"}]}'))
    models = run_blocking(CallRunner(settings(), io).fetch(requests.models()))
    assert [model.id for model in models] == ["a"]
    assert (io.sent[0].content, io.sent[0].url) == (None, f"{URL}/models")


def test_default_headers_take_precedence() -> None:
    io = ScriptedIO(success())
    fetch(io, default_headers={"user-agent": "mine"})
    assert io.sent[0].headers["user-agent"] == "mine"


def test_options_of_a_call_take_precedence_over_settings() -> None:
    io = ScriptedIO(success(), success())
    options = settings(
        timeout=60,
        connect_timeout=3,
        default_headers={"x-team": "blue"},
        default_query={"a": "1", "b": "2"},
    )
    runner = CallRunner(options, io)
    request = chat_request(
        extra_headers={"X-Team": "red"}, extra_query={"b": 3}, timeout=(2.0, 30.0)
    )
    run_blocking(runner.fetch(request))
    run_blocking(runner.fetch(chat_request()))
    special, usual = io.sent
    assert special.headers["x-team"] == "red"
    assert special.url == f"{URL}/chat/completions?a=1&b=3"
    assert (special.connect_timeout, special.read_timeout()) == (2.0, 30.0)
    assert usual.headers["x-team"] == "blue"
    assert usual.url == f"{URL}/chat/completions?a=1&b=2"
    assert (usual.connect_timeout, usual.read_timeout()) == (3, 60)


@pytest.mark.parametrize(
    "request_",
    [
        chat_request(),
        requests.embeddings("m", ["a"], {}),
        requests.completion("m", "p", {}).non_streamed(),
    ],
)
def test_response_has_trace_id_and_rate_limit_headers(request_: requests.Request[Any]) -> None:
    choices = [{"message": {"content": "a"}, "text": "a"}]
    body = json.dumps({"choices": choices, "data": [{"embedding": [1.0]}]}).encode()
    io = ScriptedIO(ScriptedResponse(200, body, x_trace_id="t-1", server="envoy"))
    response = run_blocking(CallRunner(settings(), io).fetch(request_))
    assert response.headers == {"x-trace-id": "t-1"}


def test_body_in_many_parts_is_joined() -> None:
    parts = [bytes([byte]) for byte in BODY]
    assert fetch(ScriptedIO(ScriptedResponse(200, *parts))).text == "Hallo"


def test_request_that_cannot_be_encoded_is_not_sent() -> None:
    io = ScriptedIO()
    with pytest.raises(InvalidRequestError):
        run_blocking(
            CallRunner(settings(), io).fetch(requests.completion("m", "\ud83d", {}).non_streamed())
        )
    assert io.sent == []


@pytest.mark.parametrize(("retries", "allow_resend"), [(0, False), (1, True)])
def test_resending_on_stale_connections_requires_retries(retries: int, allow_resend: bool) -> None:
    io = ScriptedIO(success())
    fetch(io, max_retries=retries)
    assert io.sent[0].allow_resend is allow_resend


def test_deadline_limits_the_timeouts_of_a_request() -> None:
    io = ScriptedIO(failure(503, retry_after="10"), success())
    fetch(io, deadline=13.0, timeout=60, connect_timeout=5)
    first, second = io.sent
    assert first.connect_timeout == 5.0
    assert 2.0 <= second.connect_timeout <= 3.0
    assert second.connect_timeout == second.read_timeout()


def test_limits_that_sockets_reject_are_not_applied() -> None:
    io = ScriptedIO(success())
    fetch(io, deadline=1e12, timeout=1e11, connect_timeout=1e10)
    assert io.sent[0].connect_timeout == 1_000_000
    assert (io.sent[0].head_timeout(), io.sent[0].read_timeout()) == (None, None)


def test_no_read_timeout() -> None:
    io = ScriptedIO(success())
    fetch(io, timeout=None)
    assert io.sent[0].read_timeout() is None


def test_embeddings() -> None:
    body = json.dumps({"data": [{"index": 0, "embedding": [0.5]}], "model": "m"}).encode()
    io = ScriptedIO(ScriptedResponse(200, body))
    request = requests.embeddings("m", ["a"], {})
    embeddings = run_blocking(CallRunner(settings(), io).fetch(request))
    assert embeddings == Embeddings([[0.5]], "m")
