"""What is told of a connection that fails, whichever engine it was made by."""

from ionos_model_hub.errors import ConnectionFailedError, RequestTimeoutError


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
    if "CERTIFICATE_VERIFY_FAILED" in told:
        failed.retryable = False
        failed.hint = "Set SSL_CERT_FILE to your company's certificates if it inspects TLS."
    return failed
