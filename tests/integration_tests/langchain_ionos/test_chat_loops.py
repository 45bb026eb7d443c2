"""One chat model in several event loops, threads and tasks."""

import asyncio
import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from ionos_model_hub.emulator import Emulator
from langchain_ionos import ChatIONOS

REPLY = "Hello! How can I help you today?"


@pytest.fixture
def llm(ionos_emulator: Emulator) -> ChatIONOS:
    return ChatIONOS(api_key="any", base_url=ionos_emulator.base_url, max_retries=0)


async def stream_and_invoke(llm: ChatIONOS) -> str:
    chunks = [chunk.text async for chunk in llm.astream("Hello")]
    message = await llm.ainvoke("Hello")
    assert "".join(chunks) == message.text
    return str(message.text)


def run_in_new_loop(llm: ChatIONOS) -> str:
    return asyncio.run(stream_and_invoke(llm))


def test_consecutive_event_loops(llm: ChatIONOS) -> None:
    assert [run_in_new_loop(llm) for _ in range(3)] == [REPLY] * 3
    assert llm.invoke("Hello").text == REPLY


def test_threads_with_separate_event_loops(llm: ChatIONOS) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(run_in_new_loop, [llm] * 8)) == [REPLY] * 8
        messages = pool.map(llm.invoke, ["Hello"] * 8)
        assert [message.text for message in messages] == [REPLY] * 8


def test_batch_and_abatch(llm: ChatIONOS) -> None:
    assert [message.text for message in llm.batch(["Hello"] * 20)] == [REPLY] * 20

    async def abatch() -> list[str]:
        return [str(message.text) for message in await llm.abatch(["Hello"] * 20)]

    assert asyncio.run(abatch()) == [REPLY] * 20


def test_unpickled_model_works(llm: ChatIONOS) -> None:
    llm.invoke("Hello")
    copied = pickle.loads(pickle.dumps(llm))  # our own bytes
    assert copied.invoke("Hello").text == REPLY
    assert run_in_new_loop(copied) == REPLY


def test_other_processes_read_the_key_from_their_environment(
    llm: ChatIONOS, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IONOS_API_KEY", "key-of-the-worker")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(run_in_new_loop, (llm,)) == REPLY


async def test_cancelled_calls_leave_the_model_usable(llm: ChatIONOS) -> None:
    tasks = [asyncio.create_task(stream_and_invoke(llm)) for _ in range(10)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[1::2] == [REPLY] * 5
    assert await stream_and_invoke(llm) == REPLY


async def test_abandoned_streams_leave_the_model_usable(llm: ChatIONOS) -> None:
    async for _ in llm.astream("Hello"):
        break
    for _ in llm.stream("Hello"):
        break
    assert await stream_and_invoke(llm) == REPLY
    await llm.aclose()
