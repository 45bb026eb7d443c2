"""Certificates for https servers of tests, made by openssl."""

import shutil
import ssl
import subprocess
from pathlib import Path


def certificate(folder: Path, host: str) -> Path:
    """Make a certificate that signs itself; return the file that holds it and its key."""
    made = folder / f"{host}.pem"
    name = f"IP:{host}" if host[0].isdigit() else f"DNS:{host}"
    request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=test"
    files = ["-keyout", f"{made}.key", "-out", f"{made}.crt"]
    subprocess.run(
        [_openssl(), *request.split(), "-addext", f"subjectAltName={name}", *files],
        check=True,
        capture_output=True,
    )
    made.write_text(Path(f"{made}.key").read_text() + Path(f"{made}.crt").read_text())
    return made


def _openssl() -> str:
    found = shutil.which("openssl")
    assert found, "These tests need the openssl command."
    return found


def serving(made: Path) -> ssl.SSLContext:
    """Return what a server with this certificate needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made)
    return context


def trusting(made: Path) -> ssl.SSLContext:
    """Return what a client that trusts this certificate needs."""
    return ssl.create_default_context(cafile=str(made))
