"""What goes through httpx: requests without keys, and our errors for its own."""

import asyncio
import gzip
import ssl
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import (
    ConfigurationError,
    ConnectionFailedError,
    ModelHubError,
    RequestTimeoutError,
    ResponseError,
)
from ionos_model_hub.transport.http.tls import ssl_context
from ionos_model_hub.transport.httpx_transport import (
    BearerAuth,
    BlockingHttpx,
    LoopHttpx,
    failure_of,
    goes_through_proxy,
    headers_of,
    request_of,
)
from ionos_model_hub.transport.interfaces import Outgoing

URL = "https://example.com/v1/models"


def outgoing(content: bytes | None = b"{}", read_timeout: float | None = 60.0) -> Outgoing:
    key, headers = Key("canary"), {"x-team": "blue"}
    return Outgoing(URL, key, headers, content, lambda: read_timeout, 5.0, True)


@pytest.mark.parametrize(("content", "method"), [(None, "GET"), (b"{}", "POST")])
def test_a_request_as_it_is_asked_for(content: bytes | None, method: str) -> None:
    request = request_of(outgoing(content))
    assert (request.method, str(request.url), request.read()) == (method, URL, content or b"")
    assert request.headers["x-team"] == "blue"
    assert request.extensions["timeout"] == {
        "connect": 5.0,
        "read": 60.0,
        "write": 60.0,
        "pool": None,
    }


def test_a_request_may_wait_for_ever() -> None:
    assert request_of(outgoing(read_timeout=None)).extensions["timeout"]["read"] is None


def test_the_key_is_added_in_the_last_step() -> None:
    request = request_of(outgoing())
    assert "authorization" not in request.headers
    flow = BearerAuth(Key("canary")).auth_flow(request)
    assert next(flow).headers["authorization"] == "Bearer canary"
    assert "canary" not in f"{request!r} {request.headers!r}"
    with pytest.raises(StopIteration):
        next(flow)


def test_a_key_of_ones_own_headers_is_replaced() -> None:
    request = httpx.Request("GET", URL, headers={"Authorization": "Bearer mine"})
    next(BearerAuth(Key("canary")).auth_flow(request))
    assert request.headers.get_list("authorization") == ["Bearer canary"]


def test_the_process_has_one_tls_context_that_checks() -> None:
    assert ssl_context() is ssl_context()
    assert ssl_context().verify_mode is ssl.CERT_REQUIRED
    assert ssl_context().check_hostname


def test_headers_have_names_in_lower_case() -> None:
    headers = {"X-Trace-Id": "t-1", "Content-Encoding": "gzip"}
    response = httpx.Response(200, headers=headers, content=iter([b"packed"]))
    assert headers_of(response)["x-trace-id"] == "t-1"
    assert headers_of(response)["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("error", "kind", "message", "retryable"),
    [
        (
            httpx.ConnectTimeout("slow"),
            RequestTimeoutError,
            "No connection to host within `connect_timeout`.",
            True,
        ),
        (
            httpx.ReadTimeout("slow"),
            RequestTimeoutError,
            "host sent nothing for longer than `timeout`.",
            True,
        ),
        (
            httpx.WriteTimeout(""),
            RequestTimeoutError,
            "host sent nothing for longer than `timeout`.",
            True,
        ),
        (
            httpx.ConnectError("refused"),
            ConnectionFailedError,
            "The connection to host failed: refused.",
            True,
        ),
        (
            httpx.ReadError(""),
            ConnectionFailedError,
            "The connection to host failed: ReadError.",
            True,
        ),
        (
            httpx.RemoteProtocolError("cut"),
            ConnectionFailedError,
            "The connection to host failed: cut.",
            True,
        ),
        (
            httpx.LocalProtocolError("illegal header"),
            ConnectionFailedError,
            "The connection to host failed: illegal header.",
            False,
        ),
        (
            httpx.UnsupportedProtocol("ftp"),
            ConnectionFailedError,
            "The connection to host failed: ftp.",
            False,
        ),
        (
            httpx.DecodingError("bad gzip"),
            ResponseError,
            "The answer of host cannot be decompressed: bad gzip.",
            False,
        ),
    ],
)
def test_each_failure_of_httpx_is_one_of_ours(
    error: httpx.TransportError | httpx.DecodingError,
    kind: type[ModelHubError],
    message: str,
    retryable: bool,
) -> None:
    failure = failure_of(error, "host")
    assert type(failure) is kind
    assert (failure.message, failure.retryable) == (message, retryable)
    assert (failure.__cause__, failure.__context__) == (None, None)


def test_an_untrusted_certificate_is_not_tried_again() -> None:
    told = "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"
    failure = failure_of(httpx.ConnectError(told), "host")
    assert not failure.retryable
    assert "SSL_CERT_FILE" in str(failure.hint)


@pytest.mark.parametrize(
    ("told", "retryable", "hinted"),
    [
        ("407 Proxy Authentication Required", False, True),
        ("403 Forbidden", False, False),
        ("502 Bad Gateway", True, False),
        ("Host unreachable", True, False),
    ],
)
def test_what_a_proxy_forbids_is_not_tried_again(told: str, retryable: bool, hinted: bool) -> None:
    failure = failure_of(httpx.ProxyError(told), "host")
    assert failure.message == f"The proxy made no connection to host: {told}."
    assert failure.retryable is retryable
    assert ("user and password" in str(failure.hint)) is hinted


@pytest.mark.parametrize("made", [BlockingHttpx, LoopHttpx])
@pytest.mark.parametrize("proxy", ["s3cret://h", "socks5://h:1", "http://[::1"])
def test_a_proxy_that_httpx_cannot_use(
    made: type[BlockingHttpx | LoopHttpx], proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigurationError, match="proxy cannot be used") as caught:
        made(None, None)
    assert caught.value.param == "proxy"
    assert caught.value.__context__ is None


def test_what_a_hook_has_unpacked_is_not_called_packed() -> None:
    packed = {"content-encoding": "gzip", "x-trace-id": "t-1"}
    response = httpx.Response(200, headers=packed, content=gzip.compress(b"{}"))
    assert response.is_stream_consumed
    assert "content-encoding" not in headers_of(response)
    assert headers_of(response)["x-trace-id"] == "t-1"


@pytest.mark.parametrize(
    ("proxy", "environment", "goes"),
    [
        (None, {}, False),
        (None, {"NO_PROXY": "localhost"}, False),
        (None, {"HTTPS_PROXY": "http://localhost:3128"}, True),
        ("http://localhost:3128", {}, True),
    ],
)
def test_who_goes_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, proxy: str | None, environment: dict[str, str], goes: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert goes_through_proxy(proxy) is goes


# -- the deadline, which httpx's timeouts do not know


async def test_each_read_on_a_loop_lasts_as_long_as_it_may() -> None:
    class Halting(httpx.AsyncByteStream):
        is_closed = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"hi"
            await asyncio.Event().wait()

        async def aclose(self) -> None:
            self.is_closed = True

    body = Halting()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=body))
    left = iter([60.0, 60.0, 0.01])
    async with httpx.AsyncClient(transport=transport) as client:
        request = outgoing()._replace(read_timeout=lambda: next(left))
        reply = await LoopHttpx(client, None).send(request)
        assert await reply.read() == b"hi"
        with pytest.raises(RequestTimeoutError, match="sent nothing") as caught:
            await reply.read()
        await reply.close()
    assert body.is_closed
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
