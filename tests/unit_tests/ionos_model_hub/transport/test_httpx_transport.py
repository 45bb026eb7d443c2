"""Requests that are sent with httpx, and its errors converted to public ones."""

import asyncio
import gzip
import ssl
import sys
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from faults.scripted_sockets import FakeClock

from ionos_model_hub.errors import (
    ConfigurationError,
    ConnectionFailedError,
    ModelHubError,
    RequestTimeoutError,
    ResponseError,
)
from ionos_model_hub.transport import httpx_transport
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.transport.http.tls import ssl_context
from ionos_model_hub.transport.httpx_transport import (
    AsyncHttpx,
    AuthorizationHeader,
    SyncHttpx,
    convert_httpx_error,
    httpx_request,
    response_headers,
)
from ionos_model_hub.transport.sync_io import run_blocking

URL = "https://example.com/v1/models"


def outgoing(content: bytes | None = b"{}", read_timeout: float | None = 60.0) -> OutgoingRequest:
    return OutgoingRequest(
        url=URL,
        authorization=lambda: "Bearer canary",
        headers={"x-team": "blue"},
        content=content,
        head_timeout=lambda: read_timeout,
        read_timeout=lambda: read_timeout,
        connect_timeout=5.0,
        allow_resend=True,
    )


@pytest.mark.parametrize(("content", "method"), [(None, "GET"), (b"{}", "POST")])
def test_httpx_request(content: bytes | None, method: str) -> None:
    request = httpx_request(outgoing(content))
    assert (request.method, str(request.url), request.read()) == (method, URL, content or b"")
    assert request.headers["x-team"] == "blue"
    assert request.extensions["timeout"] == {
        "connect": 5.0,
        "read": 60.0,
        "write": 60.0,
        "pool": None,
    }


def test_request_without_read_timeout() -> None:
    request = httpx_request(outgoing(read_timeout=None))
    assert request.extensions["timeout"]["read"] is None


def test_key_is_added_when_request_is_sent() -> None:
    request = httpx_request(outgoing())
    assert "authorization" not in request.headers
    flow = AuthorizationHeader(lambda: "Bearer canary").auth_flow(request)
    assert next(flow).headers["authorization"] == "Bearer canary"
    assert "canary" not in f"{request!r} {request.headers!r}"
    with pytest.raises(StopIteration):
        next(flow)


def test_authorization_header_of_the_user_is_replaced() -> None:
    request = httpx.Request("GET", URL, headers={"Authorization": "Bearer mine"})
    next(AuthorizationHeader(lambda: "Bearer canary").auth_flow(request))
    assert request.headers.get_list("authorization") == ["Bearer canary"]


def test_one_tls_context_verifies_certificates() -> None:
    assert ssl_context() is ssl_context()
    assert ssl_context().verify_mode is ssl.CERT_REQUIRED
    assert ssl_context().check_hostname


def test_response_headers_have_lower_case_names() -> None:
    headers = {"X-Trace-Id": "t-1", "Content-Encoding": "gzip"}
    response = httpx.Response(200, headers=headers, content=iter([b"compressed"]))
    assert response_headers(response)["x-trace-id"] == "t-1"
    assert response_headers(response)["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("error", "error_type", "message", "retryable"),
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
            "host sent no usable data within `timeout`.",
            True,
        ),
        (
            httpx.WriteTimeout(""),
            RequestTimeoutError,
            "host sent no usable data within `timeout`.",
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
            "The response of host cannot be decompressed: bad gzip.",
            False,
        ),
    ],
)
def test_converted_httpx_errors(
    error: httpx.TransportError | httpx.DecodingError,
    error_type: type[ModelHubError],
    message: str,
    retryable: bool,
) -> None:
    converted = convert_httpx_error(error, "host")
    assert type(converted) is error_type
    assert (converted.message, converted.retryable) == (message, retryable)
    assert (converted.__cause__, converted.__context__) == (None, None)


