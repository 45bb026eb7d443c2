"""Clients of httpx that the user passes in."""

import asyncio
import threading

import httpx
import pytest
from faults import bodies, responses
from faults.before_response import dripping_headers
from faults.callers.caller import MESSAGES, MODEL
from faults.certificates import client_context, server_context
from faults.responses import TEXT
from faults.server import Connection, Fault, FaultServer
from faults.statuses import redirect

from ionos_model_hub import (
    AsyncClient,
    Client,
    ConnectionFailedError,
    ModelHubError,
    RequestTimeoutError,
)

CALLS = 12


def test_certificate_of_user_client_is_used() -> None:
    context = client_context()

    async def call(base_url: str) -> None:
        async with httpx.AsyncClient(verify=context) as user_client:
            client = AsyncClient(api_key="any", base_url=base_url, http_client=user_client)
            assert (await client.models())[0].id == "m"

    with (
        FaultServer(responses.good, server_context("127.0.0.1")) as server,
        httpx.Client(verify=context) as user_client,
    ):
        client = Client(api_key="any", base_url=server.base_url, http_client=user_client)
        assert client.models()[0].id == "m"
        asyncio.run(call(server.base_url))


def test_certificate_of_another_host_is_not_retried() -> None:
    with (
        FaultServer(responses.good, server_context("hub.example")) as server,
        httpx.Client(verify=client_context()) as user_client,
    ):
        client = Client(api_key="any", base_url=server.base_url, http_client=user_client)
        with pytest.raises(ConnectionFailedError, match="IP address mismatch") as caught:
            client.models()
        assert caught.value.attempts == 1
        assert server.requests == []


def test_redirects_are_not_followed_by_user_client(
    server: FaultServer, other_server: FaultServer
) -> None:
    server.script(*[redirect(307, other_server.base_url)] * 2)

    async def call() -> None:
        async with httpx.AsyncClient(follow_redirects=True) as user_client:
            client = AsyncClient(api_key="any", base_url=server.base_url, http_client=user_client)
            await client.chat([{"role": "user", "content": "secret"}], model="m")

    with httpx.Client(follow_redirects=True) as user_client:
        client = Client(api_key="any", base_url=server.base_url, http_client=user_client)
        with pytest.raises(ModelHubError, match="redirects"):
            client.chat([{"role": "user", "content": "secret"}], model="m")
    with pytest.raises(ModelHubError, match="redirects"):
        asyncio.run(call())
    assert other_server.connection_count == 0


def test_event_hooks_can_read_responses(server: FaultServer) -> None:
    lengths: list[int] = []

    def hook(response: httpx.Response) -> None:
        lengths.append(len(response.read()))

    server.script(bodies.gzipped)
    with httpx.Client(event_hooks={"response": [hook]}) as user_client:
        client = Client(api_key="any", base_url=server.base_url, http_client=user_client)
        completion = client.chat([{"role": "user", "content": "Hallo"}], model="m")
    assert completion.text == TEXT
    assert lengths[0] > len(TEXT)


async def test_async_user_client_limits_the_response_head(server: FaultServer) -> None:
    server.script(dripping_headers, dripping_headers)
    options = {"api_key": "any", "base_url": server.base_url, "max_retries": 0}
    async with httpx.AsyncClient() as user_client:
        for limits in ({"timeout": 0.2}, {"deadline": 0.2}):
            client = AsyncClient(http_client=user_client, **options, **limits)
            with pytest.raises(RequestTimeoutError, match=next(iter(limits))):
                await client.chat(MESSAGES, model=MODEL)
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", [bodies.stall, bodies.trickle, dripping_headers])
async def test_bounded_pool_loses_no_slots(fault: Fault) -> None:
    has_recovered = threading.Event()

    def respond(connection: Connection) -> None:
        (responses.good if has_recovered.is_set() else fault)(connection)

    with FaultServer(respond) as server:
        limits = httpx.Limits(max_connections=2)
        async with httpx.AsyncClient(limits=limits) as user_client:

            async def call(deadline: float) -> str:
                options = {"api_key": "any", "base_url": server.base_url, "max_retries": 0}
                client = AsyncClient(
                    http_client=user_client, deadline=deadline, requests_per_second=None, **options
                )
                return (await client.chat(MESSAGES, model=MODEL)).text

            calls = [call(0.2) for _ in range(CALLS)]
            for outcome in await asyncio.gather(*calls, return_exceptions=True):
                assert isinstance(outcome, RequestTimeoutError)
            has_recovered.set()
            assert await asyncio.gather(*[call(10) for _ in range(CALLS)]) == [TEXT] * CALLS
