"""A rate limiter from a limiter factory is used by both clients."""

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import Future

import pytest

from ionos_model_hub import AsyncClient, Client, ModelHubError
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.transport.credential_state import registry
from ionos_model_hub.transport.interfaces import IO
from ionos_model_hub.transport.rate_limiter import RateLimits

USER = [{"role": "user", "content": "Say exactly: Hallo"}]


class RemoteRateLimiter:
    """Waits for another thread, as limiters of several processes wait for a server."""

    def __init__(self) -> None:
        self.limits: list[RateLimits] = []
        self.acquired = 0
        self.pauses: list[float | None] = []
        self.responses = 0

    def configure(self, limits: RateLimits) -> None:
        self.limits.append(limits)

    async def acquire(self, io: IO, images: int, timer: CallTimer) -> None:
        future: Future[int] = Future()
        threading.Timer(0.01, future.set_result, [1]).start()
        granted = await io.wait_for(future)
        self.acquired += granted

    def pause(self, now: float, retry_after: float | None) -> None:
        self.pauses.append(retry_after)

    def apply_server_limits(self, headers: Mapping[str, str], sent_at: float) -> None:
        self.responses += 1


@pytest.fixture
def limiter() -> RemoteRateLimiter:
    limiter = RemoteRateLimiter()
    registry.use_limiter_factory(lambda _: limiter)
    return limiter


def test_synchronous_client_waits_for_it(
    limiter: RemoteRateLimiter, ionos_emulator: Emulator
) -> None:
    options = {"api_key": "any", "base_url": ionos_emulator.base_url, "requests_per_second": 7}
    with Client(**options) as client:
        assert client.chat(USER).text == "Hallo"
    assert (limiter.acquired, limiter.responses) == (1, 1)
    assert [limits.requests_per_second for limits in limiter.limits] == [7]


async def test_asynchronous_client_waits_for_it(
    limiter: RemoteRateLimiter, ionos_emulator: Emulator
) -> None:
    async with AsyncClient(api_key="any", base_url=ionos_emulator.base_url) as client:
        completions = await asyncio.gather(*(client.chat(USER) for _ in range(20)))
    assert {completion.text for completion in completions} == {"Hallo"}
    assert limiter.acquired == 20


@pytest.mark.parametrize("status", [429, 529])
def test_it_is_paused_by_throttled_calls(
    limiter: RemoteRateLimiter, ionos_emulator: Emulator, status: int
) -> None:
    ionos_emulator.script(Reply(status=status, json={}, headers={"Retry-After": "7"}))
    options = {"api_key": "any", "base_url": ionos_emulator.base_url, "max_retries": 0}
    with Client(**options) as client, pytest.raises(ModelHubError):
        client.chat(USER)
    assert limiter.pauses == [7.0]
