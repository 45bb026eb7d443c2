"""Settings that change requests: headers, proxy, rate limit, key functions."""

import asyncio
import time

import httpx
from integration_tests.ionos_model_hub.client_callers import Caller

from ionos_model_hub import AsyncClient, Client
from ionos_model_hub.client_pair import Clients
from ionos_model_hub.emulator import Emulator


def test_query_headers_and_user_agent_are_sent(ionos_emulator: Emulator) -> None:
    clients = Clients(
        agent="an-adapter",
        api_key="any",
        base_url=ionos_emulator.base_url,
        default_query={"team": "harbour master"},
        default_headers={"X-Team": "harbour", "Accept": "*/*"},
    )
    urls: list[httpx.URL] = []
    user_client = httpx.Client(event_hooks={"request": [lambda request: urls.append(request.url)]})
    with user_client, Client.with_settings(clients.settings, user_client) as client:
        client.models()
    headers = ionos_emulator.requests[0].headers
    assert urls[0].params["team"] == "harbour master"
    assert headers["x-team"] == "harbour"
    assert headers["accept"] == "*/*"
    assert headers["user-agent"].startswith("an-adapter/")
    assert "ionos-model-hub/" in headers["user-agent"]


def test_proxy_receives_the_requests(caller: Caller) -> None:
    kind = type(caller)
    options = {"api_key": "any", "base_url": "http://localhost:1/v1", "max_retries": 0}
    with Emulator() as proxy:
        address = proxy.base_url.removesuffix("/v1")
        # The emulator is not a proxy, but it records the request for the other host.
        assert kind(proxy=address, **options).call("models")
        assert proxy.requests[0].headers["host"] == "localhost:1"


def test_clients_of_one_key_share_the_rate_limit(ionos_emulator: Emulator) -> None:
    options = {
        "api_key": "limited",
        "base_url": ionos_emulator.base_url,
        "requests_per_second": 50,
        "burst": 1,
    }

    async def four(client: AsyncClient) -> None:
        async with client:
            await asyncio.gather(*[client.models() for _ in range(4)])

    started = time.monotonic()
    with Client(**options) as client:
        client.models()
        asyncio.run(four(AsyncClient(**options)))
    # Five requests at 50 per second, the first immediately; there is no upper bound.
    assert time.monotonic() - started >= 4 / 50


def test_key_function_is_called_for_each_request(ionos_emulator: Emulator) -> None:
    calls: list[int] = []

    def key() -> str:
        calls.append(1)
        return "fresh"

    async def async_key() -> str:
        calls.append(2)
        await asyncio.sleep(0)
        return "fresh"

    with Client(api_key=key, base_url=ionos_emulator.base_url) as client:
        client.models()
        client.models()

    async def ask() -> None:
        async with AsyncClient(api_key=async_key, base_url=ionos_emulator.base_url) as client:
            await client.models()

    asyncio.run(ask())
    assert calls == [1, 1, 2]
