"""Findings about the store of a shared rate limit."""

from pathlib import Path
from urllib.parse import urlsplit

from ionos_model_hub.cli.doctor.findings import Finding, Status
from ionos_model_hub.settings.checks import SHARED_RATE_LIMIT_VARIABLE
from ionos_model_hub.transport.shared_limit.sqlite_store import path_of_store

CHECK = "shared limit"


def available(location: str) -> Finding:
    """Return the finding for a store that can be used."""
    return Finding(CHECK, Status.OK, f"The rate limit is shared through {_place(location)}.")


def unavailable(location: str, error: Exception) -> Finding:
    """Return the finding for a store that cannot be used."""
    cause = f"{_place(location)} cannot be used: {error}".removesuffix(".")
    message = f"{cause[0].upper()}{cause[1:]}. Each process keeps its own limit."
    fix = f"Start the server or check the file, or correct {SHARED_RATE_LIMIT_VARIABLE}."
    return Finding(CHECK, Status.WARNING, message, fix)


def _place(location: str) -> str:
    """Return a description of the place without a password."""
    store = location.partition("#")[0]
    if store.startswith("file"):
        return f"the file {path_of_store(store)}"
    parts = urlsplit(store)
    host = parts.netloc.rpartition("@")[2] or Path(parts.path)
    return f"Redis at {host}"
