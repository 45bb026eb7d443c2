"""Servers that close a connection which is idle, or which a client takes for idle."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from faults import answers
from faults.answers import TEXT
from faults.before_the_answer import closed_before_answer, reset_before_answer
from faults.callers.caller import MESSAGES, MODEL
from faults.server import Connection, Fault, FaultServer

from ionos_model_hub import AsyncClient, Client, ConnectionFailedError

Ask = Callable[..., list[str]]


def blocking(
    server: FaultServer, calls: list[str], through: bool = False, **more: Any
) -> list[str]:
    own = httpx.Client() if through else None
    options = {"api_key": "any", "base_url": server.base_url, **more}
    with Client(http_client=own, **options) as client:

        def ask(kind: str) -> str:
            if kind == "chat":
                return client.chat(MESSAGES, model=MODEL).text
            with client.stream_chat(MESSAGES, model=MODEL) as stream:
                return "".join(delta.text for delta in stream)

        try:
            return [ask(kind) for kind in calls]
        finally:
            if own:
                own.close()


def on_a_loop(
    server: FaultServer, calls: list[str], through: bool = False, **more: Any
) -> list[str]:
    async def ask(client: AsyncClient, kind: str) -> str:
        if kind == "chat":
            return (await client.chat(MESSAGES, model=MODEL)).text
        async with client.stream_chat(MESSAGES, model=MODEL) as stream:
            return "".join([delta.text async for delta in stream])

    async def ask_all() -> list[str]:
        own = httpx.AsyncClient() if through else None
        options = {"api_key": "any", "base_url": server.base_url, **more}
        async with AsyncClient(http_client=own, **options) as client:
            try:
                return [await ask(client, kind) for kind in calls]
            finally:
                if own:
                    await own.aclose()

    return asyncio.run(ask_all())


shells = pytest.mark.parametrize("ask", [blocking, on_a_loop], ids=["blocking", "loop"])
kinds = pytest.mark.parametrize("kind", ["chat", "stream"])
closings = pytest.mark.parametrize("fault", [closed_before_answer, reset_before_answer])


@shells
@kinds
@closings
def test_a_request_that_meets_it_goes_out_again_at_once(
    server: FaultServer, waits: list[float], ask: Ask, kind: str, fault: Fault
) -> None:
    server.script(answers.good, fault)
    assert ask(server, ["chat", kind, kind], max_retries=1) == [TEXT] * 3
    assert (server.turns, server.accepted) == (4, 2)
    assert waits == []
    first, again = server.requests[1:3]
    assert first == again


@shells
@kinds
@closings
def test_it_is_a_failure_where_nothing_may_be_sent_twice(
    server: FaultServer, ask: Ask, kind: str, fault: Fault
) -> None:
    server.script(answers.good, fault)
    with pytest.raises(ConnectionFailedError) as caught:
        ask(server, ["chat", kind], max_retries=0)
    assert (server.turns, caught.value.attempts) == (2, 1)
    assert caught.value.__context__ is None
    assert server.still_open() == 0


@shells
@closings
def test_a_server_that_closes_every_time_gets_one_request_more(
    server: FaultServer, waits: list[float], ask: Ask, fault: Fault
) -> None:
    server.script(answers.good, *[fault] * 4)
    with pytest.raises(ConnectionFailedError) as caught:
        ask(server, ["chat", "chat"], max_retries=2)
    assert (server.turns, caught.value.attempts) == (1 + 4, 3)
    assert len(waits) == 3  # tenacity asks for the last wait, too
    assert server.still_open() == 0


@shells
@closings
def test_through_httpx_it_costs_a_retry(
    server: FaultServer, waits: list[float], ask: Ask, fault: Fault
) -> None:
    server.script(answers.good, fault)
    assert ask(server, ["chat", "chat"], through=True, max_retries=1) == [TEXT] * 2
    assert (server.turns, len(waits)) == (3, 1)


def good_and_gone(connection: Connection) -> None:
    answers.good(connection)
    connection.close()


def good_and_one_word_more(connection: Connection) -> None:
    """Some gateways tell an idle client of its timeout before they close."""
    answers.good(connection)
    connection.send("HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n")
    connection.close()


def good_but_not_kept(connection: Connection) -> None:
    answers.good(connection, "keep-alive: timeout=1")


@shells
@pytest.mark.parametrize("last", [good_and_gone, good_and_one_word_more])
def test_one_that_was_closed_meanwhile_is_not_used(
    server: FaultServer, ask: Ask, last: Fault
) -> None:
    server.script(last, answers.good)

    def key() -> str:  # Is asked before each request; an event loop stands still meanwhile.
        assert server.still_open() == 0
        return "any"

    assert ask(server, ["chat", "chat"], api_key=key, max_retries=0) == [TEXT] * 2
    assert (server.turns, server.accepted) == (2, 2)


@shells
def test_one_that_the_server_does_not_keep_is_not_used(server: FaultServer, ask: Ask) -> None:
    server.script(good_but_not_kept)
    assert ask(server, ["chat", "chat"], max_retries=0) == [TEXT] * 2
    assert (server.turns, server.accepted) == (2, 2)
