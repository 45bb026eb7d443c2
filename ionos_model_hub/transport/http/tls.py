"""The TLS context that all connections of the process share."""

import os
import re
import ssl
from functools import cache
from pathlib import Path

import httpx

from ionos_model_hub.transport.http.errors import TlsConfigurationError

_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.\d+")
"""The names under which OpenSSL finds certificates in a folder."""


@cache
def ssl_context() -> ssl.SSLContext:
    """Return a context that verifies certificates; raises TlsConfigurationError.

    It is cached: creating one takes 25 ms.
    """
    problem = _folder_problem()
    if not problem:
        try:
            context = httpx.create_ssl_context()
        except OSError as error:
            file = os.environ.get("SSL_CERT_FILE", "")
            problem = f"SSL_CERT_FILE is {file!r}, which cannot be used: {_reason(error)}"
        else:
            # Some gateways reject clients that do not negotiate a protocol.
            context.set_alpn_protocols(["http/1.1"])
            return context
    raise TlsConfigurationError(problem)


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "it contains no certificates in PEM format"
    return error.strerror or str(error)


def _folder_problem() -> str:
    """Return why the folder of certificates cannot be used, "" if it can or is not used."""
    folders = os.environ.get("SSL_CERT_DIR", "")
    if not folders or os.environ.get("SSL_CERT_FILE"):
        return ""
    # OpenSSL ignores folders that do not exist, and then rejects the certificates of all servers.
    existing = [folder for folder in map(Path, folders.split(os.pathsep)) if folder.is_dir()]
    if not existing:
        return f"SSL_CERT_DIR is {folders!r}, which is not a folder"
    if any(_HASHED_NAME.fullmatch(file.name) for folder in existing for file in folder.iterdir()):
        return ""
    return f"SSL_CERT_DIR is {folders!r}, which has no certificates that `openssl rehash` has named"
