"""Connections, event loops, threads, copies and cancellation."""

import asyncio
import copy
import pickle
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from integration_tests.ionos_model_hub.client_callers import LLAMA, USER
from integration_tests.ionos_model_hub.descriptors import count_descriptors, descriptors_fall_to

from ionos_model_hub import AsyncClient, Client, Delta
from ionos_model_hub.client_pair import Clients
from ionos_model_hub.emulator import Emulator, Reply


@pytest.fixture
def clients(ionos_emulator: Emulator) -> Iterator[Clients]:
    both = Clients(api_key="any", base_url=ionos_emulator.base_url)
    yield both
    both.close()


def test_breaking_out_of_a_stream_closes_its_connection(
    clients: Clients, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(text="Hallo aus Berlin", stall_after=3))
    clients.sync.models()
    with_one_connection = count_descriptors()
    for _ in clients.sync.stream_chat(USER, model=LLAMA):
        break
    assert descriptors_fall_to(with_one_connection - 2)  # both ends


def test_finished_streams_share_a_connection(clients: Clients) -> None:
    list(clients.sync.stream_chat(USER, model=LLAMA))
    with_one_connection = count_descriptors()
    for _ in range(5):
        list(clients.sync.stream_chat(USER, model=LLAMA))
    assert count_descriptors() <= with_one_connection

    async def several() -> tuple[int, int]:
        counts = []
        for _ in range(5):
            async with clients.aio.stream_chat(USER, model=LLAMA) as stream:
                assert [delta async for delta in stream]
            counts.append(count_descriptors())
        return counts[0], counts[-1]

    first, last = asyncio.run(several())
    # Fewer if the server closes its end of an earlier connection meanwhile.
    assert last <= first


def test_event_loops_leave_no_connections_behind(clients: Clients) -> None:
    async def ask() -> str | None:
        answer = await clients.aio.chat(USER, model=LLAMA)
        return answer.finish_reason

    asyncio.run(ask())
    before = count_descriptors()
    assert [asyncio.run(ask()) for _ in range(5)] == ["stop"] * 5
    assert descriptors_fall_to(before)


def test_loop_that_ends_during_a_stream_reports_no_error(clients: Clients) -> None:
    reported: list[dict[str, Any]] = []

    async def pieces() -> AsyncIterator[str]:
        async with clients.aio.stream_chat(USER, model=LLAMA) as stream:
            async for delta in stream:
                yield delta.text

    async def read_one() -> str:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reported.append(context))
        left_open.append(pieces())
        return await anext(left_open[0])

    left_open: list[AsyncIterator[str]] = []
    assert asyncio.run(read_one())
    assert reported == []


def test_threads_with_their_own_loops(clients: Clients) -> None:
    async def ask() -> str | None:
        answers = [await clients.aio.chat(USER, model=LLAMA) for _ in range(5)]
        return answers[-1].finish_reason

    with ThreadPoolExecutor(8) as workers:
        reasons = list(workers.map(lambda _: asyncio.run(ask()), range(8)))
    assert reasons == ["stop"] * 8


def test_threads_share_a_client(clients: Clients) -> None:
    with ThreadPoolExecutor(8) as workers:
        texts = {
            workers.submit(lambda: clients.sync.chat(USER, model=LLAMA).text) for _ in range(24)
        }
    assert len({text.result() for text in texts}) == 1


def test_stream_can_be_read_in_another_thread(clients: Clients) -> None:
    stream = clients.sync.stream_chat(USER, model=LLAMA)
    first = next(stream)
    rest: list[Delta] = []
    reader = threading.Thread(target=lambda: rest.extend(stream))
    reader.start()
    reader.join()
    assert first.text + "".join(delta.text for delta in rest) == stream.answer.text


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda clients: pickle.loads(pickle.dumps(clients))]
)
def test_copies_work_after_use(clients: Clients, copied: Callable[[Clients], Clients]) -> None:
    clients.sync.models()
    copy_ = copied(clients)
    assert copy_.sync.chat(USER, model=LLAMA).text
    copy_.close()


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda client: pickle.loads(pickle.dumps(client))]
)
def test_copies_of_a_single_client_work_after_use(
    ionos_emulator: Emulator, copied: Callable[[Any], Any]
) -> None:
    options: dict[str, Any] = {"api_key": "any", "base_url": ionos_emulator.base_url}
    with Client(**options, max_retries=5) as client:
        client.models()
        with copied(client) as copy_:
            assert copy_.chat(USER, model=LLAMA).text
            assert copy_.settings.max_retries == 5

    async def ask() -> str:
        async with AsyncClient(**options) as client:
            await client.models()
            async with copied(client) as copy_:
                return str((await copy_.chat(USER, model=LLAMA)).text)

    assert asyncio.run(ask())


def test_cancelled_call_leaves_the_client_usable(clients: Clients) -> None:
    async def ask() -> str | None:
        for _ in range(20):
            task = asyncio.ensure_future(clients.aio.chat(USER, model=LLAMA))
            await asyncio.sleep(0.002)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return (await clients.aio.chat(USER, model=LLAMA)).finish_reason

    assert asyncio.run(ask()) == "stop"


def test_closed_clients_open_again(clients: Clients) -> None:
    async def twice() -> list[int]:
        first = await clients.aio.models()
        await clients.aclose()
        return [len(first), len(await clients.aio.models())]

    assert len(set(asyncio.run(twice()))) == 1
    clients.sync.models()
    clients.close()
    assert clients.sync.models()


def test_httpx_client_of_the_user_is_used_and_not_closed(ionos_emulator: Emulator) -> None:
    paths: list[str] = []
    hooks = {"request": [lambda request: paths.append(request.url.path)]}
    with httpx.Client(event_hooks=hooks, headers={"x-team": "harbour"}) as user_client:
        client = Client(api_key="any", base_url=ionos_emulator.base_url, http_client=user_client)
        client.models()
        client.close()
        assert not user_client.is_closed
    assert paths == ["/v1/models"]
    assert ionos_emulator.requests[0].headers["x-team"] == "harbour"
