"""A store in memory that tests can make unavailable."""

from collections.abc import Callable

from ionos_model_hub.policy.shared_bucket import Grant, Operation, run_operation
from ionos_model_hub.policy.token_bucket import FULL, BucketLimits, BucketState
from ionos_model_hub.transport.shared_limit.store import StoreUnavailableError


class MemoryStore:
    """Several workers with one of these act like several processes.

    Args:
        now: The clock.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.is_broken = False
        self.is_closed = False
        self.rounding_error = 0.0
        self.operations: list[Operation] = []
        self.before_run: Callable[[], object] = lambda: None
        self._now = now
        self._states: dict[str, BucketState] = {}

    def run(self, name: str, limits: BucketLimits, operation: Operation) -> Grant:
        self.operations.append(operation)
        self.before_run()
        if self.is_broken:
            raise StoreUnavailableError("it is broken")
        state = self._states.get(name, FULL)
        self._states[name], grant = run_operation(state, limits, operation, self._now())
        return grant._replace(wait=grant.wait + self.rounding_error)

    def check(self) -> None:
        if self.is_broken:
            raise StoreUnavailableError("it is broken")

    def close(self) -> None:
        self.is_closed = True
