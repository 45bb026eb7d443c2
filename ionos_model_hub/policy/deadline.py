"""Time limits of a call: its timeout and its deadline."""

from collections.abc import Callable
from math import inf

from ionos_model_hub.errors import ModelHubError, RequestTimeoutError

MIN_TIMEOUT = 0.001
MAX_TIMEOUT = 1_000_000.0
"""Seconds. Longer limits are not applied: sockets cannot wait for more than 24 days."""
CLOSE_TIMEOUT = 0.1
"""Seconds that the end of an HTTP response may lag behind the last event of its stream."""

MAX_LATE_BYTES = 8 * 1024 * 1024
"""Bytes that are still read after a limit has passed, if they have already arrived.

More than this does not fit into the receive buffers of common systems, so a longer rest was sent
after the limit.
"""


class CallTimer:
    """Measures how long each phase of a call may take, and the time left until its deadline.

    A limit only ends the wait for data that has not arrived yet. Data that has arrived is always
    read, so a complete response is never discarded, however late it is read.

    Attributes:
        attempts: Requests sent so far.

    Args:
        now: The clock, in seconds.
        timeout: Limit for each phase in seconds, or None for no limit: from sending the request to
            the response head, the body of a non-streamed response, the wait for the next event of
            a stream.
        ends_at: Deadline of the call by the same clock; infinite for no deadline.

    Example:
        >>> CallTimer(lambda: 0.0, timeout=60, ends_at=inf).read_timeout()
        60.0
    """

    def __init__(self, now: Callable[[], float], timeout: float | None, ends_at: float) -> None:
        self._now = now
        self._timeout = timeout
        self._ends_at = ends_at
        self._late_bytes = 0
        self.attempts = 0
        self.start_phase()

    def begin_attempt(self) -> None:
        """Count an attempt; raises RequestTimeoutError if the deadline has passed."""
        if self.seconds_left() <= 0:
            raise self._error()
        self.attempts += 1

    def start_phase(self) -> None:
        """Measure `timeout` from now on."""
        now = self._now()
        timeout = inf if self._timeout is None else self._timeout
        self._phase_ends_at = min(now + timeout, self._ends_at)
        if now < self._phase_ends_at:
            self._late_bytes = 0

    def shorten_for_close(self) -> None:
        """Let the call last at most `CLOSE_TIMEOUT` longer."""
        self._ends_at = min(self._ends_at, self._now() + CLOSE_TIMEOUT)
        self._phase_ends_at = min(self._phase_ends_at, self._ends_at)

    def seconds_left(self) -> float:
        """Return the seconds until the deadline; infinite without one."""
        return self._ends_at - self._now()

    def head_timeout(self) -> float | None:
        """Return the seconds from sending a request to its response head, or None for no limit."""
        shortest = min(inf if self._timeout is None else self._timeout, self.seconds_left())
        return None if shortest > MAX_TIMEOUT else max(shortest, MIN_TIMEOUT)

    def read_timeout(self) -> float | None:
        """Return the seconds that are left for this phase, or None for no limit.

        Zero means that only data that has already arrived may be read.
        """
        left = self._phase_ends_at - self._now()
        return None if left > MAX_TIMEOUT else max(left, 0.0)

    def check(self, received: int) -> None:
        """Raise RequestTimeoutError if the server keeps sending data after a limit.

        Args:
            received: Number of bytes just read, after which more are needed.
        """
        if self._now() > self._phase_ends_at:
            self._late_bytes += received
            if self._late_bytes > MAX_LATE_BYTES:
                raise self._error()

    def explain(self, error: ModelHubError) -> None:
        """Name the deadline in an error for a wait that it has ended."""
        if isinstance(error, RequestTimeoutError) and self.seconds_left() <= 0:
            deadline = self._error()
            error.message, error.args, error.hint = deadline.message, deadline.args, deadline.hint

    def _error(self) -> RequestTimeoutError:
        if self.seconds_left() <= 0:
            return RequestTimeoutError(
                "The call took longer than its deadline.", hint="Increase `deadline`."
            )
        return RequestTimeoutError(
            f"The server sent no usable data for {self._timeout:g} s.", hint="Increase `timeout`."
        )