def test_untrusted_certificate_is_not_retryable() -> None:
    error = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
    converted = convert_httpx_error(error, "host")
    assert not converted.retryable
    assert "SSL_CERT_FILE" in str(converted.hint)


@pytest.mark.parametrize(
    ("reason", "retryable", "has_hint"),
    [
        ("407 Proxy Authentication Required", False, True),
        ("403 Forbidden", False, False),
        ("502 Bad Gateway", True, False),
        ("Host unreachable", True, False),
    ],
)
def test_4xx_of_proxy_is_not_retryable(reason: str, retryable: bool, has_hint: bool) -> None:
    converted = convert_httpx_error(httpx.ProxyError(reason), "host")
    assert converted.message == f"The proxy did not connect to host: {reason}."
    assert converted.retryable is retryable
    assert ("user and password" in str(converted.hint)) is has_hint


@pytest.mark.parametrize("transport", [SyncHttpx, AsyncHttpx])
@pytest.mark.parametrize("proxy", ["s3cret://h", "socks5://h:1", "http://[::1"])
def test_unusable_proxy_raises(
    transport: type[SyncHttpx | AsyncHttpx], proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    with pytest.raises(ConfigurationError, match="proxy cannot be used") as caught:
        transport(None, proxy)
    assert caught.value.param == "proxy"
    assert caught.value.__context__ is None


def test_body_read_by_event_hook_is_not_decompressed_again() -> None:
    headers = {"content-encoding": "gzip", "x-trace-id": "t-1"}
    response = httpx.Response(200, headers=headers, content=gzip.compress(b"{}"))
    assert response.is_stream_consumed
    assert "content-encoding" not in response_headers(response)
    assert response_headers(response)["x-trace-id"] == "t-1"


async def test_each_async_read_has_its_own_timeout() -> None:
    class HangingStream(httpx.AsyncByteStream):
        is_closed = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"hi"
            await asyncio.Event().wait()

        async def aclose(self) -> None:
            self.is_closed = True

    body = HangingStream()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=body))
    seconds_left = iter([60.0, 0.01])
    async with httpx.AsyncClient(transport=transport) as client:
        request = outgoing()._replace(read_timeout=lambda: next(seconds_left))
        response = await AsyncHttpx(client, None).send(request)
        assert await response.read() == b"hi"
        with pytest.raises(RequestTimeoutError, match="no usable data") as caught:
            await response.read()
        await response.close()
    assert body.is_closed
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize(
    ("seconds_per_read", "expected"), [(0.001, [b"a", b"b", b"c", None]), (0.06, [b"a"])]
)
def test_sync_reads_after_a_limit_return_data_that_has_arrived(
    monkeypatch: pytest.MonkeyPatch, seconds_per_read: float, expected: list[bytes | None]
) -> None:
    clock = FakeClock()
    monkeypatch.setattr(httpx_transport, "monotonic", clock)

    def slow_parts() -> Iterator[bytes]:
        for part in (b"a", b"b", b"c"):
            clock.now += seconds_per_read
            yield part

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=slow_parts()))
    received = []
    with httpx.Client(transport=transport) as client:
        response = run_blocking(SyncHttpx(client, None).send(outgoing(read_timeout=0.0)))
        try:
            while not received or received[-1]:
                received.append(run_blocking(response.read()))
        except RequestTimeoutError:
            pass
    assert received == expected


@pytest.mark.parametrize("event", ["http11.send_request_headers.started", "connection.started"])
async def test_time_until_response_head_is_limited_from_sending_on(event: str) -> None:
    is_limited = event.endswith("headers.started")

    async def respond(request: httpx.Request) -> httpx.Response:
        await request.extensions["trace"](event, {})
        await asyncio.sleep(60 if is_limited else 0.01)
        return httpx.Response(200)

    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as client:
        sending = AsyncHttpx(client, None).send(outgoing(read_timeout=0.001))
        if not is_limited:
            assert (await sending).status == 200
            return
        with pytest.raises(RequestTimeoutError) as caught:
            await sending
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
