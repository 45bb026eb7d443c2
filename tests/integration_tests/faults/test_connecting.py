"""No connection comes about, or not the right one."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx
import pytest
from faults import answers, bodies
from faults import before_the_answer as before
from faults.callers.caller import Caller
from faults.callers.everyone import everyone, methods
from faults.certificates import server_context, client_context
from faults.server import PATIENCE, Connection, Fault, FaultServer
from faults.statuses import redirect
from faults.verdicts import came_through, failure_of, ours

from ionos_model_hub import (
    AsyncClient,
    Client,
    ConnectionFailedError,
    ModelHubError,
    RequestTimeoutError,
)


@everyone
@methods
@pytest.mark.parametrize(
    ("place", "error"),
    [(before.nobody_listens, ConnectionFailedError), (before.tarpit, RequestTimeoutError)],
    ids=["refused", "tarpit"],
)
def test_nobody_answers(
    waits: list[float],
    caller: type[Caller],
    method: str,
    place: Callable[[], AbstractContextManager[str]],
    error: type[ModelHubError],
) -> None:
    with place() as base_url:
        told = failure_of(caller, method, base_url, connect_timeout=0.2)
    assert ours(type(told)) is error
    assert told.attempts == 2


@everyone
@methods
def test_unknown_host(
    waits: list[float], monkeypatch: pytest.MonkeyPatch, caller: type[Caller], method: str
) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    told = failure_of(caller, method, "https://no-such-host.invalid/v1")
    assert ours(type(told)) is ConnectionFailedError
    assert "no-such-host.invalid" in str(told)
    assert told.attempts == 2


@pytest.fixture
def https() -> Iterator[FaultServer]:
    with FaultServer(answers.good, server_context("127.0.0.1")) as server:
        yield server


@everyone
@methods
def test_trusted_certificate(
    trusted: None, https: FaultServer, caller: type[Caller], method: str
) -> None:
    came_through(caller, method, base_url=https.base_url)


@everyone
@methods
def test_untrusted_certificate_is_final(
    https: FaultServer, caller: type[Caller], method: str
) -> None:
    told = failure_of(caller, method, https.base_url)
    assert ours(type(told)) is ConnectionFailedError
    assert told.attempts == 1
    assert "SSL_CERT_FILE" in str(told)
    assert https.requests == []


@everyone
@methods
@pytest.mark.parametrize(
    ("host", "expired", "hint"),
    [("hub.example", False, "another server"), ("127.0.0.1", True, "clock")],
    ids=["other_host", "expired"],
)
def test_wrong_certificate_is_final(
    trusted: None, caller: type[Caller], method: str, host: str, expired: bool, hint: str
) -> None:
    with FaultServer(answers.good, server_context(host, expired=expired)) as server:
        told = failure_of(caller, method, server.base_url)
        assert ours(type(told)) is ConnectionFailedError
        assert told.attempts == 1
        assert hint in str(told.hint)
        assert server.requests == []


@everyone
@methods
@pytest.mark.parametrize(
    "fault", [before.reset_in_handshake, before.closed_in_handshake, before.no_tls]
)
def test_broken_handshake(
    server: FaultServer, waits: list[float], caller: type[Caller], method: str, fault: Fault
) -> None:
    server.script(fault, fault)
    told = failure_of(caller, method, server.base_url.replace("http:", "https:"))
    assert ours(type(told)) is ConnectionFailedError
    assert told.attempts == server.turns == 2


@everyone
@methods
def test_silence_in_the_handshake(
    server: FaultServer, waits: list[float], caller: type[Caller], method: str
) -> None:
    server.script(*[before.silent_in_handshake] * 2)
    https = server.base_url.replace("http:", "https:")
    told = failure_of(caller, method, https, connect_timeout=0.1)
    assert ours(type(told)) is RequestTimeoutError
    assert told.attempts == 2  # The server may not have noticed the last of them yet.


class TestOwnHttpClient:
    def test_trusted_certificate(self, https: FaultServer) -> None:
        context = client_context()

        async def ask() -> None:
            async with httpx.AsyncClient(verify=context) as own:
                client = AsyncClient(api_key="any", base_url=https.base_url, http_client=own)
                assert (await client.models())[0].id == "m"

        with httpx.Client(verify=context) as own:
            client = Client(api_key="any", base_url=https.base_url, http_client=own)
            assert client.models()[0].id == "m"
        asyncio.run(ask())

    def test_certificate_of_another_host_is_final(self) -> None:
        with (
            FaultServer(answers.good, server_context("hub.example")) as server,
            httpx.Client(verify=client_context()) as own,
        ):
            client = Client(api_key="any", base_url=server.base_url, http_client=own)
            with pytest.raises(ConnectionFailedError, match="IP address mismatch") as caught:
                client.models()
            assert caught.value.attempts == 1
            assert server.requests == []

    def test_its_redirects_are_not_followed(
        self, server: FaultServer, elsewhere: FaultServer
    ) -> None:
        server.script(*[redirect(307, elsewhere.base_url)] * 2)

        async def ask() -> None:
            async with httpx.AsyncClient(follow_redirects=True) as own:
                client = AsyncClient(api_key="any", base_url=server.base_url, http_client=own)
                await client.chat([{"role": "user", "content": "secret"}], model="m")

        with httpx.Client(follow_redirects=True) as own:
            client = Client(api_key="any", base_url=server.base_url, http_client=own)
            with pytest.raises(ModelHubError, match="redirects"):
                client.chat([{"role": "user", "content": "secret"}], model="m")
        with pytest.raises(ModelHubError, match="redirects"):
            asyncio.run(ask())
        assert elsewhere.accepted == 0

    def test_its_hooks_may_read_answers(self, server: FaultServer) -> None:
        read: list[int] = []

        def hook(response: httpx.Response) -> None:
            read.append(len(response.read()))

        server.script(bodies.gzipped)
        with httpx.Client(event_hooks={"response": [hook]}) as own:
            client = Client(api_key="any", base_url=server.base_url, http_client=own)
            answer = client.chat([{"role": "user", "content": "Hallo"}], model="m")
        assert answer.text == answers.TEXT
        assert read[0] > len(answers.TEXT)


class TestKeptConnections:
    """A connection that the server closed while it was idle costs no attempt."""

    @pytest.mark.parametrize("leave", [Connection.end, Connection.reset])
    def test_idle_connection_that_was_closed(
        self, server: FaultServer, waits: list[float], leave: Callable[[Connection], None]
    ) -> None:
        left = threading.Event()

        def answer_and_leave(connection: Connection) -> None:
            answers.good(connection)
            connection.wait_until_taken()
            leave(connection)
            left.set()

        async def ask() -> None:
            async with AsyncClient(api_key="any", base_url=server.base_url) as client:
                await client.models()
                assert await asyncio.to_thread(left.wait, PATIENCE)
                await client.models()

        server.script(answer_and_leave, answers.good, answer_and_leave, answers.good)
        with Client(api_key="any", base_url=server.base_url) as client:
            client.models()
            assert left.wait(PATIENCE)
            client.models()
        left.clear()
        asyncio.run(ask())
        assert server.turns == 4
        assert waits == []
