"""Findings about the base URL, the connection, TLS and the clock."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

from ionos_model_hub.cli.doctor.findings import Finding, Status, failed
from ionos_model_hub.cli.doctor.times import SOON, format_duration, format_time
from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.settings import HUB_URL

CLOCK_TOLERANCE = 60


@dataclass(frozen=True, slots=True)
class ServerProbe:
    """Properties of the server, read from its response to a request without a key.

    Attributes:
        received_at: Unix time at which the response arrived.
        date: The `Date` header of the response; empty if it has none.
        tls_version: For example "TLSv1.3"; empty for plain HTTP.
        certificate: The server's certificate as returned by `ssl.SSLSocket.getpeercert`; None for
            plain HTTP.
    """

    received_at: float
    date: str
    tls_version: str = ""
    certificate: Mapping[str, object] | None = None


def base_url(url: str) -> Finding:
    """Return where requests are sent."""
    source = "the default" if url == HUB_URL else "from IONOS_BASE_URL"
    return Finding("base URL", Status.OK, f"{url}, {source}.")


def wrong_path(error: ModelHubError) -> Finding:
    """Return the finding for a base URL below which the server has no `/models`."""
    fix = f"Correct the path in IONOS_BASE_URL; the hub's URL is {HUB_URL}."
    return replace(failed("base URL", error), fix=fix)


def unknown_host(host: str, reason: str) -> Finding:
    """Return the finding for a host name that cannot be resolved."""
    return Finding(
        "connection",
        Status.ERROR,
        f"The name {host} cannot be resolved: {reason}.",
        "Check the spelling of IONOS_BASE_URL, then the network and its DNS.",
    )


def unreachable(error: ModelHubError, host: str, proxy: str) -> Finding:
    """Return the finding for a failed connection; `proxy` is a host name or empty."""
    if proxy:
        fix = error.hint or "Check the proxy in HTTPS_PROXY or HTTP_PROXY."
        message = f"Through the proxy {proxy}: {error.message}"
        return Finding("connection", Status.ERROR, message, fix)
    if "refused" in error.message:
        fix = "Start the server, or correct IONOS_BASE_URL."
        return Finding("connection", Status.ERROR, f"{host} refused the connection.", fix)
    fix = "Check the network. Behind a corporate firewall, set HTTPS_PROXY to its proxy."
    return Finding("connection", Status.ERROR, error.message, fix)


def connection(host: str, proxy: str) -> Finding:
    """Return the finding for a server that responded; `proxy` is a host name or empty."""
    route = f" through the proxy {proxy}" if proxy else ""
    return Finding("connection", Status.OK, f"{host} responds{route}.")


def is_tls_error(error: ModelHubError) -> bool:
    """Return whether a connection failed because of TLS."""
    return any(word in error.message for word in ("CERTIFICATE", "SSL", "TLS"))


def untrusted(error: ModelHubError) -> Finding:
    """Return the finding for a TLS error, such as a certificate that is not trusted."""
    fix = error.hint or "Check for a proxy or firewall between this machine and the hub."
    return Finding("TLS", Status.ERROR, error.message, fix)


def certificate(probe: ServerProbe) -> Finding:
    """Return the TLS version and when the server's certificate expires."""
    if not probe.certificate:
        return Finding("TLS", Status.OK, "Not used: plain HTTP to the local machine.")
    expires = ssl.cert_time_to_seconds(str(probe.certificate["notAfter"]))
    message = f"{probe.tls_version}; the certificate is valid until {format_time(expires)}."
    if expires - probe.received_at < SOON:
        fix = "Ask the operator of the server, or of the proxy that inspects TLS, to renew it."
        return Finding("TLS", Status.WARNING, message, fix)
    return Finding("TLS", Status.OK, message)


def clock(probe: ServerProbe) -> Finding:
    """Return the difference between this machine's clock and the server's."""
    try:
        ahead = probe.received_at - parsedate_to_datetime(probe.date).timestamp()
    except ValueError:
        return Finding("clock", Status.OK, "Not compared: the response has no date.")
    if abs(ahead) <= CLOCK_TOLERANCE:
        message = f"Within {CLOCK_TOLERANCE} s of the server's clock."
        return Finding("clock", Status.OK, message)
    direction = "ahead of" if ahead > 0 else "behind"
    message = f"{format_duration(abs(ahead))} {direction} the server's clock."
    fix = "Set the clock, for example with NTP: certificates and tokens depend on it."
    return Finding("clock", Status.ERROR, message, fix)
