"""Time limits of a call: its idle timeout and its deadline."""

from collections.abc import Callable
from math import inf

from ionos_model_hub.errors import RequestTimeoutError

MIN_TIMEOUT = 0.001
CLOSE_TIMEOUT = 0.1
"""Seconds that the end of an HTTP response may lag behind the last event of its stream."""


class CallTimer:
    """Measures the idle time of each attempt of a call, and the time left until its deadline.

    Attributes:
        attempts: Requests sent so far.

    Args:
        now: The clock, in seconds.
        timeout: Longest time without progress in seconds, or None for no limit.
        ends_at: Deadline of the call by the same clock; infinite for no deadline.

    Example:
        >>> CallTimer(lambda: 0.0, timeout=60, ends_at=inf).read_timeout()
        60
    """

    def __init__(self, now: Callable[[], float], timeout: float | None, ends_at: float) -> None:
        self._now = now
        self._timeout = timeout
        self._ends_at = ends_at
        self.attempts = 0
        self.reset_idle_timer()

    def begin_attempt(self) -> None:
        """Count an attempt and reset the idle timer; raises RequestTimeoutError if too late."""
        self.reset_idle_timer()
        self.check()
        self.attempts += 1

    def reset_idle_timer(self) -> None:
        """Measure the idle time from now on."""
        self._idle_since = self._now()

    def shorten_for_close(self) -> None:
        """Let the call last at most `CLOSE_TIMEOUT` longer."""
        self._ends_at = min(self._ends_at, self._now() + CLOSE_TIMEOUT)

    def seconds_left(self) -> float:
        """Return the seconds until the deadline; infinite without one."""
        return self._ends_at - self._now()

    def check(self) -> None:
        """Raise RequestTimeoutError if the deadline or the idle timeout has passed."""
        if self.seconds_left() <= 0:
            raise RequestTimeoutError(
                "The call took longer than its deadline.", hint="Raise `deadline`."
            )
        if self._timeout is not None and self._now() - self._idle_since > self._timeout:
            raise RequestTimeoutError(
                f"The server sent no usable data for {self._timeout:g} s.", hint="Raise `timeout`."
            )

    def read_timeout(self) -> float | None:
        """Return the longest time in seconds for one read, or None for no limit."""
        shortest = min(inf if self._timeout is None else self._timeout, self.seconds_left())
        return None if shortest == inf else max(shortest, MIN_TIMEOUT)
