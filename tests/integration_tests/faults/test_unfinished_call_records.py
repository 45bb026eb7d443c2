"""Calls that are cancelled or abandoned are recorded once."""

import asyncio
import gc
import random
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import repeat
from typing import Any

import pytest
from faults import bodies, responses, streams
from faults.callers.caller import MESSAGES, PROMPT
from faults.server import Connection, Fault, FaultServer
from langchain_core.messages import HumanMessage

from ionos_model_hub import AsyncClient, Client
from ionos_model_hub.telemetry import CallRecord
from ionos_model_hub.telemetry.interfaces import StartedCall
from langchain_ionos import IONOSLLM, ChatIONOS
from llama_index_ionos import IONOS

SEED = 20261128
HISTORY = [HumanMessage(PROMPT)]
ENDLESS = streams.drip_after(3, repeat(b": wait\n\n"))

Options = dict[str, Any]


@pytest.fixture
def records() -> list[CallRecord]:
    return []


@pytest.fixture
def options(server: FaultServer, records: list[CallRecord]) -> Options:
    return {"api_key": "any", "base_url": server.base_url, "on_call": records.append}


STREAMS: dict[str, Callable[[Options], Iterator[object]]] = {
    "bare": lambda options: iter(Client(**options).stream_chat(MESSAGES)),
    "langchain": lambda options: ChatIONOS(**options).stream(PROMPT),
    "langchain events": lambda options: ChatIONOS(**options)._stream_chat_model_events(HISTORY),
    "llama_index": lambda options: IONOS(**options).stream_complete(PROMPT),
}
ASYNC_STREAMS: dict[str, Callable[[Options], Any]] = {
    "bare": lambda options: AsyncClient(**options).stream_chat(MESSAGES),
    "langchain": lambda options: ChatIONOS(**options).astream(PROMPT),
    "llama_index": lambda options: IONOS(**options).astream_complete(PROMPT),
}
ASYNC_CALLS: dict[str, Callable[[Options], Any]] = {
    "bare": lambda options: AsyncClient(**options).chat(MESSAGES),
    "langchain": lambda options: ChatIONOS(**options).ainvoke(PROMPT),
    "langchain completion": lambda options: IONOSLLM(**options).ainvoke(PROMPT),
    "llama_index": lambda options: IONOS(**options).acomplete(PROMPT),
}


def collect_until_recorded(records: list[CallRecord]) -> None:
    """Collect garbage, which takes long, if counting references does not suffice."""
    if not records:
        gc.collect()


def assert_abandoned(records: list[CallRecord]) -> None:
    (record,) = records
    assert (record.outcome, record.error_type, record.status) == ("abandoned", None, 200)
    assert record.streamed
    assert record.time_to_first_token is not None
    assert record.usage is None


@pytest.mark.parametrize("open_stream", STREAMS.values(), ids=STREAMS.keys())
@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "collected"])
def test_abandoned_stream(
    server: FaultServer,
    records: list[CallRecord],
    options: Options,
    open_stream: Callable[[Options], Iterator[object]],
    is_closed: bool,
) -> None:
    server.script(ENDLESS)
    stream: Any = open_stream(options)
    next(stream)
    assert records == []
    if is_closed:
        stream.close()
    del stream
    collect_until_recorded(records)
    assert_abandoned(records)


async def first_item(stream: Any) -> AsyncIterator[object]:
    """Return a stream after its first item was read."""
    stream = await stream if asyncio.iscoroutine(stream) else stream
    iterator: AsyncIterator[object] = aiter(stream)
    await anext(iterator)
    return iterator


@pytest.mark.parametrize("open_stream", ASYNC_STREAMS.values(), ids=ASYNC_STREAMS.keys())
@pytest.mark.parametrize("end", ["closed", "collected", "loop ended"])
def test_abandoned_async_stream(
    server: FaultServer,
    records: list[CallRecord],
    options: Options,
    open_stream: Callable[[Options], Any],
    end: str,
) -> None:
    kept: list[object] = []

    async def read() -> None:
        stream: Any = await first_item(open_stream(options))
        assert records == []
        if end == "closed":
            await stream.aclose()
        elif end == "loop ended":
            kept.append(stream)
            return
        del stream
        for _ in range(20):  # The loop closes collected generators in separate tasks.
            await asyncio.sleep(0)
        collect_until_recorded(records)
        for _ in range(20):
            await asyncio.sleep(0)

    server.script(ENDLESS)
    asyncio.run(read())
    assert_abandoned(records)


