"""Requests that are sent with httpx, and its errors converted to public ones."""

import gzip
import ssl
import sys

import httpx
import pytest
from unit_tests.ionos_model_hub.transport.httpx_requests import URL, outgoing

from ionos_model_hub.errors import (
    ConfigurationError,
    ConnectionFailedError,
    ModelHubError,
    RequestTimeoutError,
    ResponseError,
)
from ionos_model_hub.transport.async_httpx import AsyncHttpx
from ionos_model_hub.transport.http.tls import ssl_context
from ionos_model_hub.transport.httpx_transport import (
    AuthorizationHeader,
    convert_httpx_error,
    httpx_request,
    response_headers,
)
from ionos_model_hub.transport.sync_httpx import SyncHttpx


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
