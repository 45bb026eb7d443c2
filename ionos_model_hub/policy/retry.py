"""Decide what to retry, how long to wait and when to stop, as strategies for tenacity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ionos_model_hub.errors import ModelHubError, RateLimitError

if TYPE_CHECKING:
    from tenacity import RetryCallState

BASE_WAIT = 0.5
MAX_WAIT = 8.0
MIN_WAIT = 0.1
MAX_RETRY_AFTER = 60.0
RETRY_AFTER_JITTER = 0.1
OVERLOADED = 529
"""HTTP status of a server that asks all clients to slow down."""


def is_retryable(error: BaseException) -> bool:
    """Return whether the request may succeed if sent again and no delta was returned yet."""
    return isinstance(error, ModelHubError) and error.retryable and error.partial is None


def is_throttled(error: BaseException | None) -> bool:
    """Return whether the server asks all clients of the credential to slow down (429, 529)."""
    if isinstance(error, RateLimitError):
        return True
    return isinstance(error, ModelHubError) and error.status_code == OVERLOADED


def wait_before_retry(error: BaseException | None, attempt: int, random: float) -> float:
    """Return the seconds to wait before the next attempt.

    Args:
        error: Why the attempt failed. Its `retry_after` is a lower bound. Up to 10 % are added,
            so that calls that failed together are not retried together.
        attempt: Number of the failed attempt, starting at 1.
        random: A number from [0, 1).
    """
    retry_after = error.retry_after if isinstance(error, ModelHubError) else None
    if retry_after is not None:
        return max(MIN_WAIT, retry_after * (1 + RETRY_AFTER_JITTER * random))
    return max(MIN_WAIT, random * min(MAX_WAIT, BASE_WAIT * 2.0 ** (attempt - 1)))


class RetryBudget:
    """Limits the extra load of retries during an outage: retries cost, successes earn.

    Shared by all calls of one credential. A full budget lasts for 35 retries without a single
    success in between; after that, calls fail without a retry.

    Example:
        >>> budget = RetryBudget(size=14)
        >>> budget.spend(throttled=False), budget.spend(throttled=False)
        (14, 0)
    """

    COST = 14
    THROTTLED_COST = 5
    EARNED = 1

    def __init__(self, size: int = 500) -> None:
        self._size = size
        self._left = size

    def cost(self, *, throttled: bool) -> int:
        """Return the cost of a retry, 0 if the budget does not cover it."""
        cost = self.THROTTLED_COST if throttled else self.COST
        return cost if cost <= self._left else 0

    def spend(self, *, throttled: bool) -> int:
        """Pay for a retry and return its cost, 0 if the budget does not cover it."""
        cost = self.cost(throttled=throttled)
        self._left -= cost
        return cost

    def earn(self, refund: int = 0) -> None:
        """Credit a successful call, and refund the cost of the retries that led to it."""
        self._left = min(self._size, self._left + self.EARNED + refund)


@dataclass(slots=True)
class RetryPolicy:
    """The retry strategies of one call, in the form that tenacity expects.

    Args:
        max_retries: Maximum number of additional requests.
        budget: The retry budget of the credential.
        seconds_left: Returns the seconds until the call's deadline (infinite without one).
        random: Returns numbers from [0, 1).

    Attributes:
        spent: Cost of the call's retries so far.
    """

    max_retries: int
    budget: RetryBudget
    seconds_left: Callable[[], float]
    random: Callable[[], float]
    spent: int = field(default=0, init=False)

    def retry(self, state: RetryCallState) -> bool:
        """Return whether the failure may be temporary."""
        error = failure_of(state)
        return error is not None and is_retryable(error)

    def wait(self, state: RetryCallState) -> float:
        """Return the seconds to wait before the next attempt."""
        return wait_before_retry(failure_of(state), state.attempt_number, self.random())

    def stop(self, state: RetryCallState) -> bool:
        """Return whether to stop retrying. Called after `wait`; changes nothing."""
        if state.attempt_number > self.max_retries:
            return True
        error = failure_of(state)
        retry_after = error.retry_after if isinstance(error, ModelHubError) else None
        if retry_after is not None and retry_after > MAX_RETRY_AFTER:
            return True
        if state.upcoming_sleep >= self.seconds_left():
            return True
        return self.budget.cost(throttled=is_throttled(error)) == 0

    def before_sleep(self, state: RetryCallState) -> None:
        """Pay for the retry that follows."""
        self.spent += self.budget.spend(throttled=is_throttled(failure_of(state)))


def failure_of(state: RetryCallState) -> BaseException | None:
    """Return the error of the latest attempt, or None."""
    return state.outcome.exception() if state.outcome else None
