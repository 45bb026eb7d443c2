"""Connections of the asynchronous client belong to the event loop that opened them."""

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from textwrap import dedent

import pytest
from integration_tests.ionos_model_hub.descriptors import count_descriptors, descriptors_fall_to

from ionos_model_hub import AsyncClient, ConnectionFailedError
from ionos_model_hub.emulator import Emulator
from ionos_model_hub.transport import async_io
from ionos_model_hub.transport.http import pool

USER = [{"role": "user", "content": "Hallo"}]


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


def test_clients_of_closed_loops_are_dropped() -> None:
    client = AsyncClient(api_key="any", base_url="http://127.0.0.1:9/v1", max_retries=0)
    for _ in range(3):
        loop = asyncio.new_event_loop()
        with pytest.raises(ConnectionFailedError):
            loop.run_until_complete(client.models())
        loop.close()
    assert len(client._io._by_loop) <= 1


def leave_open(loop: asyncio.AbstractEventLoop) -> None:
    """Never close a loop, as a thread does that only stops."""


def close_without_shutdown(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop as LlamaIndex does, without `shutdown_asyncgens`."""
    loop.close()


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("finish", [leave_open, close_without_shutdown])
def test_loops_of_ended_threads_leave_no_descriptors(
    ionos_emulator: Emulator, finish: Callable[[asyncio.AbstractEventLoop], None]
) -> None:
    client = AsyncClient(api_key="any", base_url=ionos_emulator.base_url)
    texts: list[str] = []

    def ask_on_new_loop() -> None:
        loop = asyncio.SelectorEventLoop()
        asyncio.set_event_loop(loop)
        texts.append(loop.run_until_complete(client.chat(USER)).text)
        finish(loop)

    def run_thread() -> None:
        thread = threading.Thread(target=ask_on_new_loop)
        thread.start()
        thread.join()

    run_thread()
    before = count_descriptors()
    for _ in range(10):
        run_thread()
    assert descriptors_fall_to(before)
    assert len(client._io._by_loop) == 0
    assert len(texts) == 11


async def test_dropped_client_closes_its_connections(ionos_emulator: Emulator) -> None:
    async def ask() -> None:
        client = AsyncClient(api_key="any", base_url=ionos_emulator.base_url)
        await client.models()

    await ask()
    before = count_descriptors()
    for _ in range(10):
        await ask()
    for _ in range(100):
        if count_descriptors() <= before:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("Connections of dropped clients remain open.")


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_client_that_is_dropped_when_its_loop_ends_is_not_logged(
    ionos_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> None:
        client = AsyncClient(api_key="any", base_url=ionos_emulator.base_url)
        await client.models()

    before = count_descriptors()
    loop = asyncio.SelectorEventLoop()
    loop.run_until_complete(ask())
    close_without_shutdown(loop)
    del loop
    gc.collect()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    assert descriptors_fall_to(before)


async def test_client_works_after_closing(ionos_emulator: Emulator) -> None:
    client = AsyncClient(api_key="any", base_url=ionos_emulator.base_url)
    for _ in range(3):
        assert await client.models()
        await client.aclose()
        assert len(client._io._by_loop) == 0
    await client.aclose()


NESTED_CELLS = """
    import asyncio, gc, nest_asyncio, os, time
    nest_asyncio.apply()
    from llama_index.core import Document, VectorStoreIndex
    from ionos_model_hub.emulator import Emulator
    from llama_index_ionos import IONOSEmbedding

    async def cell():
        documents = [Document(text=f"text {number}") for number in range(5)]
        VectorStoreIndex.from_documents(documents, embed_model=model, use_async=True)

    with Emulator() as hub:
        model = IONOSEmbedding(api_key="any", base_url=hub.base_url)
        counts = []
        for _ in range(6):
            asyncio.run(cell())
            gc.collect()
            counts.append(len(os.listdir("/proc/self/fd")))
        ends_at = time.monotonic() + 10
        while counts[-1] > counts[1] and time.monotonic() < ends_at:
            time.sleep(0.05)  # The server of this process may not have closed its sockets yet.
            counts[-1] = len(os.listdir("/proc/self/fd"))
    assert counts[-1] <= counts[1], counts
"""


def test_nest_asyncio_causes_no_tracebacks() -> None:
    run = subprocess.run(
        [sys.executable, "-c", dedent(NESTED_CELLS)], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")


async def test_closing_a_stream_does_not_stop_the_task_that_reads_it(
    ionos_emulator: Emulator,
) -> None:
    release = asyncio.Event()

    async def key() -> str:
        await release.wait()
        return "any"

    async with AsyncClient(api_key=key, base_url=ionos_emulator.base_url) as client:
        stream = client.stream_chat(USER)
        reading = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        async with stream:
            pass
        release.set()
        assert await reading
        await stream.aclose()
