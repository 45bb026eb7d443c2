"""When a request may go out: a bucket of turns that a whole contract shares.

The hub counts requests per contract, over all tokens and endpoints: 5 a second, 10 at once.
"""

from ionos_model_hub.policy.rate_limit_headers import ToldLimits


class Pace:
    """A token bucket, kept as the moment at which it will be full again.

    All times are seconds of one monotonic clock.

    Args:
        per_second: Turns that come back each second.
        burst: Turns that a full bucket holds.

    Example:
        >>> pace = Pace(per_second=5, burst=1)
        >>> pace.take(now=0.0), pace.take(now=0.0)
        (0.0, 0.2)
    """

    def __init__(self, per_second: float, burst: int) -> None:
        self._own = (per_second, burst)
        self._set(per_second, burst)
        self._full_at = float("-inf")
        self._paused_until = float("-inf")
        self._last_left = float("-inf")

    def _set(self, per_second: float, burst: int) -> None:
        self._interval = 1 / per_second
        self._slack = (burst - 1) * self._interval

    def heed(self, limits: ToldLimits, asked_at: float) -> None:
        """Keep to limits that an answer told, where they are lower than one's own.

        Args:
            limits: What it told.
            asked_at: When its request went out; what was left by then is filling up since.
        """
        per_second, burst = self._own
        self._set(
            min(per_second, limits.per_second or per_second), min(burst, limits.burst or burst)
        )
        if limits.remaining is not None:
            empty_at = asked_at - limits.remaining * self._interval
            self._full_at = max(self._full_at, empty_at + self._slack + self._interval)

    def take(self, now: float, turns: int = 1) -> float:
        """Take turns; return the moment from which they may be used."""
        self._full_at = max(self._full_at, now) + turns * self._interval
        return max(now, self._full_at - self._interval - self._slack, self._paused_until)

    def leave(self, now: float) -> float:
        """Return when a call may go that has waited until its turn.

        That is now, unless the process was too busy to keep the turns: those that fell due
        meanwhile, and all behind them, go one after the other instead of at once.
        """
        self._last_left = max(self._last_left + self._interval, now)
        return self._last_left

    def is_late(self, now: float, slot: float) -> bool:
        """Tell whether a call missed the moment that `leave` gave it, by more than a turn."""
        return now > slot + self._interval

    def give_back(self, now: float, turns: int = 1) -> None:
        """Return turns that were taken and not used."""
        after_pause = self._paused_until + self._slack
        self._full_at = max(now, after_pause, self._full_at - turns * self._interval)

    def pause(self, now: float, seconds: float) -> None:
        """Let nobody go for a while, and start without a burst after it."""
        self._paused_until = max(self._paused_until, now + seconds)
        self._full_at = max(self._full_at, self._paused_until + self._slack)

    def is_paused(self, now: float) -> bool:
        """Tell whether a pause is on."""
        return now < self._paused_until
