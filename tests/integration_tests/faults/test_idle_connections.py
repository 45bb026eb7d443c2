"""Servers that close an idle connection, before or while it is reused."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from faults import responses
from faults.before_response import closed_before_response, reset_before_response
from faults.callers.caller import MESSAGES, MODEL
from faults.responses import TEXT
from faults.server import WAIT_TIMEOUT, Connection, Fault, FaultServer

from ionos_model_hub import AsyncClient, Client, ConnectionFailedError

MakeCalls = Callable[..., list[str]]


def sync_calls(
    server: FaultServer, methods: list[str], with_httpx: bool = False, **options: Any
) -> list[str]:
    user_client = httpx.Client() if with_httpx else None
    options = {"api_key": "any", "base_url": server.base_url, **options}
    with Client(http_client=user_client, **options) as client:

        def call(method: str) -> str:
            if method == "chat":
                return client.chat(MESSAGES, model=MODEL).text
            with client.stream_chat(MESSAGES, model=MODEL) as stream:
                return "".join(delta.text for delta in stream)

        try:
            return [call(method) for method in methods]
        finally:
            if user_client:
                user_client.close()


def async_calls(
    server: FaultServer, methods: list[str], with_httpx: bool = False, **options: Any
) -> list[str]:
    async def call(client: AsyncClient, method: str) -> str:
        if method == "chat":
            return (await client.chat(MESSAGES, model=MODEL)).text
        async with client.stream_chat(MESSAGES, model=MODEL) as stream:
            return "".join([delta.text async for delta in stream])

    async def call_all() -> list[str]:
        user_client = httpx.AsyncClient() if with_httpx else None
        all_options = {"api_key": "any", "base_url": server.base_url, **options}
        async with AsyncClient(http_client=user_client, **all_options) as client:
            try:
                return [await call(client, method) for method in methods]
            finally:
                if user_client:
                    await user_client.aclose()

    return asyncio.run(call_all())


both_modes = pytest.mark.parametrize("calls", [sync_calls, async_calls], ids=["sync", "async"])
both_methods = pytest.mark.parametrize("method", ["chat", "stream"])
both_closings = pytest.mark.parametrize("fault", [closed_before_response, reset_before_response])


# The server closes the connection while it is reused.


@both_modes
@both_methods
@both_closings
def test_request_on_closing_connection_is_resent(
    server: FaultServer, waits: list[float], calls: MakeCalls, method: str, fault: Fault
) -> None:
    server.script(responses.good, fault)
    assert calls(server, ["chat", method, method], max_retries=1) == [TEXT] * 3
    assert (server.attempts, server.connection_count) == (4, 2)
    assert waits == []
    first, second = server.requests[1:3]
    assert first == second


@both_modes
@both_methods
@both_closings
def test_request_is_not_resent_without_retries(
    server: FaultServer, calls: MakeCalls, method: str, fault: Fault
) -> None:
    server.script(responses.good, fault)
    with pytest.raises(ConnectionFailedError) as caught:
        calls(server, ["chat", method], max_retries=0)
    assert (server.attempts, caught.value.attempts) == (2, 1)
    assert caught.value.__context__ is None
    assert server.count_open() == 0


@both_modes
@both_closings
def test_request_is_resent_once_and_then_retried(
    server: FaultServer, waits: list[float], calls: MakeCalls, fault: Fault
) -> None:
    server.script(responses.good, *[fault] * 4)
    with pytest.raises(ConnectionFailedError) as caught:
        calls(server, ["chat", "chat"], max_retries=2)
    assert (server.attempts, caught.value.attempts) == (1 + 4, 3)
    assert len(waits) == 3  # tenacity computes the last wait as well.
    assert server.count_open() == 0


@both_modes
@both_closings
def test_closing_connection_of_httpx_costs_a_retry(
    server: FaultServer, waits: list[float], calls: MakeCalls, fault: Fault
) -> None:
    server.script(responses.good, fault)
    assert calls(server, ["chat", "chat"], with_httpx=True, max_retries=1) == [TEXT] * 2
    assert (server.attempts, len(waits)) == (3, 1)


# The server closes the connection before it is reused.


def good_then_close(connection: Connection) -> None:
    responses.good(connection)
    connection.close()


def good_then_408(connection: Connection) -> None:
    """Some gateways report a timeout to an idle client before they close the connection."""
    responses.good(connection)
    connection.send("HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n")
    connection.close()


def good_for_one_second(connection: Connection) -> None:
    responses.good(connection, "keep-alive: timeout=1")


@both_modes
@pytest.mark.parametrize("fault", [good_then_close, good_then_408])
def test_closed_connection_is_not_reused(
    server: FaultServer, calls: MakeCalls, fault: Fault
) -> None:
    server.script(fault, responses.good)

    def key() -> str:  # Called before each request; it blocks the event loop.
        assert server.count_open() == 0
        return "any"

    assert calls(server, ["chat", "chat"], api_key=key, max_retries=0) == [TEXT] * 2
    assert (server.attempts, server.connection_count) == (2, 2)


@both_modes
def test_keep_alive_header_is_respected(server: FaultServer, calls: MakeCalls) -> None:
    server.script(good_for_one_second)
    assert calls(server, ["chat", "chat"], max_retries=0) == [TEXT] * 2
    assert (server.attempts, server.connection_count) == (2, 2)


@pytest.mark.parametrize("close", [Connection.end, Connection.reset], ids=["FIN", "RST"])
def test_connection_closed_while_idle_costs_no_attempt(
    server: FaultServer, waits: list[float], close: Callable[[Connection], None]
) -> None:
    closed = threading.Event()

    def respond_and_close(connection: Connection) -> None:
        responses.good(connection)
        connection.wait_until_received()
        close(connection)
        closed.set()

    async def call_twice() -> None:
        async with AsyncClient(api_key="any", base_url=server.base_url) as client:
            await client.models()
            assert await asyncio.to_thread(closed.wait, WAIT_TIMEOUT)
            await client.models()

    server.script(respond_and_close, responses.good, respond_and_close, responses.good)
    with Client(api_key="any", base_url=server.base_url) as client:
        client.models()
        assert closed.wait(WAIT_TIMEOUT)
        client.models()
    closed.clear()
    asyncio.run(call_twice())
    assert server.attempts == 4
    assert waits == []
