"""Certificates for https servers of tests, by an authority that nobody trusts unless told to."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import trustme


@cache
def authority() -> trustme.CA:
    return trustme.CA()


def serving(host: str, *, expired: bool = False) -> ssl.SSLContext:
    """Return what a server with a certificate for `host` needs."""
    today = datetime.now(UTC)
    begins, ends = (
        (today - timedelta(days=9), today - timedelta(days=1)) if expired else (None,) * 2
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(host, not_before=begins, not_after=ends).configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    """Return what a client that trusts the authority needs."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


def write_trusted(folder: Path) -> Path:
    """Write the authority's certificate, as SSL_CERT_FILE names one."""
    file = folder / "authority.pem"
    authority().cert_pem.write_to_path(str(file))
    return file
