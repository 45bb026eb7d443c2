"""One rate limit over all processes of a Ray cluster: a named actor hands out the turns."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import NamedTuple

import ray
from ray.actor import ActorProxy
from ray.exceptions import RayActorError

from ionos_model_hub.errors import ConnectionFailedError, RequestTimeoutError
from ionos_model_hub.policy.deadline import Watch
from ionos_model_hub.transport.credential_state import Lane, Limits, make_lanes_with, no_turn
from ionos_model_hub.transport.interfaces import IO

NAMESPACE = "ionos_model_hub"
DEFAULT_CONTRACT = "default"

TRIES = 10
SECONDS_BETWEEN_TRIES = 0.5

_AS_ACTOR = {
    "namespace": NAMESPACE,
    "get_if_exists": True,
    "lifetime": "detached",
    "num_cpus": 0,
    "max_restarts": -1,
    "max_task_retries": -1,
    "max_concurrency": 10_000,  # Calls that may wait in it: those of 300 workers.
}


def share_limit(contract: str = DEFAULT_CONTRACT) -> None:
    """Let all clients that this process makes from now on share one limit with the cluster.

    The classes of this package do it by themselves. Call it in tasks and actors of your own
    before they make a client or model; those of LangChain and LlamaIndex join in, too.

    The limit is kept by a small actor in the namespace `ionos_model_hub`, one for each base URL
    and contract. It needs no CPU of its own, and stays until the cluster ends.

    Args:
        contract: Names the contract, where a cluster works for several.

    Example:
        >>> share_limit()  # asks nothing of Ray until the first paced request
    """
    make_lanes_with(partial(SharedLane, contract))


class Announced(NamedTuple):
    """The limits that a process knows, and since when; the latest count.

    Attributes:
        since: Unix time in seconds.
        pace: Requests per second.
        burst: Requests that may go out at once.
        images_per_minute: Pace of images.
    """

    since: float
    pace: float | None
    burst: int
    images_per_minute: float


class SharedLane(Lane):
    """A lane that asks the actor for each turn.

    Args:
        contract: Names the contract.
        url: The base URL.
    """

    def __init__(self, contract: str, url: str) -> None:
        super().__init__()
        self._name = f"limit of {contract} at {url}"
        self._limits: Announced | None = None
        self._actor: ActorProxy[Keeper] | None = None

    def tune(self, limits: Limits) -> None:
        """Take the pace from `limits`, and tell them with the next request."""
        super().tune(limits)
        paced = limits.pace is not None
        numbers = (limits.pace, limits.burst, limits.images_per_minute)
        self._limits = Announced(time.time(), *numbers) if paced else None

    async def turn(self, io: IO, images: int, watch: Watch) -> None:
        """Wait for a turn of the whole cluster."""
        if self._limits is None:
            return
        if not await self._granted(io, self._limits, images, watch):
            raise no_turn()
        await self.leave_in_turn(io, watch)

    def pause(self, now: float, retry_after: float | None) -> None:
        """Let nobody in the cluster go for a while."""
        if self._limits is not None:
            self._keeper().pause.remote(retry_after)

    async def _granted(self, io: IO, limits: Announced, images: int, watch: Watch) -> bool:
        for _ in range(TRIES):
            asked = self._keeper().turn.remote(limits, images, watch.seconds_left())
            try:
                return await io.result(asked.future())
            except RayActorError:  # It was ended for good: the next try starts another.
                self._actor = None
                await io.sleep(SECONDS_BETWEEN_TRIES)
            except BaseException:
                ray.cancel(asked)
                raise
        raise ConnectionFailedError("The actor that keeps the rate limit does not start.")

    def _keeper(self) -> ActorProxy[Keeper]:
        if self._actor is None:
            self._actor = ray.remote(Keeper).options(name=self._name, **_AS_ACTOR).remote()
        return self._actor


class Keeper:
    """Keeps the turns of one contract; callers wait in its methods."""

    def __init__(self) -> None:
        self._lane = Lane()
        self._limits: Announced | None = None

    @ray.method
    async def turn(self, limits: Announced, images: int, seconds_left: float) -> bool:
        """Return True when the turn has come, False at once if it comes too late."""
        self._tune(limits)
        ends_at = time.monotonic() + seconds_left
        try:
            await self._lane.wait_for_turn(_Clock(), images, Watch(time.monotonic, None, ends_at))
        except RequestTimeoutError:
            return False
        return True

    @ray.method
    async def pause(self, retry_after: float | None) -> None:
        """Let nobody go for a while."""
        self._lane.pause(time.monotonic(), retry_after)

    def _tune(self, limits: Announced) -> None:
        known = self._limits
        if known is not None and limits.since <= known.since:
            return
        self._limits = limits
        if known is None or limits[1:] != known[1:]:
            self._lane.tune(limits)
            # A keeper before this one may just have handed out a burst.
            self._lane.pause(time.monotonic(), 0.0)


class _Clock:
    def now(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
