"""Decide when a request may be sent: a token bucket shared by all requests of a contract.

The hub counts requests per contract, over all API keys and endpoints: 5 per second, 10 at once.
"""

from math import inf
from typing import NamedTuple

from ionos_model_hub.policy.rate_limit_headers import ServerLimits


class BucketLimits(NamedTuple):
    """The limits of a token bucket.

    Attributes:
        per_second: Tokens added each second; infinite for no limit, so that only pauses apply.
        burst: Tokens that a full bucket holds.
    """

    per_second: float
    burst: int


class BucketState(NamedTuple):
    """The state of a token bucket, in seconds of its clock. The default is that of a full bucket.

    Attributes:
        full_at: When it will be full.
        paused_until: When its latest pause ends.
        last_slot: The latest time from `TokenBucket.next_slot`.
    """

    full_at: float = -inf
    paused_until: float = -inf
    last_slot: float = -inf


FULL = BucketState()


class TokenBucket:
    """A token bucket, represented by the time at which it will be full again.

    All times are seconds of one monotonic clock.

    Args:
        per_second: See `BucketLimits`.
        burst: See `BucketLimits`.
        state: The state to start with.

    Example:
        >>> bucket = TokenBucket(per_second=5, burst=1)
        >>> bucket.reserve(now=0.0), bucket.reserve(now=0.0)
        (0.0, 0.2)
    """

    def __init__(self, per_second: float, burst: int, state: BucketState = FULL) -> None:
        self._configured = (per_second, burst)
        self._set_limits(per_second, burst)
        self._full_at = state.full_at
        self.paused_until = state.paused_until
        self._last_slot = state.last_slot

    @property
    def state(self) -> BucketState:
        """The current state."""
        return BucketState(self._full_at, self.paused_until, self._last_slot)

    def _set_limits(self, per_second: float, burst: int) -> None:
        self.limits = BucketLimits(per_second, burst)
        self._interval = 1 / per_second
        self._burst_seconds = (burst - 1) * self._interval

    def apply_server_limits(self, limits: ServerLimits, sent_at: float) -> None:
        """Use limits that a response reports where they are lower than the configured ones.

        Args:
            limits: The reported limits.
            sent_at: When the request was sent. The bucket has been filling since then.
        """
        per_second, burst = self._configured
        self._set_limits(
            min(per_second, limits.per_second or per_second), min(burst, limits.burst or burst)
        )
        if limits.remaining is not None:
            empty_at = sent_at - limits.remaining * self._interval
            self._full_at = max(self._full_at, empty_at + self._burst_seconds + self._interval)

    def reserve(self, now: float, tokens: int = 1) -> float:
        """Take tokens and return the time from which they may be used."""
        self._full_at = max(self._full_at, now) + tokens * self._interval
        return max(now, self._full_at - self._interval - self._burst_seconds, self.paused_until)

    def next_slot(self, now: float) -> float:
        """Return when a call that waited for its tokens may send its request.

        That is now, unless the process was too busy to send on time. Requests that became due
        meanwhile, and all behind them, are then sent at the configured rate instead of at once.
        """
        self._last_slot = max(self._last_slot + self._interval, now)
        return self._last_slot

    def missed_slot(self, now: float, slot: float) -> bool:
        """Return whether a call is late for the time from `next_slot` by more than an interval."""
        return now > slot + self._interval

    def refund(self, now: float, tokens: int = 1) -> None:
        """Return tokens that were reserved and not used."""
        after_pause = self.paused_until + self._burst_seconds
        self._full_at = max(now, after_pause, self._full_at - tokens * self._interval)

    def pause(self, now: float, seconds: float) -> None:
        """Allow no request for some seconds, and no burst right after them."""
        self.paused_until = max(self.paused_until, now + seconds)
        self._full_at = max(self._full_at, self.paused_until + self._burst_seconds)

    def is_paused(self, now: float) -> bool:
        """Return whether a pause is in effect."""
        return now < self.paused_until
