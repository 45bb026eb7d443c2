"""Decide when the calls of a process may reserve tokens of a bucket that processes share.

Tokens that a process has reserved are lost if it is killed, and delay all others. Therefore its
calls wait for their turn in the process, and reserve only a short time ahead.
"""

from bisect import bisect_left
from itertools import count
from math import inf

from ionos_model_hub.policy.token_bucket import BucketLimits

MAX_LEAD = 1.0
"""Seconds that a process reserves ahead: enough to hide the latency of the store."""


class ReservationQueue:
    """The calls of a process that wait for their turn to reserve, in the order of their arrival.

    Turns are times, not locks: a call that never continues, because its event loop was stopped,
    does not block the others.

    All times are seconds of one monotonic clock.

    Example:
        >>> queue, limits = ReservationQueue(), BucketLimits(per_second=5, burst=1)
        >>> first, second = queue.join(now=100.0), queue.join(now=100.0)
        >>> queue.turn(first, limits), queue.turn(second, limits)
        (100.0, 100.2)
    """

    def __init__(self) -> None:
        self._tickets: list[int] = []
        self._numbers = count()
        self._since = -inf
        self._reserved_until = -inf

    def join(self, now: float) -> int:
        """Add a call; return its ticket."""
        if not self._tickets:
            self._since = max(self._since, now)
        ticket = next(self._numbers)
        self._tickets.append(ticket)
        return ticket

    def leave(self, ticket: int) -> None:
        """Remove a call."""
        del self._tickets[bisect_left(self._tickets, ticket)]

    def turn(self, ticket: int, limits: BucketLimits) -> float:
        """Return when a call may reserve, as far as is known now."""
        ahead = bisect_left(self._tickets, ticket)
        if self._reserved_until <= self._since:  # The bucket was not empty.
            ahead = max(0, ahead - limits.burst + 1)
        return max(self._since, self._reserved_until - MAX_LEAD) + ahead / limits.per_second

    def reserved(self, now: float, usable_at: float) -> None:
        """Record a reservation of a call, and from when its tokens may be used."""
        self._since = max(self._since, now)
        self._reserved_until = max(self._reserved_until, usable_at)
