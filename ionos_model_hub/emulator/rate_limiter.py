"""Rate limit of a contract: a token bucket for all endpoints."""

import time
from collections.abc import Callable


class RateLimiter:
    """Allow `rate` requests per second, and up to `burst` at once.

    Args:
        rate: Requests per second; must be positive.
        burst: Requests allowed at once after a pause; at least 1.
        clock: Monotonic clock in seconds.

    Example:
        >>> limiter = RateLimiter(1, 1, clock=lambda: 0.0)
        >>> limiter.try_acquire(), limiter.try_acquire()
        (0.0, 1.0)
    """

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not (rate > 0 and burst >= 1):  # NaN is neither
            raise ValueError("requests_per_second must be positive and burst at least 1")
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Refill the bucket."""
        self._level = self._burst
        self._updated_at = self._clock()

    def headers(self) -> dict[str, str]:
        """Return the headers that report the limit; whole numbers only, as on the hub."""
        values = {"limit": self._rate, "burst": self._burst, "remaining": self._level}
        numbers = {name: int(value) for name, value in values.items()}
        if not numbers["limit"]:  # less than one request per second
            return {}
        return {f"x-ratelimit-{name}": str(number) for name, number in numbers.items()}

    def try_acquire(self) -> float:
        """Count one request; return 0 if it is allowed, else the seconds until it would be."""
        now = self._clock()
        self._level = min(self._burst, self._level + (now - self._updated_at) * self._rate)
        self._updated_at = now
        if self._level < 1:
            return (1 - self._level) / self._rate
        self._level -= 1
        return 0.0
