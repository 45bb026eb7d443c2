"""Redirects are not followed, so no secret and no prompt is sent to another server."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from faults.assertions import CANARY
from faults.server import FaultServer
from faults.statuses import redirect

from ionos_model_hub import APIError, AsyncClient, Client

QUESTION = [{"role": "user", "content": "secret"}]
SECRETS: dict[str, dict[str, Any]] = {
    "authorization": {"api_key": CANARY},
    "cookie": {"default_headers": {"Cookie": f"session={CANARY}"}},
    "other_header": {"default_headers": {"X-Api-Key": CANARY}},
}


def call(base_url: str, **options: Any) -> None:
    with Client(base_url=base_url, **options) as client:
        client.chat(QUESTION)


def call_with_httpx(base_url: str, **options: Any) -> None:
    with httpx.Client(follow_redirects=True) as user_client:
        Client(base_url=base_url, http_client=user_client, **options).chat(QUESTION)


def acall(base_url: str, **options: Any) -> None:
    async def call() -> None:
        async with AsyncClient(base_url=base_url, **options) as client:
            await client.chat(QUESTION)

    asyncio.run(call())


def acall_with_httpx(base_url: str, **options: Any) -> None:
    async def call() -> None:
        async with httpx.AsyncClient(follow_redirects=True) as user_client:
            await AsyncClient(base_url=base_url, http_client=user_client, **options).chat(QUESTION)

    asyncio.run(call())


@pytest.mark.pairwise
@pytest.mark.parametrize("code", [301, 302, 307, 308])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize("make_call", [call, call_with_httpx, acall, acall_with_httpx])
def test_no_secret_is_sent_to_another_server(
    server: FaultServer,
    other_server: FaultServer,
    make_call: Callable[..., None],
    secret: dict[str, Any],
    host: str,
    code: int,
) -> None:
    server.script(redirect(code, other_server.base_url.replace("127.0.0.1", host)))
    with pytest.raises(APIError, match="redirects") as caught:
        make_call(server.base_url, **{"api_key": "any", **secret})
    assert CANARY not in f"{caught.value} {vars(caught.value)!r}"
    assert len(server.requests) == 1
    assert CANARY in str(server.requests[0].headers)
    assert other_server.connection_count == 0
