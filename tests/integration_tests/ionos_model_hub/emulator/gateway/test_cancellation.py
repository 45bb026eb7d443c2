"""The request to the engine ends when the client disconnects."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from ionos_model_hub.emulator import Emulator, Reply

BODY = {"model": "openai/gpt-oss-120b", "messages": [{"role": "user", "content": "Hallo"}]}


@pytest.fixture
async def engine() -> AsyncIterator[Emulator]:
    with Emulator(profile="vllm") as emulator:
        yield emulator


async def ended(engine: Emulator) -> str:
    """Return the outcome of the engine's only request."""
    while not engine.requests or engine.requests[0].response.outcome == "pending":  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return engine.requests[0].response.outcome


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("stall", ["head", 1])
async def test_request_to_the_engine_is_cancelled(
    engine: Emulator, stream: bool, stall: str | int
) -> None:
    engine.script(Reply(text="One two three", stall_after=stall))
    with Emulator(engine=f"{engine.base_url}#openai/gpt-oss-120b") as hub:
        async with httpx.AsyncClient() as http:
            call = http.post(
                f"{hub.base_url}/chat/completions",
                json={**BODY, "stream": stream},
                headers={"Authorization": "Bearer any"},
                timeout=60,
            )
            task = asyncio.create_task(call)
            while not engine.requests:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            task.cancel()
        assert await ended(engine) == "disconnected"
        assert hub.requests[0].response.outcome == "disconnected"
