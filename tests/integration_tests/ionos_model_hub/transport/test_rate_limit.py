"""Many calls through one key keep the contract's limit, whichever framework makes them.

The emulator enforces the documented limit (5 requests/s, 10 at once) in a time ten times as fast,
and so are the defaults of the pace here.
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
from ionos_model_hub.transport.credential_state import Lane, lane_of
from langchain_ionos import ChatIONOS
from llama_index_ionos import IONOS

TIMES = 10
PER_SECOND = HUB_REQUESTS_PER_SECOND * TIMES
BURST = Settings(api_key="any").burst * TIMES
BURST_OF_THE_HUB = 10 * TIMES
KEY = "one-contract"

Call = Callable[[str], Awaitable[str]]


@pytest.fixture
def limited() -> Iterator[Emulator]:
    with Emulator(requests_per_second=PER_SECOND, burst=BURST_OF_THE_HUB) as hub:
        yield hub


def callers(url: str, per_second: float = PER_SECOND, burst: int = BURST) -> dict[str, Call]:
    """Return a call of each framework; both use one key."""
    options = {"api_key": KEY, "base_url": url, "requests_per_second": per_second, "burst": burst}
    chat = ChatIONOS(**options)
    llm = IONOS(**options)

    async def langchain(prompt: str) -> str:
        return (await chat.ainvoke(prompt)).text

    async def llama_index(prompt: str) -> str:
        return (await llm.acomplete(prompt)).text

    return {"langchain": langchain, "llama_index": llama_index}


def asked_by(hub: Emulator) -> list[str]:
    """Return which caller sent each request, in the order of their arrival."""
    return [str(request.json["messages"][0]["content"]).split()[2] for request in hub.requests]


def largest_lead(order: list[str]) -> int:
    """Return by how many requests one caller was ever ahead of the other."""
    return max(abs(lead) for lead in accumulate(1 if name == "langchain" else -1 for name in order))


async def test_hundreds_at_once_all_succeed_with_at_most_one_percent_refused(
    limited: Emulator,
) -> None:
    calls = 400
    asked = {
        f"Say exactly: {name} {number}": call
        for name, call in callers(limited.base_url).items()
        for number in range(calls // 2)
    }
    answers = await asyncio.gather(*(call(prompt) for prompt, call in asked.items()))
    assert [f"Say exactly: {answer}" for answer in answers] == list(asked)
    # Each refused request is sent again: what is more than the calls was refused.
    assert calls <= len(limited.requests) <= calls * 1.01


async def test_callers_that_ask_for_as_much_get_as_much(limited: Emulator) -> None:
    in_flight, each = 60, 120

    async def work(name: str, call: Call, numbers: deque[int]) -> None:
        while numbers:
            await call(f"Say exactly: {name} {numbers.popleft()}")

    async with asyncio.TaskGroup() as group:
        for name, call in callers(limited.base_url).items():
            numbers = deque(range(each))
            for _ in range(in_flight):
                group.create_task(work(name, call, numbers))
    order = asked_by(limited)
    assert min(order.count("langchain"), order.count("llama_index")) >= each
    assert largest_lead(order) <= in_flight


@pytest.fixture
async def waiting(ionos_emulator: Emulator) -> AsyncIterator[tuple[Clients, Lane]]:
    """A client that may send a request every 1,000 seconds, and its lane."""
    options = {"api_key": "slow", "base_url": ionos_emulator.base_url}
    clients = Clients(**options, requests_per_second=0.001, burst=1)
    yield clients, lane_of(clients.settings)
    await clients.aclose()


async def test_cancelled_waiters_give_their_turns_back(
    waiting: tuple[Clients, Lane], ionos_emulator: Emulator
) -> None:
    clients, lane = waiting
    tasks = [
        asyncio.create_task(clients.aio.chat([{"role": "user", "content": "Hallo"}]))
        for _ in range(20)
    ]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert (len(done), len(pending)) == (1, 19)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    assert len(ionos_emulator.requests) == 1
    next_turn = lane.take(time.monotonic(), images=0) - time.monotonic()
    assert next_turn <= 1_000.0


async def test_one_refusal_pauses_all(ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(status=429, json={}, headers={"Retry-After": "1"}))
    both = callers(ionos_emulator.base_url, per_second=1000, burst=1000)
    options = {"requests_per_second": 1000, "burst": 1000}
    clients = Clients(api_key=KEY, base_url=ionos_emulator.base_url, **options)
    lane = lane_of(clients.settings)
    async with asyncio.TaskGroup() as group:
        group.create_task(both["langchain"]("Say exactly: langchain 0"))
        while not lane.is_paused(time.monotonic()):  # noqa: ASYNC110  # a lane rings no bell
            await asyncio.sleep(0.01)
        for number in range(20):
            group.create_task(both["llama_index"](f"Say exactly: llama_index {number}"))
        seen = {1}
        while lane.is_paused(time.monotonic()):
            arrived = len(ionos_emulator.requests)
            if lane.is_paused(time.monotonic()):
                seen.add(arrived)
            await asyncio.sleep(0.01)
    assert seen == {1}
    assert sorted(asked_by(ionos_emulator)) == ["langchain"] * 2 + ["llama_index"] * 20


@pytest.mark.parametrize("status", [200, 400])
async def test_limits_that_answers_tell_are_kept_to(ionos_emulator: Emulator, status: int) -> None:
    told = {"X-RateLimit-Limit": "1", "X-RateLimit-Burst": "2", "X-RateLimit-Remaining": "0"}
    answer = {"choices": [{"message": {"content": "Hallo"}, "finish_reason": "stop"}]}
    ionos_emulator.script(Reply(status=status, json=answer, headers=told))
    options = {"requests_per_second": 1000, "burst": 1000}
    clients = Clients(api_key="told", base_url=ionos_emulator.base_url, **options)
    before = time.monotonic()
    with suppress(BadRequestError):
        await clients.aio.chat([{"role": "user", "content": "Hallo"}])
    lane = lane_of(clients.settings)
    turns = [lane.take(before, images=0) for _ in range(2)]
    assert turns[0] >= before + 1
    assert turns[1] - turns[0] == pytest.approx(1)
    await clients.aclose()
