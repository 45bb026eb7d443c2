"""One chat model in many event loops, threads and tasks."""

import asyncio
import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from ionos_model_hub.emulator import Emulator
from langchain_ionos import ChatIONOS

SAID = "Hello! How can I help you today?"


@pytest.fixture
def llm(ionos_emulator: Emulator) -> ChatIONOS:
    return ChatIONOS(api_key="any", base_url=ionos_emulator.base_url, max_retries=0)


async def ask(llm: ChatIONOS) -> str:
    chunks = [chunk.text async for chunk in llm.astream("Hello")]
    whole = await llm.ainvoke("Hello")
    assert "".join(chunks) == whole.text
    return str(whole.text)


def ask_in_a_loop(llm: ChatIONOS) -> str:
    return asyncio.run(ask(llm))


def test_several_loops_one_after_the_other(llm: ChatIONOS) -> None:
    assert [ask_in_a_loop(llm) for _ in range(3)] == [SAID] * 3
    assert llm.invoke("Hello").text == SAID


def test_threads_with_loops_of_their_own(llm: ChatIONOS) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask_in_a_loop, [llm] * 8)) == [SAID] * 8
        answers = pool.map(llm.invoke, ["Hello"] * 8)
        assert [answer.text for answer in answers] == [SAID] * 8


def test_batches(llm: ChatIONOS) -> None:
    assert [answer.text for answer in llm.batch(["Hello"] * 20)] == [SAID] * 20

    async def together() -> list[str]:
        return [str(answer.text) for answer in await llm.abatch(["Hello"] * 20)]

    assert asyncio.run(together()) == [SAID] * 20


def test_pickles_work_elsewhere(llm: ChatIONOS) -> None:
    llm.invoke("Hello")
    copied = pickle.loads(pickle.dumps(llm))  # our own bytes
    assert copied.invoke("Hello").text == SAID
    assert ask_in_a_loop(copied) == SAID


def test_another_process_reads_the_key_from_its_environment(
    llm: ChatIONOS, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IONOS_API_KEY", "key-of-the-worker")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(ask_in_a_loop, (llm,)) == SAID


async def test_a_cancelled_call_leaves_the_model_usable(llm: ChatIONOS) -> None:
    tasks = [asyncio.create_task(ask(llm)) for _ in range(10)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[1::2] == [SAID] * 5
    assert await ask(llm) == SAID


async def test_leaving_a_stream_early_leaves_the_model_usable(llm: ChatIONOS) -> None:
    async for _ in llm.astream("Hello"):
        break
    for _ in llm.stream("Hello"):
        break
    assert await ask(llm) == SAID
    await llm.aclose()
