"""The actor that keeps the rate limit of a cluster, and the rate limiters that ask it."""

from concurrent.futures import Future
from math import inf
from typing import Any

import pytest

pytest.importorskip("ray")

import ray
from ray.exceptions import ActorDiedError

from ionos_model_hub.errors import ConnectionFailedError, RequestTimeoutError
from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.ray import limit, share_limit
from ionos_model_hub.ray.limit import ClusterRateLimiter, DatedLimits, LimitActor
from ionos_model_hub.settings import Settings
from ionos_model_hub.transport.credential_state import credential_state
from ionos_model_hub.transport.rate_limiter import RateLimits

URL = "http://localhost:8400/v1"


def dated(since: float, requests_per_second: float, burst: int = 2) -> DatedLimits:
    return DatedLimits(since, RateLimits(requests_per_second, burst, 10))


class TestLimitActor:
    """A request that cannot be sent in the time left is rejected at once."""

    async def test_starts_without_a_burst(self) -> None:
        actor, limits = LimitActor(), dated(1.0, 0.001)
        assert [await actor.acquire(limits, 0, 1.0) for _ in range(2)] == [True, False]

    async def test_equal_limits_of_another_process_change_nothing(self) -> None:
        actor = LimitActor()
        assert await actor.acquire(dated(1.0, 0.001), 0, 1.0)
        assert not await actor.acquire(dated(2.0, 0.001), 0, 1.0)

    async def test_latest_limits_apply(self) -> None:
        actor = LimitActor()
        slow, fast = dated(1.0, 0.001), dated(2.0, 1_000_000.0)
        assert await actor.acquire(slow, 0, 1.0)
        assert [await actor.acquire(fast, 0, 1.0) for _ in range(9)] == [True] * 9
        assert [await actor.acquire(slow, 0, 1.0) for _ in range(9)] == [True] * 9

    async def test_pause_delays_all(self) -> None:
        actor, limits = LimitActor(), dated(1.0, 1_000_000.0, 9)
        assert await actor.acquire(limits, 0, 1.0)
        await actor.pause(30.0)
        assert not await actor.acquire(limits, 0, 1.0)


class FakeActor:
    """The handle of an actor that responds from a script."""

    def __init__(self, *script: bool | BaseException) -> None:
        self.script = list(script)
        self.acquire = self.pause = self
        self.calls: list[tuple[Any, ...]] = []

    def remote(self, *arguments: Any) -> "FakeActor":
        self.calls.append(arguments)
        return self

    def future(self) -> Future[bool]:
        future: Future[bool] = Future()
        step = self.script.pop(0)
        if isinstance(step, BaseException):
            future.set_exception(step)
        else:
            future.set_result(step)
        return future


class FakeIO:
    def __init__(self) -> None:
        self.time = 100.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    async def wait_for(self, future: Future[bool]) -> bool:
        return future.result()


@pytest.fixture
def actors(monkeypatch: pytest.MonkeyPatch) -> list[FakeActor]:
    """The actors that rate limiters get, one after the other."""
    available: list[FakeActor] = []

    def get_actor(limiter: ClusterRateLimiter) -> Any:
        if limiter._actor is None:
            limiter._actor = available.pop(0)  # type: ignore[assignment]
        return limiter._actor

    monkeypatch.setattr(ClusterRateLimiter, "_get_actor", get_actor)
    return available


def limiter(requests_per_second: float | None = 0.001) -> ClusterRateLimiter:
    created = ClusterRateLimiter("default", URL)
    created.configure(RateLimits(requests_per_second, 2, 10))
    return created


async def acquire(shared: ClusterRateLimiter, seconds_left: float = inf) -> FakeIO:
    io = FakeIO()
    timer = CallTimer(io.now, None, 100.0 + seconds_left)
    await shared.acquire(io, 0, timer)  # type: ignore[arg-type]
    return io


class TestClusterRateLimiter:
    async def test_asks_the_actor_for_each_request(self, actors: list[FakeActor]) -> None:
        actors.append(actor := FakeActor(True, True))
        shared = limiter()
        await acquire(shared, 5.0)
        await acquire(shared)
        (limits, images, seconds), (_, _, no_deadline) = actor.calls
        assert (limits.limits, images) == (RateLimits(0.001, 2, 10), 0)
        assert (seconds, no_deadline) == (5.0, inf)

    async def test_rejection_is_an_error(self, actors: list[FakeActor]) -> None:
        actors.append(FakeActor(False))
        with pytest.raises(RequestTimeoutError, match="past its deadline"):
            await acquire(limiter(), 5.0)

    async def test_killed_actor_is_replaced(self, actors: list[FakeActor]) -> None:
        actors += [FakeActor(True, ActorDiedError()), FakeActor(True)]
        shared = limiter(1_000_000)
        await acquire(shared)
        assert (await acquire(shared)).slept[0] == limit.SECONDS_BETWEEN_STARTS

    async def test_actor_that_never_starts_is_an_error(self, actors: list[FakeActor]) -> None:
        actors += [FakeActor(ActorDiedError()) for _ in range(limit.MAX_ACTOR_STARTS)]
        with pytest.raises(ConnectionFailedError, match="did not start"):
            await acquire(limiter())

    async def test_interrupted_call_cancels_its_request_to_the_actor(
        self, actors: list[FakeActor], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cancelled: list[object] = []
        monkeypatch.setattr(ray, "cancel", cancelled.append)
        actors.append(actor := FakeActor(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            await acquire(limiter())
        assert cancelled == [actor]

    def test_pause_is_passed_to_the_actor(self, actors: list[FakeActor]) -> None:
        actors.append(actor := FakeActor())
        limiter().pause(100.0, 5.0)
        assert actor.calls == [(5.0,)]

    async def test_no_limit_does_not_need_the_actor(self, actors: list[FakeActor]) -> None:
        shared = limiter(None)
        assert (await acquire(shared)).slept == []

    async def test_no_limit_pauses_the_process(self, actors: list[FakeActor]) -> None:
        shared = limiter(None)
        shared.pause(100.0, 5.0)
        assert (await acquire(shared)).slept == [5.0]

    async def test_reported_limits_slow_down_the_process(self, actors: list[FakeActor]) -> None:
        actors.append(FakeActor(True, True))
        shared = limiter(1_000_000)
        shared.apply_server_limits({"x-ratelimit-limit": "1"}, sent_at=100.0)
        await acquire(shared)
        assert (await acquire(shared)).slept == [1.0]


def test_later_clients_share_the_limit_of_the_cluster() -> None:
    settings = Settings(api_key="key", base_url=URL)
    before = credential_state(settings)
    share_limit("ours")
    state = credential_state(settings)
    assert state is not before
    assert isinstance(state.rate_limiter, ClusterRateLimiter)
    assert state.rate_limiter._name == f"limit of ours at {URL}"
