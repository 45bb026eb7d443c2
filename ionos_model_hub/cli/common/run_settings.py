"""Settings for commands with many requests."""

import argparse

from ionos_model_hub.settings import Settings

_MAX_RETRIES = 8
"""A long run should survive longer outages than a single call."""


def long_run_settings(options: argparse.Namespace) -> Settings:
    """Return the settings for a command with many requests."""
    limit: float | None = options.requests_per_second
    return Settings(
        max_retries=_MAX_RETRIES, requests_per_second="auto" if limit is None else limit
    )
