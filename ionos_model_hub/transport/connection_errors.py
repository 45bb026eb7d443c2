"""What is told of a connection that fails, whichever engine it was made by."""

import re

from ionos_model_hub.errors import ConnectionFailedError, RequestTimeoutError

_HINTS = (
    (
        re.compile("expired|not yet valid"),
        "Check this machine's clock first; if it is right, the server's side is to mend it.",
    ),
    (
        re.compile("WRONG_VERSION|record layer"),
        "The server there speaks no TLS: check base_url and its port.",
    ),
    (
        re.compile("mismatch|not valid for"),
        "Check base_url: another server answers under this name.",
    ),
    (
        re.compile("CERTIFICATE_VERIFY_FAILED"),
        "Set SSL_CERT_FILE to your company's certificates if it inspects TLS.",
    ),
)


def connect_timed_out(host: str) -> RequestTimeoutError:
    """Return the error for a server that cannot be reached in time."""
    return RequestTimeoutError(
        f"No connection to {host} within `connect_timeout`.", hint="Check the network."
    )


def fell_silent(host: str) -> RequestTimeoutError:
    """Return the error for a server that says nothing for too long."""
    return RequestTimeoutError(
        f"{host} sent nothing for longer than `timeout`.", hint="Raise `timeout`."
    )


def connection_failed(host: str, told: str) -> ConnectionFailedError:
    """Return the error for a connection that breaks; a certificate stays as bad as it is."""
    failed = ConnectionFailedError(f"The connection to {host} failed: {told}.")
    failed.hint = next((hint for sign, hint in _HINTS if sign.search(told)), None)
    if "CERTIFICATE_VERIFY_FAILED" in told:
        failed.retryable = False
    return failed


def proxy_refused(host: str, told: str) -> ConnectionFailedError:
    """Return the error for a proxy that makes no connection; what it forbids stays forbidden."""
    failed = ConnectionFailedError(f"The proxy made no connection to {host}: {told}.")
    failed.retryable = not told.startswith("4")
    if told.startswith("407"):
        failed.hint = "Put user and password into the proxy's URL: http://user:password@host:port."
    return failed
