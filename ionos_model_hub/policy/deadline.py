"""When waiting has to end: silence within an attempt, the deadline of a whole call."""

from collections.abc import Callable
from math import inf

from ionos_model_hub.errors import RequestTimeoutError

SHORTEST_TIMEOUT = 0.001
LAST_WORD_TIMEOUT = 0.1
"""Seconds that the end of the HTTP response may lag behind the last event of a stream."""


class Watch:
    """Watches the attempts of one call, their silence and its deadline.

    Attributes:
        attempts: Requests sent so far.

    Args:
        now: The clock, in seconds.
        timeout: Seconds of silence that are too long, or None.
        ends_at: When the call must be over, by the same clock; infinite for no deadline.

    Example:
        >>> Watch(lambda: 0.0, timeout=60, ends_at=inf).read_timeout()
        60
    """

    def __init__(self, now: Callable[[], float], timeout: float | None, ends_at: float) -> None:
        self._now = now
        self._timeout = timeout
        self._ends_at = ends_at
        self.attempts = 0
        self.rearm()

    def begin_attempt(self) -> None:
        """Note that a request goes out; raises RequestTimeoutError where it is too late for it."""
        self.rearm()
        self.check()
        self.attempts += 1

    def rearm(self) -> None:
        """Note that the hub said something."""
        self._since = self._now()

    def wind_up(self) -> None:
        """Note that all has been said, and that only the connection is to be saved."""
        self._ends_at = min(self._ends_at, self._now() + LAST_WORD_TIMEOUT)

    def seconds_left(self) -> float:
        """Return the seconds until the deadline; infinite without one."""
        return self._ends_at - self._now()

    def check(self) -> None:
        """Raise RequestTimeoutError if it took too long."""
        if self.seconds_left() <= 0:
            raise RequestTimeoutError(
                "The call took longer than its deadline.", hint="Raise `deadline`."
            )
        if self._timeout is not None and self._now() - self._since > self._timeout:
            raise RequestTimeoutError(
                f"The hub sent nothing useful for {self._timeout:g} s.", hint="Raise `timeout`."
            )

    def read_timeout(self) -> float | None:
        """Return the seconds one read may last, or None for any."""
        shortest = min(inf if self._timeout is None else self._timeout, self.seconds_left())
        return None if shortest == inf else max(shortest, SHORTEST_TIMEOUT)
