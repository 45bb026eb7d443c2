"""Exit codes, and errors that end a run in an orderly way."""

import errno
import sqlite3
from collections.abc import Callable

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.report import fail
from ionos_model_hub.cli.common.signals import TerminatedError, termination_as_exception
from ionos_model_hub.errors import ConfigurationError

DONE, INCOMPLETE, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
_SIGNAL_EXIT_CODE = 128

Failure = Exception | KeyboardInterrupt


def run_to_exit_code(command: str, run: Callable[[], int]) -> int:
    """Call a function that returns an exit code; convert errors and signals to exit codes.

    Args:
        command: Name of the command, for messages.
        run: The function.
    """
    try:
        with termination_as_exception():
            return run()
    except (UsageError, ConfigurationError) as error:
        return fail(command, str(error), WRONG_USAGE)
    except BrokenPipeError:  # `main` handles it.
        raise
    except (OSError, sqlite3.Error, TerminatedError) as error:
        return fail(command, reason_of(error), exit_code_of(error))


def reason_of(failure: Failure) -> str:
    """Return why a run ended early, for the user."""
    if isinstance(failure, TerminatedError):
        return f"terminated by signal {failure.signal_number}"
    if isinstance(failure, KeyboardInterrupt):
        return "interrupted"
    if isinstance(failure, sqlite3.Error):
        return f"The temporary index failed: {failure}. Check the free space, or set SQLITE_TMPDIR."
    if isinstance(failure, OSError) and failure.errno in (errno.ENOSPC, errno.EDQUOT):
        file = f" for {failure.filename}" if failure.filename else ""
        return f"No space left on the disk{file}. Free some space."
    return "\n".join([str(failure), *getattr(failure, "__notes__", ())])


def exit_code_of(failure: Failure) -> int:
    """Return the exit code of a run that ended early."""
    if isinstance(failure, TerminatedError):
        return _SIGNAL_EXIT_CODE + failure.signal_number
    return INTERRUPTED if isinstance(failure, KeyboardInterrupt) else INCOMPLETE
