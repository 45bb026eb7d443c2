"""Calls that are cancelled or abandoned leave no connection, task or descriptor behind."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import repeat
from typing import Any, Protocol

import pytest
from faults import bodies, responses, streams
from faults.server import Connection, Fault, FaultServer

from ionos_model_hub import AsyncClient, Client
from langchain_ionos import ChatIONOS, IONOSEmbeddings
from llama_index_ionos import IONOS, IONOSEmbedding

QUESTION = [{"role": "user", "content": "Hallo"}]
CANCELLATIONS = int(os.environ.get("IONOS_TEST_CANCELLATIONS", "1000"))
IN_FLIGHT = 30
SEED = 20261123


def respond_slowly(connection: Connection) -> None:
    """Respond well, with short pauses, so that calls can be cancelled at any point."""
    if connection.request.kind == "stream":
        connection.send(responses.STREAM_HEAD)
        connection.send_slowly(map(responses.http_chunk, responses.STREAM), pause=0.002)
        connection.send(responses.LAST_HTTP_CHUNK)
    else:
        connection.send_slowly(iter([b""]), pause=0.003)
        responses.good(connection)


class MakeCall(Protocol):
    """Makes one of three kinds of calls, depending on a number, and returns its text."""

    async def __call__(self, number: int) -> str: ...


@asynccontextmanager
async def bare(**options: Any) -> AsyncIterator[MakeCall]:
    async with AsyncClient(**options) as client:

        async def call(number: int) -> str:
            if number % 3 == 0:
                return (await client.chat(QUESTION)).text
            if number % 3 == 1:
                async with client.stream_chat(QUESTION) as stream:
                    return "".join([delta.text async for delta in stream])
            vectors = (await client.embed(["a"] * 4, batch_size=1, concurrency=2)).vectors
            return responses.TEXT if len(vectors) == 4 else ""

        yield call


@asynccontextmanager
async def langchain(**options: Any) -> AsyncIterator[MakeCall]:
    async with ChatIONOS(**options) as llm, IONOSEmbeddings(**options, batch_size=1) as embeddings:

        async def call(number: int) -> str:
            if number % 3 == 0:
                return (await llm.ainvoke("Hallo")).text
            if number % 3 == 1:
                return "".join([chunk.text async for chunk in llm.astream("Hallo")])
            vectors = await embeddings.aembed_documents(["a"] * 4)
            return responses.TEXT if len(vectors) == 4 else ""

        yield call


@asynccontextmanager
async def llama_index(**options: Any) -> AsyncIterator[MakeCall]:
    llm, embedding = IONOS(**options), IONOSEmbedding(**options, embed_batch_size=1)

    async def call(number: int) -> str:
        if number % 3 == 0:
            return (await llm.acomplete("Hallo")).text
        if number % 3 == 1:
            stream = await llm.astream_complete("Hallo")
            return "".join([response.delta or "" async for response in stream])
        vectors = await embedding.aget_text_embedding_batch(["a"] * 4)
        return responses.TEXT if len(vectors) == 4 else ""

    yield call
    await llm.clients.aclose()
    await embedding.clients.aclose()


async def cancel_at_random(call: MakeCall) -> None:
    """Keep calls in flight and cancel most of them at random moments."""
    chance = random.Random(SEED)
    cancelled = number = 0
    in_flight: set[asyncio.Task[str]] = set()
    while cancelled < CANCELLATIONS:
        while len(in_flight) < IN_FLIGHT:
            number += 1
            in_flight.add(asyncio.create_task(call(number)))
        await asyncio.sleep(chance.uniform(0, 0.002))
        for task in chance.sample(sorted(in_flight, key=id), 3):
            task.cancel()
            cancelled += 1
        done, in_flight = await asyncio.wait(in_flight, timeout=0)
        assert all(task.cancelled() or task.result() == responses.TEXT for task in done)
    for task in in_flight:
        task.cancel()
    await asyncio.gather(*in_flight, return_exceptions=True)


def count_open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("caller", [bare, langchain, llama_index])
async def test_cancellations_at_random_points(
    caller: Callable[..., AbstractAsyncContextManager[MakeCall]],
) -> None:
    with FaultServer(respond_slowly) as server:
        before = count_open_files()
        async with caller(api_key="any", base_url=server.base_url, timeout=20) as call:
            await cancel_at_random(call)
            new_calls = await asyncio.gather(*[call(number) for number in range(20)])
            assert new_calls == [responses.TEXT] * 20
            # The loop closes abandoned generators in separate tasks, one iteration later.
            for _ in range(100):
                await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}
        assert await asyncio.to_thread(server.count_open) == 0
        assert count_open_files() <= before


async def test_cancelled_wait_refunds_the_rate_limit() -> None:
    with FaultServer(responses.good) as server:
        options = {"requests_per_second": 0.5, "burst": 1}
        async with AsyncClient(api_key="any", base_url=server.base_url, **options) as client:
            await client.models()
            waiting = [asyncio.create_task(client.models()) for _ in range(50)]
            await asyncio.sleep(0.01)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            # Without the refund, this call would wait for 100 s.
            async with asyncio.timeout(30):
                await client.models()
        assert len(server.requests) == 2


ENDLESS = streams.drip_after(3, repeat(b": wait\n\n"))


class TestAbandonedCalls:
    """Their connection is closed immediately, without waiting for garbage collection."""

    def test_breaking_out_of_a_stream(self, server: FaultServer) -> None:
        server.script(ENDLESS)
        with Client(api_key="any", base_url=server.base_url) as client:
            for _ in client.stream_chat(QUESTION):
                break
            assert server.count_open() == 0

    def test_closing_a_stream(self, server: FaultServer) -> None:
        server.script(ENDLESS)
        with Client(api_key="any", base_url=server.base_url) as client:
            stream = client.stream_chat(QUESTION)
            next(stream)
            stream.close()
            assert server.count_open() == 0

    async def test_breaking_out_of_an_async_stream(self, server: FaultServer) -> None:
        server.script(ENDLESS, ENDLESS)
        async with AsyncClient(api_key="any", base_url=server.base_url) as client:
            async for _ in client.stream_chat(QUESTION):
                break
            assert await asyncio.to_thread(server.count_open) == 0
            async with client.stream_chat(QUESTION) as stream:
                async for _ in stream:
                    break
            assert await asyncio.to_thread(server.count_open) == 0

    @pytest.mark.parametrize(
        "fault", [Connection.stall, bodies.stall, ENDLESS], ids=["headers", "body", "stream"]
    )
    async def test_cancelling_a_call(self, server: FaultServer, fault: Fault) -> None:
        server.script(fault)
        async with AsyncClient(api_key="any", base_url=server.base_url) as client:
            task = asyncio.create_task(client.chat(QUESTION))
            assert await asyncio.to_thread(server.wait_for_requests, 1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert task.cancelled()
            assert await asyncio.to_thread(server.count_open) == 0
