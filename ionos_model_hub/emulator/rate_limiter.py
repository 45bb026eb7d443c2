"""The contract's rate limit: a token bucket over all endpoints."""

import time
from collections.abc import Callable


class RateLimiter:
    """Let through `rate` requests a second, and up to `burst` at once.

    Args:
        rate: Requests per second; must be positive.
        burst: Requests that may come at once after a quiet time; at least 1.
        clock: Returns seconds that never go back.

    Example:
        >>> limiter = RateLimiter(1, 1, clock=lambda: 0.0)
        >>> limiter.take(), limiter.take()
        (0.0, 1.0)
    """

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError("requests_per_second must be positive and burst at least 1")
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget all requests so far."""
        self._level = self._burst
        self._seen = self._clock()

    def take(self) -> float:
        """Take one request; return 0, or the seconds after which it would be let through."""
        now = self._clock()
        self._level = min(self._burst, self._level + (now - self._seen) * self._rate)
        self._seen = now
        if self._level < 1:
            return (1 - self._level) / self._rate
        self._level -= 1
        return 0.0
