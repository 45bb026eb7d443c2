"""The keeper of a cluster's limit, and the lanes that ask it."""

from concurrent.futures import Future
from math import inf
from typing import Any

import pytest
import ray
from ray.exceptions import ActorDiedError

from ionos_model_hub.errors import ConnectionFailedError, RequestTimeoutError
from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.ray import limit, share_limit
from ionos_model_hub.ray.limit import Announced, Keeper, SharedLane
from ionos_model_hub.settings import Settings
from ionos_model_hub.transport import credential_state as lanes
from ionos_model_hub.transport.credential_state import lane_of

URL = "http://localhost:8400/v1"


def settings(**options: Any) -> Settings:
    defaults = {"api_key": "key", "base_url": URL, "requests_per_second": 0.001, "burst": 2}
    return Settings(**{**defaults, **options})


class TestKeeper:
    """A turn that does not come within the time that is left is refused at once."""

    async def test_it_starts_without_a_burst(self) -> None:
        keeper, limits = Keeper(), Announced(1.0, 0.001, 2, 10)
        assert [await keeper.turn(limits, 0, 1.0) for _ in range(2)] == [True, False]

    async def test_all_share_its_turns(self) -> None:
        keeper = Keeper()
        assert await keeper.turn(Announced(1.0, 0.001, 2, 10), 0, 1.0)
        assert not await keeper.turn(Announced(2.0, 0.001, 2, 10), 0, 1.0)

    async def test_the_latest_limits_count(self) -> None:
        keeper = Keeper()
        slow, fast = Announced(1.0, 0.001, 2, 10), Announced(2.0, 1_000_000.0, 2, 10)
        assert await keeper.turn(slow, 0, 1.0)
        assert [await keeper.turn(fast, 0, 1.0) for _ in range(9)] == [True] * 9
        assert [await keeper.turn(slow, 0, 1.0) for _ in range(9)] == [True] * 9

    async def test_a_pause_is_one_for_all(self) -> None:
        keeper, limits = Keeper(), Announced(1.0, 1_000_000.0, 9, 10)
        assert await keeper.turn(limits, 0, 1.0)
        await keeper.pause(30.0)
        assert not await keeper.turn(limits, 0, 1.0)


class Actor:
    """Stands for the handle of an actor: answers from a script."""

    def __init__(self, *script: bool | Exception) -> None:
        self.script = list(script)
        self.turn = self.pause = self
        self.asked: list[tuple[Any, ...]] = []

    def remote(self, *arguments: Any) -> "Actor":
        self.asked.append(arguments)
        return self

    def future(self) -> Future[bool]:
        told: Future[bool] = Future()
        answer = self.script.pop(0)
        if isinstance(answer, BaseException):
            told.set_exception(answer)
        else:
            told.set_result(answer)
        return told


class FakeIO:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return 100.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def result(self, future: Future[bool]) -> bool:
        return future.result()


@pytest.fixture
def actors(monkeypatch: pytest.MonkeyPatch) -> list[Actor]:
    """The actors that lanes find, one after the other."""
    found: list[Actor] = []

    def keeper(lane: SharedLane) -> Any:
        if lane._actor is None:
            lane._actor = found.pop(0)  # type: ignore[assignment]
        return lane._actor

    monkeypatch.setattr(SharedLane, "_keeper", keeper)
    return found


def lane(**options: Any) -> SharedLane:
    shared = SharedLane("default", URL)
    shared.tune(settings(**options))
    return shared


async def turn(shared: SharedLane, seconds_left: float = inf) -> FakeIO:
    io = FakeIO()
    await shared.turn(io, 0, CallTimer(io.now, None, 100.0 + seconds_left))  # type: ignore[arg-type]
    return io


class TestSharedLane:
    async def test_it_asks_for_each_turn(self, actors: list[Actor]) -> None:
        actors.append(actor := Actor(True, True))
        shared = lane()
        await turn(shared, 5.0)
        await turn(shared)
        (limits, images, seconds), (_, _, ever) = actor.asked
        assert (limits[1:], images, seconds, ever) == ((0.001, 2, 10.0), 0, 5.0, inf)

    async def test_no_turn_in_time_is_an_error(self, actors: list[Actor]) -> None:
        actors.append(Actor(False))
        with pytest.raises(RequestTimeoutError, match="no turn"):
            await turn(lane(), 5.0)

    async def test_a_keeper_that_ended_is_replaced(self, actors: list[Actor]) -> None:
        actors += [Actor(True, ActorDiedError()), Actor(True)]
        shared = lane(requests_per_second=1_000_000)
        await turn(shared)
        assert (await turn(shared)).slept[0] == limit.SECONDS_BETWEEN_TRIES

    async def test_one_that_never_starts_is_told(self, actors: list[Actor]) -> None:
        actors += [Actor(ActorDiedError()) for _ in range(limit.TRIES)]
        with pytest.raises(ConnectionFailedError, match="does not start"):
            await turn(lane())

    async def test_an_interrupted_call_takes_its_question_back(
        self, actors: list[Actor], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cancelled: list[object] = []
        monkeypatch.setattr(ray, "cancel", cancelled.append)
        actors.append(actor := Actor(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            await turn(lane())
        assert cancelled == [actor]

    async def test_without_a_pace_nobody_is_asked(self, actors: list[Actor]) -> None:
        shared = lane(requests_per_second=None)
        assert (await turn(shared)).slept == []
        shared.pause(100.0, 5.0)

    def test_a_refusal_is_told(self, actors: list[Actor]) -> None:
        actors.append(actor := Actor())
        lane().pause(100.0, 5.0)
        assert actor.asked == [(5.0,)]


def test_lanes_made_later_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_lanes", lanes.Lanes())
    before = lane_of(settings())
    share_limit("ours")
    shared = lane_of(settings())
    assert isinstance(shared, SharedLane)
    assert shared is not before
    assert shared._name == f"limit of ours at {URL}"
