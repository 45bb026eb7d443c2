"""Calls that cannot connect, or connect to the wrong server."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from faults import before_response as before
from faults import responses
from faults.assertions import assert_succeeds, core_class, error_of_call
from faults.callers.caller import Caller
from faults.callers.parameters import all_callers, all_methods
from faults.certificates import authority, server_context
from faults.server import Fault, FaultServer

from ionos_model_hub import (
    ConfigurationError,
    ConnectionFailedError,
    ModelHubError,
    RequestTimeoutError,
)
from ionos_model_hub.transport.http.tls import ssl_context


@pytest.mark.pairwise
@all_callers
@all_methods
@pytest.mark.parametrize(
    ("port", "error_type"),
    [
        (before.refusing_port, ConnectionFailedError),
        (before.unresponsive_port, RequestTimeoutError),
    ],
    ids=["refused", "unresponsive"],
)
def test_unreachable_server(
    waits: list[float],
    caller: type[Caller],
    method: str,
    port: Callable[[], AbstractContextManager[str]],
    error_type: type[ModelHubError],
) -> None:
    with port() as base_url:
        error = error_of_call(caller, method, base_url, connect_timeout=0.2)
    assert core_class(type(error)) is error_type
    assert error.attempts == 2


@all_callers
@all_methods
def test_unknown_host(
    waits: list[float], monkeypatch: pytest.MonkeyPatch, caller: type[Caller], method: str
) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    error = error_of_call(caller, method, "https://no-such-host.invalid/v1")
    assert core_class(type(error)) is ConnectionFailedError
    assert "no-such-host.invalid" in str(error)
    assert error.attempts == 2


@pytest.fixture
def https_server() -> Iterator[FaultServer]:
    with FaultServer(responses.good, server_context("127.0.0.1")) as server:
        yield server


@pytest.mark.usefixtures("trust_authority")
@all_callers
@all_methods
def test_trusted_certificate(https_server: FaultServer, caller: type[Caller], method: str) -> None:
    assert_succeeds(caller, method, base_url=https_server.base_url)


@all_callers
@all_methods
def test_untrusted_certificate_is_not_retried(
    https_server: FaultServer, caller: type[Caller], method: str
) -> None:
    error = error_of_call(caller, method, https_server.base_url)
    assert core_class(type(error)) is ConnectionFailedError
    assert error.attempts == 1
    assert "SSL_CERT_FILE" in str(error)
    assert https_server.requests == []


@pytest.mark.pairwise
@pytest.mark.usefixtures("trust_authority")
@all_callers
@all_methods
@pytest.mark.parametrize(
    ("host", "expired", "hint"),
    [("hub.example", False, "another server"), ("127.0.0.1", True, "clock")],
    ids=["other_host", "expired"],
)
def test_wrong_certificate_is_not_retried(
    caller: type[Caller], method: str, host: str, expired: bool, hint: str
) -> None:
    with FaultServer(responses.good, server_context(host, expired=expired)) as server:
        error = error_of_call(caller, method, server.base_url)
        assert core_class(type(error)) is ConnectionFailedError
        assert error.attempts == 1
        assert hint in str(error.hint)
        assert server.requests == []


@all_callers
@all_methods
def test_unusable_certificate_file_is_not_retried(
    https_server: FaultServer, monkeypatch: pytest.MonkeyPatch, caller: type[Caller], method: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/missing.pem")
    ssl_context.cache_clear()
    error = error_of_call(caller, method, https_server.base_url)
    assert core_class(type(error)) is ConfigurationError
    assert error.attempts == 1
    assert "SSL_CERT_FILE is '/missing.pem'" in str(error)


@pytest.mark.pairwise
@pytest.mark.usefixtures("trust_authority")
@all_callers
@all_methods
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_missing_client_certificate_is_not_retried(
    caller: type[Caller], method: str, version: ssl.TLSVersion
) -> None:
    context = server_context("127.0.0.1")
    authority().configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = context.maximum_version = version
    with FaultServer(responses.good, context) as server:
        error = error_of_call(caller, method, server.base_url)
        assert core_class(type(error)) is ConnectionFailedError
        assert error.attempts == 1
        assert "client certificate" in str(error.hint)


@pytest.mark.pairwise
@all_callers
@all_methods
@pytest.mark.parametrize(
    "fault", [before.reset_in_handshake, before.closed_in_handshake, before.plain_http]
)
def test_broken_handshake_is_retried(
    server: FaultServer, waits: list[float], caller: type[Caller], method: str, fault: Fault
) -> None:
    server.script(fault, fault)
    error = error_of_call(caller, method, server.base_url.replace("http:", "https:"))
    assert core_class(type(error)) is ConnectionFailedError
    assert error.attempts == server.attempts == 2


@all_callers
@all_methods
def test_silent_handshake_times_out(
    server: FaultServer, waits: list[float], caller: type[Caller], method: str
) -> None:
    server.script(*[before.silent_in_handshake] * 2)
    https_url = server.base_url.replace("http:", "https:")
    error = error_of_call(caller, method, https_url, connect_timeout=0.1)
    assert core_class(type(error)) is RequestTimeoutError
    assert error.attempts == 2  # The server may not have accepted the second connection yet.
