"""Operations on a token bucket whose state is stored outside of the process."""

from typing import Literal, NamedTuple

from ionos_model_hub.policy.token_bucket import BucketLimits, BucketState, TokenBucket


class Operation(NamedTuple):
    """An operation on a bucket.

    Attributes:
        kind: The method of `TokenBucket`.
        amount: Tokens to reserve or refund, or seconds to pause.
    """

    kind: Literal["reserve", "refund", "pause", "next_slot"]
    amount: float = 0


class Grant(NamedTuple):
    """The result of an operation, in seconds from now, so that it is independent of the clock.

    Attributes:
        wait: How long to wait before the reserved tokens or the slot may be used.
        pause_left: How long a pause continues.
    """

    wait: float
    pause_left: float


class StoredState(NamedTuple):
    """A state and the time at which it was stored."""

    state: BucketState
    stored_at: float

    def at(self, now: float) -> BucketState:
        """Return the state for operations at `now`.

        A clock that was set back, or restarted with the machine, would make all callers wait for
        the difference. Therefore no time has passed in this case.
        """
        if now >= self.stored_at:
            return self.state
        step = self.stored_at - now
        return BucketState(*(moment - step for moment in self.state))


def run_operation(
    state: BucketState, limits: BucketLimits, operation: Operation, now: float
) -> tuple[BucketState, Grant]:
    """Return the state after an operation, and its result.

    Example:
        >>> from ionos_model_hub.policy.token_bucket import FULL
        >>> state, limits = FULL, BucketLimits(per_second=5, burst=1)
        >>> for _ in range(2):
        ...     state, grant = run_operation(state, limits, Operation("reserve", 1), now=100.0)
        >>> round(grant.wait, 1)
        0.2
    """
    bucket = TokenBucket(*limits, state)
    usable_at = now
    if operation.kind == "reserve":
        usable_at = bucket.reserve(now, int(operation.amount))
    elif operation.kind == "refund":
        bucket.refund(now, int(operation.amount))
    elif operation.kind == "pause":
        bucket.pause(now, operation.amount)
    else:
        usable_at = bucket.next_slot(now)
    return bucket.state, Grant(usable_at - now, max(0.0, bucket.paused_until - now))
