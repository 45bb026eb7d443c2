"""Connections of the asynchronous client belong to the event loop that opened them."""

import asyncio

import pytest

from ionos_model_hub import AsyncClient, ConnectionFailedError
from ionos_model_hub.emulator import Emulator
from ionos_model_hub.transport import async_io
from ionos_model_hub.transport.http import pool


async def test_idle_connections_are_closed_without_another_call(
    ionos_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(async_io, "CLEANUP_INTERVAL", 0.01)
    monkeypatch.setattr(pool, "KEEPALIVE_SECONDS", 0.05)
    all_closed = asyncio.Event()
    close_expired = pool.IdleConnections.close_expired

    def close_and_check(idle: pool.IdleConnections) -> None:
        close_expired(idle)
        if idle._stacks and not any(idle._stacks.values()):
            all_closed.set()

    monkeypatch.setattr(pool.IdleConnections, "close_expired", close_and_check)
    client = AsyncClient(api_key="any", base_url=ionos_emulator.base_url)
    await asyncio.gather(*[client.models() for _ in range(3)])
    await asyncio.wait_for(all_closed.wait(), 10)
    assert await client.models()
    await client.aclose()


def test_connections_of_closed_loops_are_dropped() -> None:
    client = AsyncClient(api_key="any", base_url="http://127.0.0.1:9/v1", max_retries=0)
    for _ in range(3):
        loop = asyncio.new_event_loop()
        with pytest.raises(ConnectionFailedError):
            loop.run_until_complete(client.models())
        loop.close()
    assert len(client._io._by_loop) <= 1


async def test_closing_a_stream_does_not_stop_the_task_that_reads_it(
    ionos_emulator: Emulator,
) -> None:
    release = asyncio.Event()

    async def key() -> str:
        await release.wait()
        return "any"

    async with AsyncClient(api_key=key, base_url=ionos_emulator.base_url) as client:
        stream = client.stream_chat([{"role": "user", "content": "Hallo"}])
        reading = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        async with stream:
            pass
        release.set()
        assert await reading
        await stream.aclose()
