"""Findings about the API key. No finding contains the key."""

from collections.abc import Sequence

from ionos_model_hub.cli.doctor.findings import Finding, Status, failed
from ionos_model_hub.cli.doctor.times import SOON, format_duration, format_time
from ionos_model_hub.credentials import Key, expires_at
from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.settings import HUB_URL, KEY_VARIABLES


def key_format(key: Key, variables: Sequence[str], url: str) -> Finding:
    """Return where the key comes from and whether it has the format of a hub token.

    Args:
        key: A key that can be sent.
        variables: The environment variables that contain a key; the first one is used.
        url: The base URL that the key is sent to.
    """
    source = f"Read from {variables[0]}"
    if others := variables[1:]:
        source += f", which takes precedence over {' and '.join(others)}"
    secret = key.get_secret_value()
    if secret.startswith("eyJ") and secret.count(".") == 2:
        return Finding("key", Status.OK, f"{source}. It has the format of a hub token.")
    message = f"{source}. It does not have the format of a hub token."
    if url != HUB_URL:
        return Finding("key", Status.OK, message)
    fix = "Check the key: hub tokens start with 'eyJ' and have three parts separated by dots."
    return Finding("key", Status.WARNING, message, fix)


def missing_key() -> Finding:
    """Return the finding for an environment without a key."""
    return Finding(
        "key",
        Status.ERROR,
        f"None of {', '.join(KEY_VARIABLES)} is set.",
        "Create a token in the DCD under Management > Token Manager and set it as IONOS_API_KEY. "
        "Without a token, use the local hub of `ionos-model-hub emulator`.",
    )


def rejected_key(error: ModelHubError, variables: Sequence[str]) -> Finding:
    """Return the finding for a key that the server rejected with 401 or 403."""
    finding = failed("key", error)
    message = f"Read from {variables[0]}. The server rejected it: {finding.message}"
    return Finding("key", Status.ERROR, message, finding.fix)


def expiry(key: Key, now: float) -> Finding:
    """Return when the key expires, with a warning if that is soon."""
    expires = expires_at(key.get_secret_value())
    if expires is None:
        return Finding("expiry", Status.OK, "The key contains no expiry date.")
    date = format_time(expires)
    message = f"The key expires on {date}, in {format_duration(expires - now)}."
    if expires - now < SOON:
        fix = f"Create a new token in the DCD under Management > Token Manager before {date}."
        return Finding("expiry", Status.WARNING, message, fix)
    return Finding("expiry", Status.OK, message)
