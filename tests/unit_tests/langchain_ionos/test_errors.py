"""The transport's errors as LangChain's."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from langchain_core import exceptions as lc
from langchain_core.language_models.chat_models import _generate_response_from_error

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


def test_no_error_of_the_transport_is_left_out() -> None:
    assert {kind for kind, _, _ in KINDS} == all_kinds(hub.ModelHubError)


@pytest.mark.parametrize(("kind", "langchain", "retryable"), KINDS)
def test_each_error_is_both(
    kind: type[hub.ModelHubError], langchain: type[lc.ModelError], retryable: bool
) -> None:
    error = as_langchain(kind("It failed.", status_code=418, request_id="trace-1", hint="Rest."))
    for same in (error, pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):  # our own bytes
        assert isinstance(same, kind)
        assert isinstance(same, langchain)
        assert same.is_retryable is retryable
        assert str(same) == str(
            kind("It failed.", status_code=418, request_id="trace-1", hint="Rest.")
        )
        assert same.request_id == "trace-1"


def test_a_single_error_knows_better_than_its_kind() -> None:
    error = hub.ServerError("cannot unmarshal", status_code=500)
    error.retryable = False
    assert as_langchain(error).is_retryable is False  # type: ignore[attr-defined]  # it is LangChain's now


def test_the_same_object_leaves_with_its_traceback_and_alone() -> None:
    error = hub.RateLimitError("Too fast.")
    with pytest.raises(lc.ModelRateLimitError) as caught, langchain_errors():
        raise error
    assert caught.value is error
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


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


def everything_of(error: BaseException | None) -> str:
    """All that an error shows, and all that it holds on to."""
    told = ""
    while error is not None:
        told += f"{error!r} {error} {vars(error)!r} {error.args!r}"
        error = error.__cause__ or error.__context__
    return told


@pytest.mark.parametrize(("status", "body", "kind"), STATUS)
async def test_every_way_to_call_raises_langchains_errors(
    connect: Connect, status: int, body: dict[str, Any], kind: type[lc.ModelError]
) -> None:
    def answer(request: dict[str, Any]) -> httpx.Response:
        return httpx.Response(status, json=body, headers={"x-trace-id": "trace-1"})

    llm = ChatIONOS(**connect(answer), max_retries=0)
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
        assert "unit-test-key" not in everything_of(error)
        pickle.loads(pickle.dumps(error))  # our own bytes


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ConnectError("refused"), lc.ModelConnectionError),
        (httpx.ReadTimeout("slow"), lc.ModelTimeoutError),
        (httpx.RemoteProtocolError("cut"), lc.ModelConnectionError),
    ],
)
async def test_failures_of_the_network_keep_the_key_to_themselves(
    connect: Connect, failure: Exception, kind: type[lc.ModelError]
) -> None:
    def answer(request: dict[str, Any]) -> httpx.Response:
        raise failure

    llm = ChatIONOS(**connect(answer), max_retries=0)
    caught = []
    with pytest.raises(kind) as info:
        llm.invoke("Hi")
    caught.append(info.value)
    with pytest.raises(kind) as info:
        [chunk async for chunk in llm.astream("Hi")]
    caught.append(info.value)
    for error in caught:
        assert error.is_retryable
        assert "unit-test-key" not in everything_of(error)
        assert not isinstance(error.__cause__ or error.__context__, httpx.HTTPError)


def test_a_key_that_turns_out_wrong_is_an_error_of_both(connect: Connect) -> None:
    fields = {**connect(lambda _: httpx.Response(200)), "api_key": lambda: "two words"}
    with pytest.raises(lc.ModelInvalidRequestError) as caught:
        ChatIONOS(**fields).invoke("Hi")
    assert isinstance(caught.value, hub.ConfigurationError)
    assert "two words" not in everything_of(caught.value)


def test_traces_find_the_answer_behind_an_error(connect: Connect) -> None:
    headers = {"x-trace-id": "trace-1"}
    reply = httpx.Response(429, json={"error": {"message": "Slow down."}}, headers=headers)
    llm = ChatIONOS(**connect(lambda _: reply), max_retries=0)
    with pytest.raises(lc.ModelRateLimitError) as caught:
        llm.invoke("Hi")
    (generation,) = _generate_response_from_error(caught.value)
    told = generation.message.response_metadata
    assert told["status_code"] == 429
    assert told["request_id"] == "trace-1"
    assert told["body"] == {"error": {"message": "Slow down."}}
    assert told["headers"]["x-trace-id"] == "trace-1"


def test_a_stream_that_ends_early_keeps_what_came(connect: Connect) -> None:
    event = b'data: {"choices": [{"index": 0, "delta": {"content": "Hal"}}]}\n\n'
    kind = {"content-type": "text/event-stream"}
    llm = ChatIONOS(**connect(lambda _: httpx.Response(200, content=event, headers=kind)))
    with pytest.raises(lc.ModelConnectionError) as caught:
        list(llm.stream("Hi"))
    assert isinstance(caught.value, hub.IncompleteStreamError)
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Hal"
