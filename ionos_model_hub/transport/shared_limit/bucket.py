"""A token bucket of a store, as the calls of one process use it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial

from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.policy.reservation_queue import ReservationQueue
from ionos_model_hub.policy.shared_bucket import Grant, Operation
from ionos_model_hub.policy.token_bucket import BucketLimits
from ionos_model_hub.transport.fork_safety import reset_after_fork
from ionos_model_hub.transport.interfaces import IO
from ionos_model_hub.transport.rate_limiter import (
    MAX_SLOTS,
    rate_limit_exceeds_deadline,
    wait_until,
)
from ionos_model_hub.transport.shared_limit.store import StoreWorker

NEGLIGIBLE_WAIT = 0.001
"""Seconds that are not waited: they may be rounding errors of the store's clock."""


class SharedBucket:
    """Waits for tokens of a bucket in a store. Safe to use from any thread.

    The methods that wait raise StoreUnavailableError, and RequestTimeoutError if the tokens could
    not be used before the deadline.

    Args:
        worker: Runs operations on the store.
        name: Name of the bucket.
    """

    def __init__(self, worker: StoreWorker, name: str) -> None:
        self._worker = worker
        self._name = name
        self._start()
        reset_after_fork(self)

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._queue = ReservationQueue()

    def after_fork(self) -> None:
        """Leave the waiting calls to the parent process."""
        self._start()

    async def acquire(
        self, io: IO, timer: CallTimer, limits: BucketLimits, tokens: int = 1
    ) -> None:
        """Wait until tokens may be used, without regard to pauses that begin meanwhile."""
        wait = await self._reserve_in_turn(io, timer, limits, tokens)
        if wait > NEGLIGIBLE_WAIT:
            with self._refund_on_error(limits, tokens):
                await wait_until(io.now() + wait, io, timer)

    async def acquire_slot(self, io: IO, timer: CallTimer, limits: BucketLimits) -> None:
        """Wait until a request may be sent, also for pauses and for a slot to send it in.

        See `TokenBucket.next_slot`.
        """
        wait = await self._reserve_in_turn(io, timer, limits, 1)
        if wait <= NEGLIGIBLE_WAIT:
            return
        with self._refund_on_error(limits, 1):
            while wait > NEGLIGIBLE_WAIT:
                await wait_until(io.now() + wait, io, timer)
                if await self._wait_for_slot(io, timer, limits):
                    return
                # A pause began meanwhile and has used up the reserved token.
                wait = await self._reserve(io, timer, limits, 1)

    def pause(self, limits: BucketLimits, seconds: float) -> None:
        """Pause the bucket in the background; ignored if the store is unavailable."""
        self._worker.submit(self._name, limits, Operation("pause", seconds))

    async def _reserve_in_turn(
        self, io: IO, timer: CallTimer, limits: BucketLimits, tokens: int
    ) -> float:
        """Reserve tokens when it is this call's turn; return the seconds to wait for them."""
        with self._lock:
            ticket = self._queue.join(io.now())
        try:
            while (turn := self._turn(ticket, limits)) > io.now():
                await wait_until(turn, io, timer)
            return await self._reserve(io, timer, limits, tokens)
        finally:
            with self._lock:
                self._queue.leave(ticket)

    def _turn(self, ticket: int, limits: BucketLimits) -> float:
        with self._lock:
            return self._queue.turn(ticket, limits)

    async def _reserve(self, io: IO, timer: CallTimer, limits: BucketLimits, tokens: int) -> float:
        future = self._worker.submit(self._name, limits, Operation("reserve", tokens))
        try:
            grant = await _wait_for(future, io, timer)
        except BaseException:
            # A cancelled call leaves behind an operation that may be running.
            future.cancel()
            future.add_done_callback(partial(self._refund_unused, limits, tokens))
            raise
        with self._lock:
            now = io.now()
            self._queue.reserved(now, now + grant.wait)
        return grant.wait

    async def _wait_for_slot(self, io: IO, timer: CallTimer, limits: BucketLimits) -> bool:
        """Wait for the next slot; return False at once if the bucket is paused."""
        for _ in range(MAX_SLOTS):
            future = self._worker.submit(self._name, limits, Operation("next_slot"))
            grant = await _wait_for(future, io, timer)
            if grant.pause_left > 0:
                return False
            slot = io.now() + grant.wait
            await wait_until(slot, io, timer)
            if io.now() <= slot + 1 / limits.per_second:
                break
        return True

    @contextmanager
    def _refund_on_error(self, limits: BucketLimits, tokens: int) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.refund(limits, tokens)
            raise

    def refund(self, limits: BucketLimits, tokens: int) -> None:
        """Return tokens in the background."""
        self._worker.submit(self._name, limits, Operation("refund", tokens))

    def _refund_unused(self, limits: BucketLimits, tokens: int, future: Future[Grant]) -> None:
        if not future.cancelled() and future.exception() is None:
            self.refund(limits, tokens)


async def _wait_for(future: Future[Grant], io: IO, timer: CallTimer) -> Grant:
    """Return the result of an operation; raises RequestTimeoutError at the deadline."""
    try:
        return await io.wait_for(future, timer.seconds_left())
    except TimeoutError:
        pass
    raise rate_limit_exceeds_deadline()
