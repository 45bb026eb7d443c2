"""A row of the fault matrix: a fault and its expected outcome."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from faults.responses import TEXT
from faults.server import Fault

from ionos_model_hub import errors

JITTER = (0.1, 8.0)
SHORT_TIMEOUT = {"timeout": 0.3}
SHORT_DEADLINE = {"deadline": 0.3}
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Case:
    """A fault and its outcome.

    Attributes:
        name: Name of the row.
        fault: Responds to a request.
        error: The error if the fault persists, or None for a fault that does no harm.
        is_retried: Whether the request is sent again, so that the call can recover.
        partial: The text received before the error, which is available on the error.
        text: The resulting text of a fault that does no harm.
        waits: Lower and upper bound of each wait before a retry, in seconds.
        retry_after: The error's `retry_after`.
        options: Settings of the client.
    """

    name: str
    fault: Fault
    error: type[errors.ModelHubError] | None = None
    is_retried: bool = False
    partial: str = ""
    text: str = TEXT
    waits: tuple[float, float] = JITTER
    retry_after: float | None = None
    options: dict[str, Any] = field(default_factory=dict)


def retried(name: str, fault: Fault, error: type[errors.ModelHubError], **fields: Any) -> Case:
    """Return the case of a fault after which the request is sent again."""
    return Case(name, fault, error, is_retried=True, **fields)


def retried_cases(
    faults: Sequence[Fault], error: type[errors.ModelHubError], **fields: Any
) -> list[Case]:
    """Return the cases of faults that are retried and end in the same error."""
    return [retried(fault.__name__, fault, error, **fields) for fault in faults]
