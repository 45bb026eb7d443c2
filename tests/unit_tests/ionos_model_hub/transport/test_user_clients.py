"""Calls through httpx clients that users pass in."""

import asyncio
import copy
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ionos_model_hub import AsyncClient, Client, ConfigurationError, RateLimitError
from ionos_model_hub.wire.response_types import ListedModel

Respond = Callable[[httpx.Request], httpx.Response]
OPTIONS: dict[str, Any] = {"api_key": "key-of-a-test", "base_url": "https://hub.example/v1"}


def list_models(respond: Respond, hook: Callable[..., Any] | None = None) -> list[str]:
    """Return the ids of the models through an httpx.Client."""
    hooks = {"response": [hook]} if hook else {}
    transport = httpx.MockTransport(respond)
    with httpx.Client(transport=transport, event_hooks=hooks) as http_client:
        return [model.id for model in Client(http_client=http_client, **OPTIONS).models()]


def list_models_async(respond: Respond, hook: Callable[..., Any] | None = None) -> list[str]:
    """Return the ids of the models through an httpx.AsyncClient."""

    async def call_hook(response: httpx.Response) -> None:
        if hook:
            await response.aread()
            hook(response)

    async def call() -> list[str]:
        async with httpx.AsyncClient(
            transport=httpx.MockTransport(respond), event_hooks={"response": [call_hook]}
        ) as http_client:
            client = AsyncClient(http_client=http_client, **OPTIONS)
            return [model.id for model in await client.models()]

    return asyncio.run(call())


both = pytest.mark.parametrize("call", [list_models, list_models_async], ids=["sync", "async"])


def throttle_once() -> Respond:
    headers = {"retry-after-ms": "1", "x-trace-id": "t-1"}
    replies = [
        httpx.Response(429, headers=headers, json={"error": {"message": "Too fast."}}),
        httpx.Response(200, json={"data": [{"id": "m"}]}),
    ]
    return lambda _: replies.pop(0)


@both
def test_status_errors_of_event_hooks_are_retried(call: Callable[..., list[str]]) -> None:
    assert call(throttle_once(), httpx.Response.raise_for_status) == ["m"]


@pytest.mark.parametrize(("reads", "message"), [(False, "without an explanation"), (True, "fast")])
def test_status_error_of_an_event_hook_is_an_error_of_this_package(
    reads: bool, message: str
) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        headers = {"retry-after": "61", "x-trace-id": "t-1"}
        return httpx.Response(429, headers=headers, content=iter([b'{"message": "Too fast."}']))

    def hook(response: httpx.Response) -> None:
        if reads:
            response.read()
        response.raise_for_status()

    with pytest.raises(RateLimitError, match=message) as caught:
        list_models(respond, hook)
    assert (caught.value.request_id, caught.value.retry_after) == ("t-1", 61)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@both
def test_status_error_of_a_request_that_an_event_hook_sends_propagates(
    call: Callable[..., list[str]],
) -> None:
    def hook(_: httpx.Response) -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(401))
        with httpx.Client(transport=transport) as other:
            other.post("https://login.example/token").raise_for_status()

    with pytest.raises(httpx.HTTPStatusError, match=r"https://login\.example/token"):
        call(lambda _: httpx.Response(200, json={"data": []}), hook)


@both
@pytest.mark.parametrize(
    "reason",
    [
        "Event loop is closed",
        "<asyncio.locks.Event object at 0x7f [unset]> is bound to a different event loop",
        "Task got Future attached to a different loop",
        "unable to perform operation on <TCPTransport closed=True>; the handler is closed",
    ],
)
def test_client_of_another_loop_is_a_configuration_error(
    call: Callable[..., list[str]], reason: str
) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        raise RuntimeError(reason)

    with pytest.raises(ConfigurationError, match="one event loop only") as caught:
        call(respond)
    assert caught.value.param == "http_client"
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@both
def test_other_runtime_errors_propagate(call: Callable[..., list[str]]) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        raise RuntimeError("a bug of a transport")

    with pytest.raises(RuntimeError, match="a bug of a transport"):
        call(respond)


def test_closed_client_is_a_configuration_error() -> None:
    http_client = httpx.Client()
    http_client.close()
    with pytest.raises(ConfigurationError, match=r"client has been closed.*Pass a client that is"):
        Client(http_client=http_client, **OPTIONS).models()


@pytest.mark.parametrize(
    ("kind", "http_client", "expected"),
    [
        (Client, httpx.AsyncClient(), "must be an httpx.Client, got httpx.AsyncClient"),
        (AsyncClient, httpx.Client(), "must be an httpx.AsyncClient, got httpx.Client"),
        (Client, "client", "must be an httpx.Client, got builtins.str"),
    ],
)
def test_client_of_the_wrong_class_is_rejected(
    kind: type[Client | AsyncClient], http_client: Any, expected: str
) -> None:
    with pytest.raises(ConfigurationError, match=expected) as caught:
        kind(http_client=http_client, **OPTIONS)
    assert caught.value.param == "http_client"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies_keep_the_httpx_client(copied: Callable[[Client], Client]) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"data": []}))
    with httpx.Client(transport=transport) as http_client:
        assert copied(Client(http_client=http_client, **OPTIONS)).models() == []


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies_keep_the_asynchronous_httpx_client(
    copied: Callable[[AsyncClient], AsyncClient],
) -> None:
    async def call() -> list[ListedModel]:
        transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"data": []}))
        async with httpx.AsyncClient(transport=transport) as http_client:
            return await copied(AsyncClient(http_client=http_client, **OPTIONS)).models()

    assert asyncio.run(call()) == []


def test_pickles_of_clients_contain_neither_the_key_nor_the_httpx_client() -> None:
    with httpx.Client() as http_client:
        pickled = pickle.dumps(Client(http_client=http_client, **OPTIONS))
    assert OPTIONS["api_key"].encode() not in pickled
    assert b"httpx" not in pickled
    assert pickle.loads(pickled).settings.url == OPTIONS["base_url"]
