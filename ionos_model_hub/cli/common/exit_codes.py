"""Messages and exit codes of errors."""

import errno
import re
import sqlite3

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.signals import TerminatedError
from ionos_model_hub.errors import ConfigurationError, InvalidRequestError, ModelHubError
from ionos_model_hub.settings import BASE_URL_VARIABLE, KEY_VARIABLES, key_variables_set
from ionos_model_hub.settings.checks import SHARED_RATE_LIMIT_VARIABLE

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
_SIGNAL_EXIT_CODE = 128

_WRONG_USAGE_ERRORS = (UsageError, ConfigurationError, InvalidRequestError)
"""Errors because of which nothing was sent."""

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
    # Invalid requests name fields of the API, which may have the same names.
    if isinstance(failure, ModelHubError) and not isinstance(failure, InvalidRequestError):
        message = with_variables(message)
    return "\n".join([message, *getattr(failure, "__notes__", ())])


def with_variables(message: str) -> str:
    """Return a message with environment variables instead of arguments of Python."""
    key_variable = (*key_variables_set(), *KEY_VARIABLES)[0]
    message = message.replace("Pass api_key, or set", "Set")
    message = message.replace("pass allow_http=True or set", "set")
    variables = {
        "api_key": key_variable,
        "base_url": BASE_URL_VARIABLE,
        "shared_rate_limit": SHARED_RATE_LIMIT_VARIABLE,
    }
    return re.sub(rf"\b({'|'.join(variables)})\b", lambda match: variables[match[0]], message)


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
