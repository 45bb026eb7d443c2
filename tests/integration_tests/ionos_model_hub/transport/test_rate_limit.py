"""Many calls with one key keep the rate limit of the contract, whichever framework makes them.

The emulator enforces the documented limit (5 requests/s, 10 at once), ten times as fast. So do
the limits of the clients here.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from itertools import accumulate

import pytest

from ionos_model_hub import BadRequestError
from ionos_model_hub.client_pair import Clients
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.settings import HUB_REQUESTS_PER_SECOND, Settings
from ionos_model_hub.transport.credential_state import credential_state
from ionos_model_hub.transport.rate_limiter import LocalRateLimiter
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

SPEED = 10
REQUESTS_PER_SECOND = HUB_REQUESTS_PER_SECOND * SPEED
BURST = Settings(api_key="any").burst * SPEED
SERVER_BURST = 10 * SPEED
KEY = "one-contract"
USER = [{"role": "user", "content": "Hallo"}]

Call = Callable[[str], Awaitable[str]]


@pytest.fixture
def limited() -> Iterator[Emulator]:
    with Emulator(requests_per_second=REQUESTS_PER_SECOND, burst=SERVER_BURST) as hub:
        yield hub


def calls_of_both_frameworks(url: str, **limits: float | None) -> dict[str, Call]:
    """Return a call of each framework; both use one key."""
    options = {"requests_per_second": REQUESTS_PER_SECOND, "burst": BURST, **limits}
    chat = ChatIONOS(api_key=KEY, base_url=url, **options)
    llm = IONOS(api_key=KEY, base_url=url, **options)

    async def langchain(prompt: str) -> str:
        return (await chat.ainvoke(prompt)).text

    async def llama_index(prompt: str) -> str:
        return (await llm.acomplete(prompt)).text

    return {"langchain": langchain, "llama_index": llama_index}


def limiter_of(clients: Clients) -> LocalRateLimiter:
    limiter = credential_state(clients.settings).rate_limiter
    assert isinstance(limiter, LocalRateLimiter)
    return limiter


def senders(hub: Emulator) -> list[str]:
    """Return which framework sent each request, in the order of arrival."""
    return [str(request.json["messages"][0]["content"]).split()[2] for request in hub.requests]


def largest_lead(order: list[str]) -> int:
    """Return by how many requests one framework was ever ahead of the other."""
    return max(abs(lead) for lead in accumulate(1 if name == "langchain" else -1 for name in order))


async def test_hundreds_of_calls_succeed_with_at_most_one_percent_throttled(
    limited: Emulator,
) -> None:
    count = 400
    calls = {
        f"Say exactly: {name} {number}": call
        for name, call in calls_of_both_frameworks(limited.base_url).items()
        for number in range(count // 2)
    }
    answers = await asyncio.gather(*(call(prompt) for prompt, call in calls.items()))
    assert [f"Say exactly: {answer}" for answer in answers] == list(calls)
    # Each throttled request is sent again, so the requests beyond the calls were throttled.
    assert count <= len(limited.requests) <= count * 1.01


async def test_frameworks_with_equal_demand_get_equal_shares(limited: Emulator) -> None:
    in_flight, count = 60, 120

    async def work(name: str, call: Call, numbers: deque[int]) -> None:
        while numbers:
            await call(f"Say exactly: {name} {numbers.popleft()}")

    async with asyncio.TaskGroup() as group:
        for name, call in calls_of_both_frameworks(limited.base_url).items():
            numbers = deque(range(count))
            for _ in range(in_flight):
                group.create_task(work(name, call, numbers))
    order = senders(limited)
    assert min(order.count("langchain"), order.count("llama_index")) >= count
    assert largest_lead(order) <= in_flight


@pytest.fixture
async def slow_clients(ionos_emulator: Emulator) -> AsyncIterator[Clients]:
    """Clients that may send a request every 1,000 seconds."""
    options = {"api_key": "slow", "base_url": ionos_emulator.base_url}
    clients = Clients(**options, requests_per_second=0.001, burst=1)
    yield clients
    await clients.aclose()


async def test_cancelled_calls_refund_their_tokens(
    slow_clients: Clients, ionos_emulator: Emulator
) -> None:
    tasks = [asyncio.create_task(slow_clients.aio.chat(USER)) for _ in range(20)]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert (len(done), len(pending)) == (1, 19)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    assert len(ionos_emulator.requests) == 1
    now = time.monotonic()
    assert limiter_of(slow_clients).reserve(now, images=0) - now <= 1_000.0


@pytest.mark.parametrize(
    "limits",
    [{"requests_per_second": 1000, "burst": 1000}, {"requests_per_second": None}],
    ids=["limited", "unlimited"],
)
@pytest.mark.parametrize("status", [429, 529])
async def test_one_throttled_call_pauses_all(
    ionos_emulator: Emulator, status: int, limits: dict[str, float | None]
) -> None:
    ionos_emulator.script(Reply(status=status, json={}, headers={"Retry-After": "1"}))
    calls = calls_of_both_frameworks(ionos_emulator.base_url, **limits)
    clients = Clients(api_key=KEY, base_url=ionos_emulator.base_url, **limits)
    limiter = limiter_of(clients)
    async with asyncio.TaskGroup() as group:
        group.create_task(calls["langchain"]("Say exactly: langchain 0"))
        while not limiter.is_paused(time.monotonic()):  # noqa: ASYNC110  # there is no event
            await asyncio.sleep(0.01)
        for number in range(20):
            group.create_task(calls["llama_index"](f"Say exactly: llama_index {number}"))
        received = {1}
        while limiter.is_paused(time.monotonic()):
            count = len(ionos_emulator.requests)
            if limiter.is_paused(time.monotonic()):
                received.add(count)
            await asyncio.sleep(0.01)
    assert received == {1}
    assert sorted(senders(ionos_emulator)) == ["langchain"] * 2 + ["llama_index"] * 20


@pytest.mark.parametrize("status", [200, 400])
async def test_limits_reported_by_the_server_are_respected(
    ionos_emulator: Emulator, status: int
) -> None:
    headers = {"X-RateLimit-Limit": "1", "X-RateLimit-Burst": "2", "X-RateLimit-Remaining": "0"}
    body = {"choices": [{"message": {"content": "Hallo"}, "finish_reason": "stop"}]}
    ionos_emulator.script(Reply(status=status, json=body, headers=headers))
    options = {"requests_per_second": 1000, "burst": 1000}
    clients = Clients(api_key="reported", base_url=ionos_emulator.base_url, **options)
    before = time.monotonic()
    with suppress(BadRequestError):
        await clients.aio.chat(USER)
    limiter = limiter_of(clients)
    first, second = (limiter.reserve(before, images=0) for _ in range(2))
    assert first >= before + 1
    assert second - first == pytest.approx(1)
    await clients.aclose()
