"""Delay requests so that all calls of one credential stay within the contract's rate limit."""

import threading
from collections.abc import Mapping
from math import inf
from typing import NamedTuple, Protocol

from ionos_model_hub.errors import RequestTimeoutError
from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.policy.rate_limit_headers import UNSPECIFIED, parse_limits
from ionos_model_hub.policy.retry import MAX_RETRY_AFTER
from ionos_model_hub.policy.token_bucket import BucketLimits, TokenBucket
from ionos_model_hub.transport.fork_safety import reset_after_fork
from ionos_model_hub.transport.interfaces import IO, Clock

PAUSE_WITHOUT_RETRY_AFTER = 1.0

MAX_SLOTS = 3
"""Slots that a busy process may miss before a call is sent anyway."""


class RateLimits(NamedTuple):
    """The rate limits of a contract.

    Attributes:
        requests_per_second: Requests per second, or None for no limit, not of images either.
        burst: Requests that may be sent at once.
        images_per_minute: Images per minute.
        follows_server: Whether limits that the server reports apply if there is no limit.
    """

    requests_per_second: float | None
    burst: int
    images_per_minute: float
    follows_server: bool = False


UNLIMITED = RateLimits(requests_per_second=None, burst=1, images_per_minute=inf)


class RateLimiter(Protocol):
    """Decides when the requests of one credential may be sent. Safe to use from any thread."""

    def configure(self, limits: RateLimits) -> None:
        """Use the limits of the latest client."""

    async def acquire(self, io: IO, images: int, timer: CallTimer) -> None:
        """Wait until a request may be sent.

        Args:
            io: Waits.
            images: Number of images that the request asks for.
            timer: Deadline of the call.

        Raises:
            RequestTimeoutError: The request could not be sent before the deadline.
        """

    def pause(self, now: float, retry_after: float | None) -> None:
        """Delay all requests, because the server rejected one with 429 or 529."""

    def apply_server_limits(self, headers: Mapping[str, str], sent_at: float) -> None:
        """Slow down if a response reports lower limits.

        Args:
            headers: Its headers, with lower-case names.
            sent_at: When the request was sent.
        """


class LocalRateLimiter:
    """A rate limiter for the calls of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limits = UNLIMITED
        self._requests = TokenBucket(inf, burst=1)
        self._images = TokenBucket(inf, burst=1)
        reset_after_fork(self)

    def after_fork(self) -> None:
        """Replace the lock, which another thread of the parent process may hold."""
        self._lock = threading.Lock()

    def configure(self, limits: RateLimits) -> None:
        """Use the limits of the latest client; new limits start with a full bucket."""
        with self._lock:
            if limits == self._limits:
                return
            self._limits = limits
            paused_until = self._requests.paused_until
            self._requests = TokenBucket(limits.requests_per_second or inf, limits.burst)
            self._requests.pause(paused_until, seconds=0)
            per_minute = inf if limits.requests_per_second is None else limits.images_per_minute
            # The hub allows the images of two minutes at once.
            image_burst = 1 if per_minute == inf else max(1, int(2 * per_minute))
            self._images = TokenBucket(per_minute / 60, image_burst)

    @property
    def request_limits(self) -> BucketLimits:
        """The limits of requests in effect."""
        return self._requests.limits

    @property
    def image_limits(self) -> BucketLimits:
        """The limits of images in effect."""
        return self._images.limits

    async def acquire(self, io: Clock, images: int, timer: CallTimer) -> None:
        """Wait until a request may be sent; see `RateLimiter`."""
        ready_at = self.reserve(io.now(), images)
        if ready_at <= io.now():
            return
        try:
            await wait_until(ready_at, io, timer)
            await self.wait_for_slot(io, timer)
            while self.is_paused(io.now()):
                # The pause has used up the token of the request, not those of its images.
                await wait_until(self.reserve(io.now(), images=0), io, timer)
                await self.wait_for_slot(io, timer)
        except BaseException:
            self.refund(io.now(), images)
            raise

    async def wait_for_slot(self, clock: Clock, timer: CallTimer) -> None:
        """Space out the requests that became due while the process was too busy to send them."""
        for _ in range(MAX_SLOTS):
            slot = self._next_slot(clock.now())
            await wait_until(slot, clock, timer)
            if not self._missed_slot(clock.now(), slot):
                return

    def reserve(self, now: float, images: int) -> float:
        """Take the tokens of a request and return the time from which it may be sent."""
        with self._lock:
            ready_at = self._requests.reserve(now)
            return max(ready_at, self._images.reserve(now, images)) if images else ready_at

    def refund(self, now: float, images: int) -> None:
        """Return the tokens of a request that was not sent."""
        with self._lock:
            self._requests.refund(now)
            if images:
                self._images.refund(now, images)

    def pause(self, now: float, retry_after: float | None) -> None:
        """Delay all requests, also without a rate limit."""
        with self._lock:
            self._requests.pause(now, pause_duration(retry_after))

    def is_paused(self, now: float) -> bool:
        """Return whether a pause is in effect."""
        return self._requests.is_paused(now)

    def apply_server_limits(self, headers: Mapping[str, str], sent_at: float) -> None:
        """Slow down if a response reports lower limits; ignored if limits are disabled."""
        if self._limits.requests_per_second is None and not self._limits.follows_server:
            return
        if (limits := parse_limits(headers)) != UNSPECIFIED:
            with self._lock:
                self._requests.apply_server_limits(limits, sent_at)

    def _next_slot(self, now: float) -> float:
        with self._lock:
            return self._requests.next_slot(now)

    def _missed_slot(self, now: float, slot: float) -> bool:
        return self._requests.missed_slot(now, slot)


def pause_duration(retry_after: float | None) -> float:
    """Return the seconds to pause for a response with this `retry-after`."""
    return min(PAUSE_WITHOUT_RETRY_AFTER if retry_after is None else retry_after, MAX_RETRY_AFTER)


async def wait_until(moment: float, clock: Clock, timer: CallTimer) -> None:
    """Wait until a time; fail at once if it is past the deadline."""
    if (seconds := moment - clock.now()) > 0:
        if seconds >= timer.seconds_left():
            raise rate_limit_exceeds_deadline()
        await clock.sleep(seconds)


def rate_limit_exceeds_deadline() -> RequestTimeoutError:
    """Return the error for a call that the rate limit would delay past its deadline."""
    error = RequestTimeoutError(
        "The rate limit would delay this call past its deadline.",
        hint="Increase `deadline`, or send fewer requests at once.",
    )
    error.retryable = False
    return error
