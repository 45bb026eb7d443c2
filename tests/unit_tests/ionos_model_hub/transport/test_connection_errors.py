"""Errors of the HTTP client become public errors with hints."""

import gzip

import pytest
from faults.scripted_sockets import (
    HEAD,
    ScriptedOpener,
    ScriptedSocket,
    Step,
    read_and_close,
    run,
    send,
)

from ionos_model_hub.errors import (
    ConfigurationError,
    ConnectionFailedError,
    ModelHubError,
    RequestTimeoutError,
    ResponseError,
)
from ionos_model_hub.transport.connection_errors import convert_error, decompressed
from ionos_model_hub.transport.http.client import HttpClient
from ionos_model_hub.transport.http.errors import (
    ConnectError,
    ConnectionLostError,
    ConnectTimeoutError,
    HttpError,
    InvalidUrlError,
    ResponseTimeoutError,
)


@pytest.mark.parametrize(
    ("error", "error_type", "message", "retryable"),
    [
        (
            ConnectTimeoutError("slow", "hub.example"),
            RequestTimeoutError,
            "No connection to hub.example within `connect_timeout`.",
            True,
        ),
        (
            ResponseTimeoutError("slow", "hub.example"),
            RequestTimeoutError,
            "hub.example sent no usable data within `timeout`.",
            True,
        ),
        (
            ConnectError("refused", "hub.example"),
            ConnectionFailedError,
            "The connection to hub.example failed: refused.",
            True,
        ),
        (
            ConnectionLostError("reset", "hub.example"),
            ConnectionFailedError,
            "The connection to hub.example failed: reset.",
            True,
        ),
        (
            ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed", "hub.example"),
            ConnectionFailedError,
            "The connection to hub.example failed: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed.",
            False,
        ),
    ],
)
def test_converted_errors(
    error: HttpError, error_type: type[ModelHubError], message: str, retryable: bool
) -> None:
    converted = convert_error(error)
    assert type(converted) is error_type
    assert (converted.message, converted.retryable) == (message, retryable)


def test_invalid_url_is_a_configuration_error() -> None:
    converted = convert_error(InvalidUrlError("empty label"))
    assert isinstance(converted, ConfigurationError)
    assert (converted.message, converted.param) == (
        "The URL is not valid: empty label.",
        "base_url",
    )


FAILED = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired", "Check the clock"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate is not yet valid", "Check the clock"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "did not respond with TLS"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] Hostname mismatch", "Check base_url"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", "Set SSL_CERT_FILE"),
        (f"{FAILED}: Missing Authority Key Identifier", "VERIFY_X509_STRICT"),
        (f"{FAILED}: Basic Constraints of CA cert not marked critical", "VERIFY_X509_STRICT"),
        (f"{FAILED}: CA cert does not include key usage extension", "VERIFY_X509_STRICT"),
    ],
)
def test_tls_errors_have_hints(reason: str, hint: str) -> None:
    assert hint in str(convert_error(ConnectError(reason, "hub.example")).hint)


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("[Errno 111] Connection refused", "Check that the server is running"),
        ("[Errno -2] Name or service not known", "Check the spelling of the host in base_url"),
        ("[Errno -3] Temporary failure in name resolution", "Check the spelling of the host"),
        ("[Errno 8] nodename nor servname provided, or not known", "Check the spelling of the"),
    ],
)
def test_server_that_is_not_reached_has_a_hint(reason: str, hint: str) -> None:
    assert str(convert_error(ConnectError(reason, "hub.example")).hint).startswith(hint)
    through_proxy = ConnectError(reason, "hub.example")
    through_proxy.uses_proxy = True
    assert str(convert_error(through_proxy).hint).startswith("Check that the proxy")


@pytest.mark.parametrize("steps", [(), (HEAD, b"h")])
def test_client_raises_converted_errors_without_context(steps: tuple[Step, ...]) -> None:
    client = HttpClient(ScriptedOpener(ScriptedSocket(*steps)), convert_error)
    with pytest.raises(ConnectionFailedError) as caught:
        read_and_close(client)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_corrupt_body_is_a_response_error() -> None:
    body = gzip.compress(b"text")[:-4]
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    response = decompressed(send(HttpClient(ScriptedOpener(ScriptedSocket(head + body)))))
    assert run(response.read()) == b"text"
    with pytest.raises(ResponseError, match="The response ends before the end") as caught:
        run(response.read())
    assert caught.value.__context__ is None
