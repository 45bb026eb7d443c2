"""Proxies that fail, and the hosts that are reached without one."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from faults import answers, proxies
from faults import before_the_answer as before
from faults.callers.caller import Caller
from faults.callers.everyone import everyone, methods
from faults.certificates import server_context
from faults.server import Connection, Fault, FaultServer
from faults.verdicts import CANARY, came_through, failure_of, ours

from ionos_model_hub import AsyncClient, Client, ConnectionFailedError, RequestTimeoutError
from ionos_model_hub.errors import ModelHubError

HUB = "https://hub.example/v1"
PASSWORD = "pass-7f3a"


@pytest.fixture
def hub(trusted: None) -> Iterator[FaultServer]:
    """The hub, as the proxy knows it: nobody else can resolve its name."""
    with FaultServer(answers.good, server_context("hub.example")) as server:
        yield server


@pytest.fixture
def proxy(hub: FaultServer) -> Iterator[FaultServer]:
    """A proxy that leads to the hub unless told otherwise."""
    with FaultServer(proxies.tunnel_to(hub.port)) as server:
        yield server


def url_of(proxy: FaultServer) -> str:
    return f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}"


@dataclass(frozen=True, slots=True)
class Row:
    """A proxy's fault, and what must come of it.

    Attributes:
        fault: What it does.
        error: What the caller gets if it never stops.
        retried: Whether another try is made.
        timeout: The caller's, in seconds.
    """

    fault: Fault
    error: type[ModelHubError] = ConnectionFailedError
    retried: bool = True
    timeout: float = 20


ROWS = {
    "status_407": Row(proxies.refuses("407 Proxy Authentication Required"), retried=False),
    "status_403": Row(proxies.refuses("403 Forbidden"), retried=False),
    "status_502": Row(proxies.refuses("502 Bad Gateway")),
    "closed": Row(Connection.finish),
    "reset": Row(Connection.reset),
    "garbage": Row(proxies.garbage),
    "closed_after_connect": Row(proxies.closed_after_connect),
    "reset_after_connect": Row(proxies.reset_after_connect),
    "silence": Row(Connection.stall, RequestTimeoutError, timeout=0.1),
}
PASSING = {
    name: row for name, row in ROWS.items() if row.retried and row.error is ConnectionFailedError
}


@everyone
@methods
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_a_fault_that_stays(
    proxy: FaultServer,
    hub: FaultServer,
    waits: list[float],
    caller: type[Caller],
    method: str,
    row: Row,
) -> None:
    proxy.script(row.fault, row.fault)
    told = failure_of(caller, method, HUB, proxy=url_of(proxy), timeout=row.timeout)
    assert ours(type(told)) is row.error
    assert told.attempts == (2 if row.retried else 1)
    assert proxy.wait_for_requests(told.attempts)
    assert len(proxy.requests) == told.attempts
    assert {request.path for request in proxy.requests} == {"hub.example:443"}
    assert hub.requests == []
    assert PASSWORD not in f"{told} {told!r} {vars(told)!r}"
    assert proxy.still_open() == 0


@everyone
@methods
@pytest.mark.parametrize("row", PASSING.values(), ids=PASSING.keys())
def test_a_fault_that_passes(
    proxy: FaultServer,
    hub: FaultServer,
    waits: list[float],
    caller: type[Caller],
    method: str,
    row: Row,
) -> None:
    proxy.script(row.fault)
    came_through(caller, method, base_url=HUB, proxy=url_of(proxy))
    assert (proxy.turns, len(hub.requests)) == (2, 1)


@everyone
@methods
def test_nobody_is_the_proxy(waits: list[float], caller: type[Caller], method: str) -> None:
    with before.nobody_listens() as base_url:
        address = base_url.removesuffix("/v1")
        told = failure_of(caller, method, HUB, proxy=address)
    assert ours(type(told)) is ConnectionFailedError
    assert told.attempts == 2
    assert "proxy" in str(told)


@everyone
@methods
def test_the_proxy_sees_neither_key_nor_prompt(
    proxy: FaultServer, hub: FaultServer, caller: type[Caller], method: str
) -> None:
    came_through(caller, method, base_url=HUB, proxy=url_of(proxy))
    [asked] = proxy.requests
    assert (asked.method, asked.path, asked.body) == ("CONNECT", "hub.example:443", b"")
    assert "proxy-authorization" in asked.headers
    assert "authorization" not in asked.headers
    [request] = hub.requests
    assert request.headers["authorization"] == f"Bearer {CANARY}"
    assert "proxy-authorization" not in request.headers


def ask(base_url: str, **options: object) -> None:
    with Client(api_key="any", base_url=base_url, max_retries=0, **options) as client:
        client.models()


def aask(base_url: str, **options: object) -> None:
    async def call() -> None:
        async with AsyncClient(
            api_key="any", base_url=base_url, max_retries=0, **options
        ) as client:
            await client.models()

    asyncio.run(call())


shells = pytest.mark.parametrize("shell", [ask, aask])


@pytest.fixture
def unresolved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were looked up and not found: those of hosts that no proxy was asked for."""
    names: list[str] = []
    find = socket.getaddrinfo

    def getaddrinfo(host: str | bytes, *rest: object, **more: object) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        if not name.endswith(".example"):
            return find(host, *rest, **more)  # type: ignore[arg-type]
        names.append(name)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return names


NO_PROXY = [
    ("", "https://hub.example/v1", True),
    ("other.example", "https://hub.example/v1", True),
    ("ub.example", "https://hub.example/v1", True),
    (".hub.example", "https://hub.example/v1", True),
    ("hub.example:8443", "https://hub.example/v1", True),
    ("hub.example", "https://hub.example/v1", False),
    ("HUB.example", "https://hub.example/v1", False),
    (" other.example , hub.example ", "https://hub.example/v1", False),
    ("example", "https://hub.example/v1", False),
    (".example", "https://hub.example/v1", False),
    ("hub.example:8443", "https://hub.example:8443/v1", False),
    ("*", "https://hub.example/v1", False),
    ("127.0.0.1", "https://127.0.0.1:1/v1", False),
    ("127.0.0.0/8", "https://127.0.0.1:1/v1", True),
    ("localhost", "https://localhost:1/v1", False),
    ("::1", "https://[::1]:1/v1", False),
]


@shells
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(("no_proxy", "base_url", "proxied"), NO_PROXY)
def test_which_hosts_go_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
    unresolved: list[str],
    shell: Callable[..., None],
    variable: str,
    no_proxy: str,
    base_url: str,
    proxied: bool,
) -> None:
    with FaultServer(proxies.refuses("403 Forbidden")) as proxy:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", no_proxy)
        with pytest.raises(ConnectionFailedError):
            shell(base_url)
        assert (proxy.turns == 1) is proxied
        assert (not unresolved) is (proxied or ".example" not in base_url)


@shells
def test_a_proxy_of_ones_own_counts_more_than_the_environment(
    monkeypatch: pytest.MonkeyPatch, proxy: FaultServer, shell: Callable[..., None]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "*")
    shell(HUB, proxy=url_of(proxy))
    assert proxy.turns == 1
