"""A caller's own httpx client with few connections, whose answers stall past the deadline."""

import asyncio
import threading

import httpx
import pytest
from faults import answers
from faults.answers import TEXT
from faults.bodies import stall, trickle
from faults.callers.caller import MESSAGES, MODEL
from faults.server import Connection, Fault, FaultServer

from ionos_model_hub import AsyncClient, RequestTimeoutError

CALLS = 12


@pytest.mark.parametrize("fault", [stall, trickle])
async def test_the_pool_keeps_its_slots(fault: Fault) -> None:
    is_well = threading.Event()

    def answer(connection: Connection) -> None:
        (answers.good if is_well.is_set() else fault)(connection)

    with FaultServer(answer) as server:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=2)) as own:

            async def ask(deadline: float) -> str:
                options = {"api_key": "any", "base_url": server.base_url, "max_retries": 0}
                client = AsyncClient(
                    http_client=own, deadline=deadline, requests_per_second=None, **options
                )
                return (await client.chat(MESSAGES, model=MODEL)).text

            asked = [ask(0.2) for _ in range(CALLS)]
            for outcome in await asyncio.gather(*asked, return_exceptions=True):
                assert isinstance(outcome, RequestTimeoutError)
            is_well.set()
            assert await asyncio.gather(*[ask(10) for _ in range(CALLS)]) == [TEXT] * CALLS
