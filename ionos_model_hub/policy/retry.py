"""What is retried, how long to wait and when to stop, as strategies for tenacity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ionos_model_hub.errors import ModelHubError, RateLimitError

if TYPE_CHECKING:
    from tenacity import RetryCallState

BASE_WAIT = 0.5
LONGEST_WAIT = 8.0
SHORTEST_WAIT = 0.1
LONGEST_RETRY_AFTER = 60.0
SPREAD = 0.1


def is_retryable(error: BaseException) -> bool:
    """Tell whether the same request may succeed if sent again, and nothing was handed out yet."""
    return isinstance(error, ModelHubError) and error.retryable and error.partial is None


def wait_before_retry(error: BaseException | None, attempt: int, random: float) -> float:
    """Return the seconds to wait.

    Args:
        error: Why the attempt failed. A `retry_after` on it is never undercut; up to a tenth is
            added, so that callers who failed together do not come back together.
        attempt: Which attempt failed, counted from 1.
        random: A number from [0, 1).
    """
    asked = error.retry_after if isinstance(error, ModelHubError) else None
    if asked is not None:
        return max(SHORTEST_WAIT, asked * (1 + SPREAD * random))
    return max(SHORTEST_WAIT, random * min(LONGEST_WAIT, BASE_WAIT * 2.0 ** (attempt - 1)))


class RetryBudget:
    """Keeps an outage from multiplying the load: retries cost, answers earn.

    Shared by all calls of one credential. A full budget lasts for 35 retries without a single
    good answer between them; after that, calls fail at once.

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

    def spend(self, *, throttled: bool) -> int:
        """Pay for a retry; return what was paid, 0 if it cannot be paid."""
        cost = self.THROTTLED_COST if throttled else self.COST
        if cost > self._left:
            return 0
        self._left -= cost
        return cost

    def earn(self, paid: int = 0) -> None:
        """Note a good answer; it pays back what was paid for the retries that led to it."""
        self._left = min(self._size, self._left + self.EARNED + paid)


@dataclass(slots=True)
class RetryPolicy:
    """Tenacity's three questions about one call, answered.

    Args:
        max_retries: Further requests, at most.
        budget: What the credential may still spend on retries.
        seconds_left: Tells the seconds until the call's deadline (infinite without one).
        random: Returns numbers from [0, 1).

    Attributes:
        paid: What the call's retries have cost so far.
    """

    max_retries: int
    budget: RetryBudget
    seconds_left: Callable[[], float]
    random: Callable[[], float]
    paid: int = field(default=0, init=False)

    def retry(self, state: RetryCallState) -> bool:
        """Tell whether the failure may pass."""
        error = _error(state)
        return error is not None and is_retryable(error)

    def wait(self, state: RetryCallState) -> float:
        """Return the seconds to wait before the next attempt."""
        return wait_before_retry(_error(state), state.attempt_number, self.random())

    def stop(self, state: RetryCallState) -> bool:
        """Tell whether to give up; asked after `wait`."""
        if state.attempt_number > self.max_retries:
            return True
        error = _error(state)
        asked = error.retry_after if isinstance(error, ModelHubError) else None
        if asked is not None and asked > LONGEST_RETRY_AFTER:
            return True
        if state.upcoming_sleep >= self.seconds_left():
            return True
        cost = self.budget.spend(throttled=isinstance(error, RateLimitError))
        self.paid += cost
        return cost == 0


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
