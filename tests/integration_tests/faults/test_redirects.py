"""A redirect takes nothing along: not the key, not other secrets, not the prompt."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from faults.server import FaultServer
from faults.statuses import redirect
from faults.verdicts import CANARY

from ionos_model_hub import APIError, AsyncClient, Client

QUESTION = [{"role": "user", "content": "secret"}]
SECRETS: dict[str, dict[str, Any]] = {
    "authorization": {"api_key": CANARY},
    "cookie": {"default_headers": {"Cookie": f"session={CANARY}"}},
    "own_header": {"default_headers": {"X-Api-Key": CANARY}},
}


def ask(base_url: str, **options: Any) -> None:
    with Client(base_url=base_url, **options) as client:
        client.chat(QUESTION)


def ask_through_own_client(base_url: str, **options: Any) -> None:
    with httpx.Client(follow_redirects=True) as own:
        Client(base_url=base_url, http_client=own, **options).chat(QUESTION)


def aask(base_url: str, **options: Any) -> None:
    async def call() -> None:
        async with AsyncClient(base_url=base_url, **options) as client:
            await client.chat(QUESTION)

    asyncio.run(call())


def aask_through_own_client(base_url: str, **options: Any) -> None:
    async def call() -> None:
        async with httpx.AsyncClient(follow_redirects=True) as own:
            await AsyncClient(base_url=base_url, http_client=own, **options).chat(QUESTION)

    asyncio.run(call())


@pytest.mark.parametrize("code", [301, 302, 307, 308])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize("shell", [ask, ask_through_own_client, aask, aask_through_own_client])
def test_nothing_reaches_another_origin(
    server: FaultServer,
    elsewhere: FaultServer,
    shell: Callable[..., None],
    secret: dict[str, Any],
    host: str,
    code: int,
) -> None:
    server.script(redirect(code, elsewhere.base_url.replace("127.0.0.1", host)))
    with pytest.raises(APIError, match="redirects") as caught:
        shell(server.base_url, **{"api_key": "any", **secret})
    assert CANARY not in f"{caught.value} {vars(caught.value)!r}"
    assert len(server.requests) == 1
    assert CANARY in str(server.requests[0].headers)
    assert elsewhere.accepted == 0
