"""Certificates for the https servers of tests, from an authority that is not trusted by default."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import trustme


@cache
def authority() -> trustme.CA:
    """Return the certificate authority of the test run."""
    return trustme.CA()


def server_context(host: str, *, expired: bool = False) -> ssl.SSLContext:
    """Return the TLS context of a server with a certificate for `host`."""
    today = datetime.now(UTC)
    begins, ends = (
        (today - timedelta(days=9), today - timedelta(days=1)) if expired else (None,) * 2
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(host, not_before=begins, not_after=ends).configure_cert(context)
    return context


def client_context() -> ssl.SSLContext:
    """Return the TLS context of a client that trusts the authority."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


def write_authority(folder: Path) -> Path:
    """Write the authority's certificate to a file for SSL_CERT_FILE; return its path."""
    file = folder / "authority.pem"
    authority().cert_pem.write_to_path(str(file))
    return file
