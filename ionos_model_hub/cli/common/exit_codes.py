"""Messages and exit codes of errors."""

import errno
import re
import sqlite3

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.signals import TerminatedError
from ionos_model_hub.errors import ConfigurationError, InvalidRequestError, ModelHubError

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
_SIGNAL_EXIT_CODE = 128

_WRONG_USAGE_ERRORS = (UsageError, ConfigurationError, InvalidRequestError)
"""Errors because of which nothing was sent."""

_ON_COMMAND_LINE = {
    r"Pass api_key, or set IONOS_API_KEY": "Set IONOS_API_KEY",
    r"pass allow_http=True or set": "set",
    r"\bapi_key\b": "IONOS_API_KEY",
    r"\bbase_url\b": "IONOS_BASE_URL",
}
"""Arguments in messages, and what users of the command line set instead."""

Failure = Exception | KeyboardInterrupt


def reason_of(failure: Failure) -> str:
    """Return why a command failed, for the user."""
    if isinstance(failure, TerminatedError):
        return f"terminated by signal {failure.signal_number}"
    if isinstance(failure, KeyboardInterrupt):
        return "interrupted"
    if isinstance(failure, sqlite3.Error):
        return f"The temporary index failed: {failure}. Check the free space, or set SQLITE_TMPDIR."
    if isinstance(failure, OSError):
        return _reason_of_os_error(failure)
    if isinstance(failure, ImportError) and failure.name is not None:
        return f'This command needs {failure.name}: pip install "ionos-model-hub[all]"'
    message = str(failure)
    if isinstance(failure, ModelHubError):
        for argument, variable in _ON_COMMAND_LINE.items():
            message = re.sub(argument, variable, message)
    return "\n".join([message, *getattr(failure, "__notes__", ())])


def exit_code_of(failure: Failure) -> int:
    """Return the exit code of a command that failed."""
    if isinstance(failure, TerminatedError):
        return _SIGNAL_EXIT_CODE + failure.signal_number
    if isinstance(failure, KeyboardInterrupt):
        return INTERRUPTED
    return WRONG_USAGE if isinstance(failure, _WRONG_USAGE_ERRORS) else FAILED


def _reason_of_os_error(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        file = f" for {error.filename}" if error.filename else ""
        return f"No space left on the disk{file}. Free some space."
    if error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}."
    return str(error)
