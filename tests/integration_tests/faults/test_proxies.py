"""Proxies that fail, and hosts that are reached without a proxy."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from faults import before_response as before
from faults import proxies, responses
from faults.assertions import CANARY, assert_succeeds, core_class, error_of_call
from faults.callers.caller import Caller
from faults.callers.parameters import all_callers, all_methods
from faults.certificates import server_context
from faults.server import Connection, Fault, FaultServer

from ionos_model_hub import AsyncClient, Client, ConnectionFailedError, RequestTimeoutError
from ionos_model_hub.errors import ModelHubError

HUB_URL = "https://hub.example/v1"
PASSWORD = "pass-7f3a"


@pytest.fixture
def hub(trust_authority: None) -> Iterator[FaultServer]:
    """The hub, whose name only the proxy can resolve."""
    with FaultServer(responses.good, server_context("hub.example")) as server:
        yield server


@pytest.fixture
def proxy(hub: FaultServer) -> Iterator[FaultServer]:
    """A proxy that connects to the hub unless a fault is scripted."""
    with FaultServer(proxies.tunnel_to(hub.port)) as server:
        yield server


def proxy_url(proxy: FaultServer) -> str:
    return f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}"


@dataclass(frozen=True, slots=True)
class ProxyCase:
    """A fault of a proxy and its outcome.

    Attributes:
        name: Name of the case.
        fault: Responds to a CONNECT request.
        error: The error if the fault persists.
        is_retried: Whether the request is sent again.
        timeout: The caller's connect_timeout in seconds.
    """

    name: str
    fault: Fault
    error: type[ModelHubError] = ConnectionFailedError
    is_retried: bool = True
    timeout: float = 20


CASES = [
    ProxyCase("407", proxies.refuse("407 Proxy Authentication Required"), is_retried=False),
    ProxyCase("403", proxies.refuse("403 Forbidden"), is_retried=False),
    ProxyCase("502", proxies.refuse("502 Bad Gateway")),
    ProxyCase("closed", Connection.finish),
    ProxyCase("reset", Connection.reset),
    ProxyCase("garbage", proxies.garbage),
    ProxyCase("closed_after_connect", proxies.closed_after_connect),
    ProxyCase("reset_after_connect", proxies.reset_after_connect),
    ProxyCase("silence", Connection.stall, RequestTimeoutError, timeout=0.1),
]
RECOVERING = [case for case in CASES if case.is_retried and case.error is ConnectionFailedError]


def each_case(cases: list[ProxyCase]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


@pytest.mark.pairwise
@all_callers
@all_methods
@each_case(CASES)
def test_proxy_fault_that_persists(
    proxy: FaultServer,
    hub: FaultServer,
    waits: list[float],
    caller: type[Caller],
    method: str,
    case: ProxyCase,
) -> None:
    proxy.script(case.fault, case.fault)
    error = error_of_call(
        caller, method, HUB_URL, proxy=proxy_url(proxy), connect_timeout=case.timeout
    )
    assert core_class(type(error)) is case.error
    assert error.attempts == (2 if case.is_retried else 1)
    assert proxy.wait_for_requests(error.attempts)
    assert len(proxy.requests) == error.attempts
    assert {request.path for request in proxy.requests} == {"hub.example:443"}
    assert hub.requests == []
    assert PASSWORD not in f"{error} {error!r} {vars(error)!r}"
    assert proxy.count_open() == 0


@pytest.mark.pairwise
@all_callers
@all_methods
@each_case(RECOVERING)
def test_proxy_fault_that_recovers(
    proxy: FaultServer,
    hub: FaultServer,
    waits: list[float],
    caller: type[Caller],
    method: str,
    case: ProxyCase,
) -> None:
    proxy.script(case.fault)
    assert_succeeds(caller, method, base_url=HUB_URL, proxy=proxy_url(proxy))
    assert (proxy.attempts, len(hub.requests)) == (2, 1)


@all_callers
@all_methods
def test_unreachable_proxy(waits: list[float], caller: type[Caller], method: str) -> None:
    with before.refusing_port() as base_url:
        error = error_of_call(caller, method, HUB_URL, proxy=base_url.removesuffix("/v1"))
    assert core_class(type(error)) is ConnectionFailedError
    assert error.attempts == 2
    assert "proxy" in str(error)


@all_callers
@all_methods
def test_proxy_receives_neither_key_nor_prompt(
    proxy: FaultServer, hub: FaultServer, caller: type[Caller], method: str
) -> None:
    assert_succeeds(caller, method, base_url=HUB_URL, proxy=proxy_url(proxy))
    [connect] = proxy.requests
    assert (connect.method, connect.path, connect.body) == ("CONNECT", "hub.example:443", b"")
    assert "proxy-authorization" in connect.headers
    assert "authorization" not in connect.headers
    [request] = hub.requests
    assert request.headers["authorization"] == f"Bearer {CANARY}"
    assert "proxy-authorization" not in request.headers


def call(base_url: str, **options: object) -> None:
    with Client(api_key="any", base_url=base_url, max_retries=0, **options) as client:
        client.models()


def acall(base_url: str, **options: object) -> None:
    async def call() -> None:
        async with AsyncClient(
            api_key="any", base_url=base_url, max_retries=0, **options
        ) as client:
            await client.models()

    asyncio.run(call())


both_modes = pytest.mark.parametrize("make_call", [call, acall], ids=["sync", "async"])


@pytest.fixture
def unresolved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of hosts that were looked up in vain, because no proxy was used for them."""
    names: list[str] = []
    getaddrinfo = socket.getaddrinfo

    def fail_for_example_hosts(host: str | bytes, *rest: object, **more: object) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        if not name.endswith(".example"):
            return getaddrinfo(host, *rest, **more)  # type: ignore[arg-type]
        names.append(name)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail_for_example_hosts)
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
    ("127.0.0.0/8", "https://127.0.0.1:1/v1", False),
    ("127.0.0.0/8", "https://hub.example/v1", True),
    ("::/8", "https://127.0.0.1:1/v1", True),
    ("localhost", "https://localhost:1/v1", False),
    ("::1", "https://[::1]:1/v1", False),
]


@both_modes
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(("no_proxy", "base_url", "uses_proxy"), NO_PROXY)
def test_no_proxy_is_respected(
    monkeypatch: pytest.MonkeyPatch,
    unresolved: list[str],
    make_call: Callable[..., None],
    variable: str,
    no_proxy: str,
    base_url: str,
    uses_proxy: bool,
) -> None:
    with FaultServer(proxies.refuse("403 Forbidden")) as proxy:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", no_proxy)
        with pytest.raises(ConnectionFailedError):
            make_call(base_url)
        assert (proxy.attempts == 1) is uses_proxy
        assert (not unresolved) is (uses_proxy or ".example" not in base_url)


@both_modes
def test_proxy_argument_takes_precedence_over_environment(
    monkeypatch: pytest.MonkeyPatch, proxy: FaultServer, make_call: Callable[..., None]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "*")
    make_call(HUB_URL, proxy=proxy_url(proxy))
    assert proxy.attempts == 1
