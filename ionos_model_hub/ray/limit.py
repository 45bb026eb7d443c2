"""One rate limit for all processes of a Ray cluster, in a named actor."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import NamedTuple

import ray
from ray.actor import ActorProxy
from ray.exceptions import RayActorError

from ionos_model_hub.errors import ConnectionFailedError, RequestTimeoutError
from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.transport.credential_state import registry
from ionos_model_hub.transport.interfaces import IO
from ionos_model_hub.transport.rate_limiter import (
    UNLIMITED,
    LocalRateLimiter,
    RateLimits,
    rate_limit_exceeds_deadline,
)

NAMESPACE = "ionos_model_hub"
DEFAULT_CONTRACT = "default"

MAX_ACTOR_STARTS = 10
SECONDS_BETWEEN_STARTS = 0.5

_ACTOR_OPTIONS = {
    "namespace": NAMESPACE,
    "get_if_exists": True,
    "lifetime": "detached",
    "num_cpus": 0,
    "max_restarts": -1,
    "max_task_retries": -1,
    "max_concurrency": 10_000,  # Calls that may wait in the actor: those of 300 workers.
}


def share_limit(contract: str = DEFAULT_CONTRACT) -> None:
    """Share one rate limit with the cluster for all clients that this process makes from now on.

    The classes of this package call it themselves. Call it in your own tasks and actors before
    they make a client or model. It applies to the models of LangChain and LlamaIndex as well.

    The limit is held by a small actor in the namespace `ionos_model_hub`, one for each base URL
    and contract. It reserves no CPU and runs until the cluster ends.

    Args:
        contract: A name for the contract, if the cluster uses several.

    Example:
        >>> share_limit()  # the actor starts with the first request that is rate-limited
    """
    registry.use_limiter_factory(lambda settings: ClusterRateLimiter(contract, settings.url))


class DatedLimits(NamedTuple):
    """The rate limits that a process uses; the latest of all processes apply.

    Attributes:
        since: Unix time in seconds.
        limits: The rate limits.
    """

    since: float
    limits: RateLimits


class ClusterRateLimiter:
    """A rate limiter that asks the actor for each request.

    Args:
        contract: Name of the contract.
        url: The base URL.
    """

    def __init__(self, contract: str, url: str) -> None:
        self._name = f"limit of {contract} at {url}"
        self._local = LocalRateLimiter()
        self._limits = DatedLimits(0.0, UNLIMITED)
        self._actor: ActorProxy[LimitActor] | None = None

    def configure(self, limits: RateLimits) -> None:
        """Use the limits of the latest client; the next request passes them to the actor."""
        self._local.configure(limits)
        self._limits = DatedLimits(time.time(), limits)

    async def acquire(self, io: IO, images: int, timer: CallTimer) -> None:
        """Wait until the cluster may send another request; see `RateLimiter`."""
        if not self._is_limited:
            await self._local.acquire(io, images, timer)
        elif await self._ask_actor(io, images, timer):
            await self._local.wait_for_slot(io, timer)
        else:
            raise rate_limit_exceeds_deadline()

    def pause(self, now: float, retry_after: float | None) -> None:
        """Delay the requests of the cluster; without a rate limit, those of this process."""
        if self._is_limited:
            self._get_actor().pause.remote(retry_after)
        else:
            self._local.pause(now, retry_after)

    def apply_server_limits(self, headers: Mapping[str, str], sent_at: float) -> None:
        """Slow down this process if a response reports lower limits."""
        self._local.apply_server_limits(headers, sent_at)

    @property
    def _is_limited(self) -> bool:
        return self._limits.limits.requests_per_second is not None

    async def _ask_actor(self, io: IO, images: int, timer: CallTimer) -> bool:
        for _ in range(MAX_ACTOR_STARTS):
            actor = self._get_actor()
            reference = actor.acquire.remote(self._limits, images, timer.seconds_left())
            try:
                return await io.wait_for(reference.future())
            except RayActorError:  # The actor was killed; the next iteration starts another.
                self._actor = None
                await io.sleep(SECONDS_BETWEEN_STARTS)
            except BaseException:
                ray.cancel(reference)
                raise
        raise ConnectionFailedError("The Ray actor that holds the rate limit did not start.")

    def _get_actor(self) -> ActorProxy[LimitActor]:
        if self._actor is None:
            actor_class = ray.remote(LimitActor)
            self._actor = actor_class.options(name=self._name, **_ACTOR_OPTIONS).remote()
        return self._actor


class LimitActor:
    """Holds the rate limit of one contract; callers wait in its methods."""

    def __init__(self) -> None:
        self._limiter = LocalRateLimiter()
        self._limits: DatedLimits | None = None

    @ray.method
    async def acquire(self, limits: DatedLimits, images: int, seconds_left: float) -> bool:
        """Return True when a request may be sent, or False at once if that is too late."""
        self._configure(limits)
        timer = CallTimer(time.monotonic, None, time.monotonic() + seconds_left)
        try:
            await self._limiter.acquire(_LoopClock(), images, timer)
        except RequestTimeoutError:
            return False
        return True

    @ray.method
    async def pause(self, retry_after: float | None) -> None:
        """Delay all requests."""
        self._limiter.pause(time.monotonic(), retry_after)

    def _configure(self, new: DatedLimits) -> None:
        current = self._limits
        if current is not None and new.since <= current.since:
            return
        self._limits = new
        if current is None or new.limits != current.limits:
            self._limiter.configure(new.limits)
            # An actor that was killed may just have granted a burst.
            self._limiter.pause(time.monotonic(), 0.0)


class _LoopClock:
    def now(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
