"""Findings about the base URL, the connection, TLS and the clock."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from ionos_model_hub.cli.doctor import connection_findings
from ionos_model_hub.cli.doctor.connection_findings import ServerProbe
from ionos_model_hub.cli.doctor.findings import Status
from ionos_model_hub.errors import ConnectionFailedError
from ionos_model_hub.settings import HUB_URL
from ionos_model_hub.transport.connection_errors import connection_failed, proxy_failed

NOW = 4_000_000_000.0
DAY = 86_400


def with_certificate(seconds: float) -> ServerProbe:
    """Return a probe of a server whose certificate expires in some seconds."""
    expires = datetime.fromtimestamp(NOW + seconds, UTC).strftime("%b %d %H:%M:%S %Y GMT")
    return ServerProbe(NOW, "", "TLSv1.3", {"notAfter": expires})


def test_base_url() -> None:
    assert connection_findings.base_url(HUB_URL).message == f"{HUB_URL}, the default."
    assert "from IONOS_BASE_URL" in connection_findings.base_url("http://localhost/v1").message


def test_connection_findings() -> None:
    assert connection_findings.connection("h:443", "").message == "h:443 responds."
    through_proxy = connection_findings.connection("h", "proxy")
    assert through_proxy.message == "h responds through the proxy proxy."
    unknown = connection_findings.unknown_host("h", "why")
    assert "h cannot be resolved: why." in unknown.message


def test_unreachable_servers() -> None:
    refused = ConnectionFailedError("The connection to h failed: [Errno 111] Connection refused.")
    finding = connection_findings.unreachable(refused, "h:1", "")
    assert finding.message == "h:1 refused the connection."
    silent = connection_findings.unreachable(ConnectionFailedError("silence"), "h", "")
    assert "HTTPS_PROXY" in silent.fix


def test_unreachable_proxy() -> None:
    error = proxy_failed("h", "407 Proxy Authentication Required")
    finding = connection_findings.unreachable(error, "h", "proxy.example")
    assert finding.message.startswith("Through the proxy proxy.example: ")
    assert "user and password" in finding.fix
    without_hint = connection_findings.unreachable(ConnectionFailedError("no"), "h", "proxy")
    assert "HTTPS_PROXY" in without_hint.fix


@pytest.mark.parametrize(("seconds", "status"), [(90 * DAY, Status.OK), (3 * DAY, Status.WARNING)])
def test_certificate_expiry(seconds: float, status: Status) -> None:
    finding = connection_findings.certificate(with_certificate(seconds))
    assert finding.status is status
    assert finding.message.startswith("TLSv1.3; the certificate is valid until 20")


def test_plain_http_has_no_certificate() -> None:
    assert connection_findings.certificate(ServerProbe(NOW, "")).status is Status.OK


@pytest.mark.parametrize(
    "message",
    [
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired",
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate is not yet valid",
        "[SSL: CERTIFICATE_VERIFY_FAILED] Hostname mismatch, not valid for 'x'",
        "[SSL: WRONG_VERSION_NUMBER] wrong version number",
        "[SSL] record layer failure",
        "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate",
    ],
)
def test_tls_errors_have_their_hint_as_fix(message: str) -> None:
    error = connection_failed("h", message)
    assert connection_findings.is_tls_error(error)
    finding = connection_findings.untrusted(error)
    assert (finding.check, finding.status) == ("TLS", Status.ERROR)
    assert finding.fix
    assert finding.fix == error.hint


def test_other_connection_errors_are_not_tls_errors() -> None:
    refused = ConnectionFailedError("The connection to h failed: refused.")
    assert not connection_findings.is_tls_error(refused)
    without_hint = ConnectionFailedError("[SSL] bad handshake")
    assert "proxy or firewall" in connection_findings.untrusted(without_hint).fix


@pytest.mark.parametrize(
    ("ahead", "status", "message"),
    [
        (0, Status.OK, "Within 60 s"),
        (-60, Status.OK, "Within 60 s"),
        (61, Status.ERROR, "61 seconds ahead of"),
        (-3 * 3600, Status.ERROR, "3 hours behind"),
    ],
)
def test_clock_is_compared_with_the_server(ahead: float, status: Status, message: str) -> None:
    date = format_datetime(datetime.fromtimestamp(NOW - ahead, UTC), usegmt=True)
    finding = connection_findings.clock(ServerProbe(NOW, date))
    assert finding.status is status
    assert message in finding.message


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_clock_without_a_date_from_the_server(date: str) -> None:
    finding = connection_findings.clock(ServerProbe(NOW, date))
    assert finding.status is Status.OK
    assert finding.message == "Not compared: the response has no date."
