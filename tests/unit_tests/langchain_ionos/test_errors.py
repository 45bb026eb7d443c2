"""Errors of the core as errors of LangChain."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from langchain_core import exceptions as lc
from langchain_core.language_models.chat_models import _generate_response_from_error
from langgraph.types import default_retry_on

from ionos_model_hub import errors as hub
from langchain_ionos import ChatIONOS
from langchain_ionos.errors import as_langchain, langchain_errors

Connect = Callable[[Callable[[dict[str, Any]], httpx.Response]], dict[str, Any]]

KINDS: list[tuple[type[hub.ModelHubError], type[lc.ModelError], bool]] = [
    (hub.ModelHubError, lc.ModelError, False),
    (hub.ConfigurationError, lc.ModelInvalidRequestError, False),
    (hub.InvalidRequestError, lc.ModelInvalidRequestError, False),
    (hub.APIError, lc.ModelAPIError, False),
    (hub.BadRequestError, lc.ModelInvalidRequestError, False),
    (hub.ContextOverflowError, lc.ContextOverflowError, False),
    (hub.AuthenticationError, lc.ModelAuthenticationError, False),
    (hub.PermissionDeniedError, lc.ModelPermissionDeniedError, False),
    (hub.NotFoundError, lc.ModelNotFoundError, False),
    (hub.RateLimitError, lc.ModelRateLimitError, True),
    (hub.ServerError, lc.ModelAPIError, True),
    (hub.TransportError, lc.ModelConnectionError, True),
    (hub.ConnectionFailedError, lc.ModelConnectionError, True),
    (hub.RequestTimeoutError, lc.ModelTimeoutError, True),
    (hub.ResponseError, lc.ModelAPIError, False),
    (hub.IncompleteStreamError, lc.ModelConnectionError, True),
]


def all_kinds(kind: type[hub.ModelHubError]) -> set[type[hub.ModelHubError]]:
    below = (all_kinds(each) for each in kind.__subclasses__())
    own = {kind} if kind.__module__ == hub.__name__ else set()
    return own.union(*below)


def test_every_error_of_the_core_is_covered() -> None:
    assert {kind for kind, _, _ in KINDS} == all_kinds(hub.ModelHubError)


@pytest.mark.parametrize(("kind", "langchain", "retryable"), KINDS)
def test_errors_belong_to_both_packages(
    kind: type[hub.ModelHubError], langchain: type[lc.ModelError], retryable: bool
) -> None:
    error = as_langchain(kind("It failed.", status_code=418, request_id="trace-1", hint="Rest."))
    for same in (error, pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert isinstance(same, kind)
        assert isinstance(same, langchain)
        assert same.is_retryable is retryable
        assert str(same) == str(
            kind("It failed.", status_code=418, request_id="trace-1", hint="Rest.")
        )
        assert same.request_id == "trace-1"


def test_is_retryable_follows_the_error_not_its_class() -> None:
    error = hub.ServerError("cannot unmarshal", status_code=500)
    error.retryable = False
    assert as_langchain(error).is_retryable is False  # type: ignore[attr-defined]  # set by as_langchain


def test_raised_errors_are_new_and_keep_attributes_and_traceback() -> None:
    error = hub.RateLimitError("Too fast.", status_code=429, retry_after=2.0)
    with pytest.raises(lc.ModelRateLimitError) as caught, langchain_errors():
        raise error
    assert type(error) is hub.RateLimitError
    assert vars(caught.value) == {**vars(error), "is_retryable": True}
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert caught.value.__traceback__ is not None
    assert caught.traceback[-1].statement.deindent().lines == ["raise error"]


def test_errors_of_langchain_are_not_converted_again() -> None:
    error = as_langchain(hub.RateLimitError("Too fast."))
    with pytest.raises(lc.ModelRateLimitError) as caught, langchain_errors():
        raise error
    assert caught.value is error
    assert as_langchain(error) is error


@pytest.mark.parametrize(
    "kind",
    [
        hub.ConfigurationError,
        hub.InvalidRequestError,
        hub.BadRequestError,
        hub.ContextOverflowError,
        hub.AuthenticationError,
        hub.PermissionDeniedError,
        hub.NotFoundError,
    ],
)
def test_langgraph_does_not_retry_errors_that_a_retry_cannot_solve(
    kind: type[hub.ModelHubError],
) -> None:
    assert not default_retry_on(as_langchain(kind("It failed.")))


@pytest.mark.parametrize("kind", [kind for kind, _, retryable in KINDS if retryable])
def test_langgraph_retries_other_errors(kind: type[hub.ModelHubError]) -> None:
    assert default_retry_on(as_langchain(kind("It failed.")))


STATUS: list[tuple[int, dict[str, Any], type[lc.ModelError]]] = [
    (400, {"error": {"message": "Bad."}}, lc.ModelInvalidRequestError),
    (
        400,
        {"error": {"message": "This model's maximum context length is 8192 tokens."}},
        lc.ContextOverflowError,
    ),
    (
        401,
        {"httpStatus": 401, "messages": [{"errorCode": "paas-auth-1", "message": "Who?"}]},
        lc.ModelAuthenticationError,
    ),
    (403, {"error": {"message": "No."}}, lc.ModelPermissionDeniedError),
    (404, {"error": {"message": "No such model."}}, lc.ModelNotFoundError),
    (422, {"error": {"message": "Bad."}}, lc.ModelInvalidRequestError),
    (429, {"error": {"message": "Slow down."}}, lc.ModelRateLimitError),
    (500, {"error": {"httpStatus": 500, "message": "Oops."}}, lc.ModelAPIError),
    (200, {"error": {"message": "Oops."}}, lc.ModelAPIError),
    (200, {"choices": None}, lc.ModelAPIError),
]


def content_of(error: BaseException | None) -> str:
    """Return the text and attributes of an error and of those that it references."""
    content = ""
    while error is not None:
        content += f"{error!r} {error} {vars(error)!r} {error.args!r}"
        error = error.__cause__ or error.__context__
    return content


@pytest.mark.parametrize(("status", "body", "kind"), STATUS)
async def test_all_calls_raise_errors_of_langchain(
    connect: Connect, status: int, body: dict[str, Any], kind: type[lc.ModelError]
) -> None:
    def respond(request: dict[str, Any]) -> httpx.Response:
        return httpx.Response(status, json=body, headers={"x-trace-id": "trace-1"})

    llm = ChatIONOS(**connect(respond), max_retries=0)
    caught = []
    for call in (llm.invoke, lambda text: list(llm.stream(text))):
        with pytest.raises(kind) as info:
            call("Hi")
        caught.append(info.value)
    with pytest.raises(kind) as info:
        await llm.ainvoke("Hi")
    caught.append(info.value)
    with pytest.raises(kind) as info:
        [chunk async for chunk in llm.astream("Hi")]
    caught.append(info.value)
    for error in caught:
        assert isinstance(error, hub.ModelHubError)
        assert "unit-test-key" not in content_of(error)
        pickle.loads(pickle.dumps(error))


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ConnectError("refused"), lc.ModelConnectionError),
        (httpx.ReadTimeout("slow"), lc.ModelTimeoutError),
        (httpx.RemoteProtocolError("cut"), lc.ModelConnectionError),
    ],
)
async def test_network_errors_do_not_contain_the_key(
    connect: Connect, failure: Exception, kind: type[lc.ModelError]
) -> None:
    def respond(request: dict[str, Any]) -> httpx.Response:
        raise failure

    llm = ChatIONOS(**connect(respond), max_retries=0)
    caught = []
    with pytest.raises(kind) as info:
        llm.invoke("Hi")
    caught.append(info.value)
    with pytest.raises(kind) as info:
        [chunk async for chunk in llm.astream("Hi")]
    caught.append(info.value)
    for error in caught:
        assert error.is_retryable
        assert "unit-test-key" not in content_of(error)
        assert not isinstance(error.__cause__ or error.__context__, httpx.HTTPError)


def test_invalid_key_of_a_function_is_an_error_of_both_packages(connect: Connect) -> None:
    fields = {**connect(lambda _: httpx.Response(200)), "api_key": lambda: "two words"}
    with pytest.raises(lc.ModelInvalidRequestError) as caught:
        ChatIONOS(**fields).invoke("Hi")
    assert isinstance(caught.value, hub.ConfigurationError)
    assert "two words" not in content_of(caught.value)


def test_traces_contain_the_response_of_an_error(connect: Connect) -> None:
    headers = {"x-trace-id": "trace-1"}
    response = httpx.Response(429, json={"error": {"message": "Slow down."}}, headers=headers)
    llm = ChatIONOS(**connect(lambda _: response), max_retries=0)
    with pytest.raises(lc.ModelRateLimitError) as caught:
        llm.invoke("Hi")
    (generation,) = _generate_response_from_error(caught.value)
    metadata = generation.message.response_metadata
    assert metadata["status_code"] == 429
    assert metadata["request_id"] == "trace-1"
    assert metadata["body"] == {"error": {"message": "Slow down."}}
    assert metadata["headers"]["x-trace-id"] == "trace-1"


def test_incomplete_stream_error_contains_the_partial_response(connect: Connect) -> None:
    event = b'data: {"choices": [{"index": 0, "delta": {"content": "Hal"}}]}\n\n'
    kind = {"content-type": "text/event-stream"}
    llm = ChatIONOS(**connect(lambda _: httpx.Response(200, content=event, headers=kind)))
    with pytest.raises(lc.ModelConnectionError) as caught:
        list(llm.stream("Hi"))
    assert isinstance(caught.value, hub.IncompleteStreamError)
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Hal"
