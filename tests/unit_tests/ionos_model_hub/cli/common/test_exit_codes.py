"""Messages and exit codes of errors."""

import errno

import pytest

from ionos_model_hub.cli.common.errors import RunStoppedError, UsageError
from ionos_model_hub.cli.common.exit_codes import exit_code_of, reason_of, with_variables
from ionos_model_hub.cli.common.signals import TerminatedError
from ionos_model_hub.errors import (
    ConfigurationError,
    ConnectionFailedError,
    InvalidRequestError,
    NotFoundError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError(), 2),
        (ConfigurationError("x"), 2),
        (InvalidRequestError("x"), 2),
        (NotFoundError("x"), 1),
        (RunStoppedError(), 1),
        (OSError(), 1),
        (KeyboardInterrupt(), 130),
        (TerminatedError(15), 143),
    ],
    ids=lambda value: type(value).__name__,
)
def test_exit_codes(error: Exception | KeyboardInterrupt, code: int) -> None:
    assert exit_code_of(error) == code


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOENT, "No such file", "a.csv"), "a.csv: No such file."),
        (OSError("damaged"), "damaged"),
        (OSError(errno.ENOSPC, "?"), "No space left on the disk. Free some space."),
        (OSError(errno.ENOSPC, "?", "a"), "No space left on the disk for a. Free some space."),
        (
            ModuleNotFoundError("?", name="rich"),
            'This command needs rich: pip install "ionos-model-hub[all]"',
        ),
        (ImportError("embed needs rich"), "embed needs rich"),
        (ConfigurationError("api_key expired."), "IONOS_API_KEY expired."),
        (InvalidRequestError("api_key is not a field."), "api_key is not a field."),
    ],
)
def test_reasons(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason


def test_notes_follow_the_message() -> None:
    error = ConnectionFailedError("Refused.", hint="Check base_url.")
    error.add_note("The request was for a.csv, line 1.")
    assert reason_of(error) == (
        "Refused. Check IONOS_BASE_URL.\nThe request was for a.csv, line 1."
    )


def test_variables_replace_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    message = (
        "Pass api_key, or set IONOS_API_KEY. invalid_api_key api_key base_url shared_rate_limit"
    )
    expected = (
        "Set IONOS_API_KEY. invalid_api_key IONOS_API_KEY IONOS_BASE_URL IONOS_SHARED_RATE_LIMIT"
    )
    assert with_variables(message) == expected
    monkeypatch.setenv("IONOS_TOKEN", "k")
    assert with_variables("api_key expired.") == "IONOS_TOKEN expired."
