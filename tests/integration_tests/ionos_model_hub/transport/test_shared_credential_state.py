"""Clients whose turns are kept elsewhere ask for each of them, from either shell."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from ionos_model_hub import AsyncClient, Client, RateLimitError
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.policy.deadline import Watch
from ionos_model_hub.transport import credential_state as lanes
from ionos_model_hub.transport.credential_state import Lane
from ionos_model_hub.transport.interfaces import IO

USER = [{"role": "user", "content": "Say exactly: Hallo"}]


class KeptElsewhere(Lane):
    """Hands out turns from another thread."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.pauses: list[float | None] = []

    async def turn(self, io: IO, images: int, watch: Watch) -> None:
        future: Future[int] = Future()
        threading.Timer(0.01, future.set_result, [1]).start()
        turns = await io.result(future)
        self.asked += turns

    def pause(self, now: float, retry_after: float | None) -> None:
        self.pauses.append(retry_after)


@pytest.fixture
def lane() -> Iterator[KeptElsewhere]:
    lane = KeptElsewhere()
    lanes.make_lanes_with(lambda _: lane)
    yield lane
    lanes.make_lanes_with(lambda _: Lane())


def test_the_synchronous_shell_waits_for_it(lane: KeptElsewhere, ionos_emulator: Emulator) -> None:
    with Client(api_key="any", base_url=ionos_emulator.base_url) as client:
        assert client.chat(USER).text == "Hallo"
    assert lane.asked == 1


async def test_the_asynchronous_shell_waits_for_it(
    lane: KeptElsewhere, ionos_emulator: Emulator
) -> None:
    async with AsyncClient(api_key="any", base_url=ionos_emulator.base_url) as client:
        answers = await asyncio.gather(*(client.chat(USER) for _ in range(20)))
    assert {answer.text for answer in answers} == {"Hallo"}
    assert lane.asked == 20


def test_it_hears_of_refusals(lane: KeptElsewhere, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(status=429, json={}, headers={"Retry-After": "7"}))
    options = {"api_key": "any", "base_url": ionos_emulator.base_url, "max_retries": 0}
    with Client(**options) as client, pytest.raises(RateLimitError):
        client.chat(USER)
    assert lane.pauses == [7.0]
