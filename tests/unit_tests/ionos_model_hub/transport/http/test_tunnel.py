"""Requests through HTTP proxies, over scripted sockets."""

import pytest
from faults.scripted_sockets import (
    OK_RESPONSE,
    ScriptedOpener,
    ScriptedSocket,
    Step,
    read_body,
    request,
    run,
    send,
)

from ionos_model_hub.transport.http.client import HttpClient
from ionos_model_hub.transport.http.errors import ConnectError, ConnectTimeoutError, ProxyError
from ionos_model_hub.transport.http.parser import MAX_HEAD_BYTES
from ionos_model_hub.transport.http.proxy import Proxy, parse_proxy
from ionos_model_hub.transport.http.target import Origin
from ionos_model_hub.transport.http.tunnel import describe_status, open_tunnel

PROXY = parse_proxy("http://user:secret@proxy.example:3128")
ORIGIN = Origin(True, "hub.example", 443, PROXY)
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def tunnel(*steps: Step, origin: Origin = ORIGIN) -> ScriptedSocket:
    """Open a tunnel on a socket that follows `steps`; return the socket."""
    socket = ScriptedSocket(*steps)
    run(open_tunnel(socket, origin, lambda: 5.0))
    return socket


def test_connect_request() -> None:
    assert tunnel(ESTABLISHED).written == (
        b"CONNECT hub.example:443 HTTP/1.1\r\nhost: hub.example:443\r\n"
        b"proxy-authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n"
    )


def test_connect_request_to_ipv6_address_without_credentials() -> None:
    origin = Origin(True, "::1", 8443, Proxy("proxy.example", 3128))
    written = tunnel(ESTABLISHED, origin=origin).written
    assert written == b"CONNECT [::1]:8443 HTTP/1.1\r\nhost: [::1]:8443\r\n\r\n"


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_tunnel_is_open_after_the_head(response: bytes) -> None:
    assert tunnel(*[bytes([byte]) for byte in response]).steps == []


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([b"HTTP/1.1 407 secret\r\n\r\n"], "^407 Proxy Authentication Required$"),
        ([b"HTTP/1.1 502 \r\n\r\n"], "^502 Bad Gateway$"),
        ([b"HTTP/1.1 200 OK\r\n\r\n220 smtp"], "data before the TLS handshake"),
        ([b"SSH-2.0\r\n"], "not valid HTTP"),
        ([b"HTTP/1.1 200"], "closed the connection"),
        ([b"HTTP/1.1 200 OK\r\na: " + b"a" * MAX_HEAD_BYTES], "headers are longer"),
    ],
)
def test_refused_tunnel(steps: list[Step], reason: str) -> None:
    with pytest.raises(ProxyError, match=reason) as caught:
        tunnel(*steps)
    assert caught.value.host == "hub.example"


def test_unknown_status() -> None:
    assert describe_status(599) == "599"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionRefusedError(), ConnectError),
        (TimeoutError(), ConnectTimeoutError),
        (ProxyError("407", "hub.example"), ProxyError),
    ],
)
def test_failed_connection_says_that_a_proxy_is_used(
    error: OSError, expected: type[ConnectError]
) -> None:
    with pytest.raises(expected) as caught:
        send(HttpClient(ScriptedOpener(error), proxy=PROXY))
    assert caught.value.uses_proxy
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_https_requests_do_not_contain_proxy_credentials() -> None:
    socket = ScriptedSocket(OK_RESPONSE)
    opener = ScriptedOpener(socket)
    send(HttpClient(opener, proxy=PROXY))
    assert opener.opened == [(ORIGIN, 5.0)]
    assert socket.written.startswith(b"GET /v1/models HTTP/1.1\r\nhost: hub.example\r\n")
    assert b"proxy" not in socket.written


def test_plain_requests_are_forwarded_by_the_proxy() -> None:
    socket = ScriptedSocket(OK_RESPONSE, OK_RESPONSE)
    client = HttpClient(ScriptedOpener(socket), proxy=PROXY)
    for _ in range(2):
        socket.written = b""
        assert read_body(send(client, request("http://localhost:1/v1/models?a=b"))) == b"hi"
        assert socket.written == (
            b"GET http://localhost:1/v1/models?a=b HTTP/1.1\r\nhost: localhost:1\r\n"
            b"x-team: blue\r\nauthorization: Bearer canary\r\n"
            b"proxy-authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n"
        )


def test_proxy_rejects_a_plain_request() -> None:
    socket = ScriptedSocket(b"HTTP/1.1 407 Auth\r\ncontent-length: 0\r\n\r\n")
    with pytest.raises(ProxyError, match="407 Proxy Authentication Required"):
        send(HttpClient(ScriptedOpener(socket), proxy=PROXY), request("http://localhost:1/v1"))
    assert socket.is_closed


def test_address_to_connect_to() -> None:
    assert ORIGIN.address == ("proxy.example", 3128)
    assert ORIGIN.needs_tunnel
    plain = ORIGIN._replace(is_secure=False)
    assert not plain.needs_tunnel
    assert plain._replace(proxy=None).address == ("hub.example", 443)
