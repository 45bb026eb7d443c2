"""Calls that are cancelled or left leave nothing behind."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import repeat
from typing import Any, Protocol

import pytest
from faults import answers, bodies, streams
from faults.server import Connection, FaultServer

from ionos_model_hub import AsyncClient, Client
from langchain_ionos import ChatIONOS, IONOSEmbeddings
from llama_index_ionos import IONOS, IONOSEmbedding

QUESTION = [{"role": "user", "content": "Hallo"}]
CANCELLATIONS = int(os.environ.get("IONOS_TEST_CANCELLATIONS", "1000"))
IN_FLIGHT = 30
SEED = 20261123


def at_some_pace(connection: Connection) -> None:
    """Answer well, with small pauses, so that calls can be cancelled anywhere in between."""
    if connection.request.kind == "stream":
        connection.send(answers.EVENTS)
        connection.send_slowly(map(answers.framed, answers.STREAM), pause=0.002)
        connection.send(answers.END_OF_CHUNKS)
    else:
        connection.send_slowly(iter([b""]), pause=0.003)
        answers.good(connection)


class Calling(Protocol):
    """Makes one of three kinds of calls, by a number, and returns its text."""

    async def __call__(self, number: int) -> str: ...


@asynccontextmanager
async def bare(**options: Any) -> AsyncIterator[Calling]:
    async with AsyncClient(**options) as client:

        async def call(number: int) -> str:
            if number % 3 == 0:
                return (await client.chat(QUESTION)).text
            if number % 3 == 1:
                async with client.stream_chat(QUESTION) as stream:
                    return "".join([delta.text async for delta in stream])
            vectors = (await client.embed(["a"] * 4, batch_size=1, concurrency=2)).vectors
            return answers.TEXT if len(vectors) == 4 else ""

        yield call


@asynccontextmanager
async def langchain(**options: Any) -> AsyncIterator[Calling]:
    async with ChatIONOS(**options) as llm, IONOSEmbeddings(**options, batch_size=1) as embeddings:

        async def call(number: int) -> str:
            if number % 3 == 0:
                return (await llm.ainvoke("Hallo")).text
            if number % 3 == 1:
                return "".join([chunk.text async for chunk in llm.astream("Hallo")])
            vectors = await embeddings.aembed_documents(["a"] * 4)
            return answers.TEXT if len(vectors) == 4 else ""

        yield call


@asynccontextmanager
async def llama_index(**options: Any) -> AsyncIterator[Calling]:
    llm, model = IONOS(**options), IONOSEmbedding(**options, embed_batch_size=1)

    async def call(number: int) -> str:
        if number % 3 == 0:
            return (await llm.acomplete("Hallo")).text
        if number % 3 == 1:
            stream = await llm.astream_complete("Hallo")
            return "".join([answer.delta or "" async for answer in stream])
        vectors = await model.aget_text_embedding_batch(["a"] * 4)
        return answers.TEXT if len(vectors) == 4 else ""

    yield call
    await llm.clients.aclose()
    await model.clients.aclose()


async def cancel_at_random(call: Calling, seed: int) -> int:
    """Keep calls in flight and cancel most at random moments; return how many were cancelled."""
    chance = random.Random(seed)
    cancelled = number = 0
    flying: set[asyncio.Task[str]] = set()
    while cancelled < CANCELLATIONS:
        while len(flying) < IN_FLIGHT:
            number += 1
            flying.add(asyncio.create_task(call(number)))
        await asyncio.sleep(chance.uniform(0, 0.002))
        for task in chance.sample(sorted(flying, key=id), 3):
            task.cancel()
            cancelled += 1
        done, flying = await asyncio.wait(flying, timeout=0)
        assert all(task.cancelled() or task.result() == answers.TEXT for task in done)
    for task in flying:
        task.cancel()
    await asyncio.gather(*flying, return_exceptions=True)
    return cancelled


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("caller", [bare, langchain, llama_index])
async def test_cancellations_at_random_points(
    caller: Callable[..., AbstractAsyncContextManager[Calling]],
) -> None:
    with FaultServer(at_some_pace) as server:
        before = open_files()
        async with caller(api_key="any", base_url=server.base_url, timeout=20) as call:
            assert await cancel_at_random(call, SEED) >= CANCELLATIONS
            fresh = await asyncio.gather(*[call(number) for number in range(20)])
            assert fresh == [answers.TEXT] * 20
            # The loop closes abandoned generators in tasks of its own, one step later.
            for _ in range(100):
                await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}
        assert await asyncio.to_thread(server.still_open) == 0
        assert open_files() <= before


async def test_a_cancelled_wait_gives_its_turn_back() -> None:
    with FaultServer(answers.good) as server:
        pace = {"requests_per_second": 0.5, "burst": 1}
        async with AsyncClient(api_key="any", base_url=server.base_url, **pace) as client:
            await client.models()
            waiting = [asyncio.create_task(client.models()) for _ in range(50)]
            await asyncio.sleep(0.01)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            # Fifty turns would take a hundred seconds: a lost one is noticed by the timeout.
            async with asyncio.timeout(30):
                await client.models()
        assert len(server.requests) == 2


ENDLESS = streams.drip_after(3, repeat(b": wait\n\n"))


class TestLeaving:
    """The connection of a call that is left is closed at once, not when memory is collected."""

    def test_breaking_out_of_a_stream(self, server: FaultServer) -> None:
        server.script(ENDLESS)
        with Client(api_key="any", base_url=server.base_url) as client:
            for _ in client.stream_chat(QUESTION):
                break
            assert server.still_open() == 0

    def test_closing_a_stream(self, server: FaultServer) -> None:
        server.script(ENDLESS)
        with Client(api_key="any", base_url=server.base_url) as client:
            stream = client.stream_chat(QUESTION)
            next(stream)
            stream.close()
            assert server.still_open() == 0

    async def test_breaking_out_of_an_asynchronous_stream(self, server: FaultServer) -> None:
        server.script(ENDLESS, ENDLESS)
        async with AsyncClient(api_key="any", base_url=server.base_url) as client:
            async for _ in client.stream_chat(QUESTION):
                break
            assert await asyncio.to_thread(server.still_open) == 0
            async with client.stream_chat(QUESTION) as stream:
                async for _ in stream:
                    break
            assert await asyncio.to_thread(server.still_open) == 0

    @pytest.mark.parametrize(
        "fault", [Connection.stall, bodies.stall, ENDLESS], ids=["headers", "body", "stream"]
    )
    async def test_cancelling_a_call(self, server: FaultServer, fault: object) -> None:
        server.script(fault)
        async with AsyncClient(api_key="any", base_url=server.base_url) as client:
            asking = asyncio.create_task(client.chat(QUESTION))
            assert await asyncio.to_thread(server.wait_for_requests, 1)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            assert asking.cancelled()
            assert await asyncio.to_thread(server.still_open) == 0
