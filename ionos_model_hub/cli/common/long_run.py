"""Runs with many requests: their settings, their end and their report."""

import argparse
import sqlite3
from collections.abc import Callable, Coroutine

from ionos_model_hub.cli.common.errors import RunStoppedError
from ionos_model_hub.cli.common.exit_codes import DONE, FAILED, Failure, exit_code_of, reason_of
from ionos_model_hub.cli.common.progress import Counts, Progress
from ionos_model_hub.cli.common.rejects import RejectFile
from ionos_model_hub.cli.common.report import fail, print_rejects
from ionos_model_hub.cli.common.signals import run_until_signal
from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.settings import Settings

_MAX_RETRIES = 8
"""A long run should survive longer outages than a single call."""


def long_run_settings(options: argparse.Namespace) -> Settings:
    """Return the settings for a command with many requests."""
    limit: float | None = options.requests_per_second
    return Settings(
        max_retries=_MAX_RETRIES, requests_per_second="auto" if limit is None else limit
    )


def run_until_failure(
    progress: Progress,
    main: Coroutine[None, None, None],
    finish: Callable[[], None] = lambda: None,
) -> Failure | None:
    """Run a coroutine, then call a function; return the failure that ended it early, or None."""
    try:
        with progress:
            run_until_signal(main)
        finish()
    except (ModelHubError, RunStoppedError, OSError, sqlite3.Error, KeyboardInterrupt) as error:
        return error
    return None


def report_result(
    command: str, failure: Failure | None, counts: Counts, rejects: RejectFile, outcome: str
) -> int:
    """Print the result of a run; return the exit code.

    Args:
        command: Name of the command.
        failure: Why the run ended early, or None.
        counts: Numbers of results.
        rejects: List of the inputs that were not processed.
        outcome: Describes where the results are.
    """
    print(f"{counts}.", flush=True)  # before the errors, also in a log of both streams
    print_rejects(rejects)
    if failure is None:
        print(outcome)
        return FAILED if rejects.count else DONE
    message = f"{reason_of(failure)}\n{outcome} Run the same command again to continue."
    return fail(command, message, exit_code_of(failure))
