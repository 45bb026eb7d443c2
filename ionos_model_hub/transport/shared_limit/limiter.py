"""The rate limiter of a process that shares its limits with other processes."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.transport.interfaces import IO
from ionos_model_hub.transport.rate_limiter import LocalRateLimiter, RateLimits, pause_duration
from ionos_model_hub.transport.shared_limit.bucket import SharedBucket
from ionos_model_hub.transport.shared_limit.store import StoreUnavailableError, StoreWorker


class SharedRateLimiter:
    """A rate limiter whose buckets are in a store, or in this process while that is unavailable.

    Args:
        worker: Runs operations on the store.
        name: Identifies the credential in the store.
    """

    def __init__(self, worker: StoreWorker, name: str) -> None:
        self._worker = worker
        self._requests = SharedBucket(worker, f"{name}:requests")
        self._images = SharedBucket(worker, f"{name}:images")
        self._local = LocalRateLimiter()
        self._changes = worker.changes

    def configure(self, limits: RateLimits) -> None:
        """Use the limits of the latest client."""
        self._local.configure(limits)

    async def acquire(self, io: IO, images: int, timer: CallTimer) -> None:
        """Wait until the processes may send another request; see `RateLimiter`."""
        while not await self._acquire_shared(io, images, timer):
            await self._local.acquire(io, images, timer)
            if not self._check_store(io.now()):
                return

    def pause(self, now: float, retry_after: float | None) -> None:
        """Delay the requests of all processes."""
        self._local.pause(now, retry_after)
        self._requests.pause(self._local.request_limits, pause_duration(retry_after))

    def apply_server_limits(self, headers: Mapping[str, str], sent_at: float) -> None:
        """Slow down this process if a response reports lower limits."""
        self._local.apply_server_limits(headers, sent_at)

    def _check_store(self, now: float) -> bool:
        """Return whether the store is available; allow no burst if that has changed."""
        if not self._worker.is_available:
            self._worker.probe(now)
        if self._changes != self._worker.changes:
            self._changes = self._worker.changes
            self.pause(now, retry_after=0.0)
        return self._worker.is_available

    async def _acquire_shared(self, io: IO, images: int, timer: CallTimer) -> bool:
        """Wait like `acquire`; return False if the store is unavailable."""
        if not self._check_store(io.now()):
            return False
        try:
            await self._acquire_tokens(io, images, timer)
        except StoreUnavailableError:
            self._check_store(io.now())
            return False
        return True

    async def _acquire_tokens(self, io: IO, images: int, timer: CallTimer) -> None:
        requests, image_limits = self._local.request_limits, self._local.image_limits
        if not images or image_limits.per_second == inf:
            await self._requests.acquire_slot(io, timer, requests)
            return
        await self._images.acquire(io, timer, image_limits, images)
        try:
            await self._requests.acquire_slot(io, timer, requests)
        except BaseException:
            self._images.refund(image_limits, images)
            raise