@pytest.mark.parametrize("make_call", ASYNC_CALLS.values(), ids=ASYNC_CALLS.keys())
@pytest.mark.parametrize("fault", [Connection.stall, bodies.stall], ids=["head", "body"])
async def test_cancelled_call(
    server: FaultServer,
    records: list[CallRecord],
    options: Options,
    make_call: Callable[[Options], Any],
    fault: Fault,
) -> None:
    server.script(fault)
    task = asyncio.ensure_future(make_call(options))
    assert await asyncio.to_thread(server.wait_for_requests, 1)
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (record,) = records
    assert (record.outcome, record.error_type) == ("cancelled", "CancelledError")
    assert record.attempts == 1


@pytest.mark.parametrize("open_stream", ASYNC_STREAMS.values(), ids=ASYNC_STREAMS.keys())
async def test_cancelled_stream(
    server: FaultServer,
    records: list[CallRecord],
    options: Options,
    open_stream: Callable[[Options], Any],
) -> None:
    async def read() -> None:
        stream = open_stream(options)
        async for _ in await stream if asyncio.iscoroutine(stream) else stream:
            received.set()

    server.script(ENDLESS)
    received = asyncio.Event()
    task = asyncio.create_task(read())
    await received.wait()
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (record,) = records
    assert (record.outcome, record.status) == ("cancelled", 200)


async def test_call_cancelled_while_it_waits_for_the_rate_limit(
    records: list[CallRecord], options: Options
) -> None:
    client = AsyncClient(**options, requests_per_second=0.01, burst=1)
    await client.models()
    task = asyncio.create_task(client.models())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [record.outcome for record in records] == ["success", "cancelled"]
    assert records[1].attempts == 0
    assert records[1].rate_limit_wait > 0


def test_stream_that_is_never_read_is_no_call(
    server: FaultServer, records: list[CallRecord], options: Options
) -> None:
    Client(**options).stream_chat(MESSAGES)
    assert records == []
    assert server.requests == []


class CountingTracer:
    """Counts the calls that were started."""

    def __init__(self) -> None:
        self.started = 0

    def start(self, call: StartedCall) -> None:
        self.started += 1


def respond_slowly(connection: Connection) -> None:
    """Respond well, with short pauses, so that calls can be cancelled at any point."""
    if connection.request.kind == "stream":
        connection.send(responses.STREAM_HEAD)
        connection.send_slowly(map(responses.http_chunk, responses.STREAM), pause=0.001)
        connection.send(responses.LAST_HTTP_CHUNK)
    else:
        connection.send_slowly(iter([b""]), pause=0.002)
        responses.good(connection)


async def test_each_started_call_has_one_record_after_random_cancellations(
    records: list[CallRecord],
) -> None:
    tracer, chance = CountingTracer(), random.Random(SEED)
    with FaultServer(respond_slowly) as server:
        options: Options = {"base_url": server.base_url, "telemetry": tracer, "burst": 1000}
        async with AsyncClient(api_key="any", on_call=records.append, **options) as client:

            async def call(number: int) -> None:
                if number % 2:
                    await client.chat(MESSAGES)
                else:
                    async for _ in client.stream_chat(MESSAGES):
                        pass

            tasks = [asyncio.create_task(call(number)) for number in range(200)]
            for task in tasks:
                asyncio.get_running_loop().call_later(chance.uniform(0, 0.3), task.cancel)
            await asyncio.gather(*tasks, return_exceptions=True)
            for _ in range(100):  # The loop closes abandoned generators in separate tasks.
                await asyncio.sleep(0)
    assert len(records) == tracer.started > 0
    assert {record.outcome for record in records} <= {"success", "cancelled", "abandoned"}
    assert "cancelled" in {record.outcome for record in records}
