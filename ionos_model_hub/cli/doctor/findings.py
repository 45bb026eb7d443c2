"""The result of a check."""

from dataclasses import dataclass
from enum import StrEnum

from ionos_model_hub.errors import ModelHubError


class Status(StrEnum):
    """The outcome of a check. A warning does not prevent requests from working."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check.

    Attributes:
        check: Name of the check.
        status: Its outcome.
        message: Description of the result.
        fix: How to fix a warning or an error; empty if there is nothing to fix.
    """

    check: str
    status: Status
    message: str
    fix: str = ""


def failed(check: str, error: ModelHubError) -> Finding:
    """Return the finding for an error, with the error's hint as the fix."""
    hint = error.hint or ""
    return Finding(check, Status.ERROR, str(error).removesuffix(hint).strip(), hint)


def skipped(check: str, cause: str) -> Finding:
    """Return the finding for a check that depends on another check that failed."""
    return Finding(check, Status.SKIPPED, f"Skipped because the {cause} check failed.")
