"""Clients of one credential share pace, pause and budget; others share nothing."""

from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import Any

import pytest

from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.settings import Settings
from ionos_model_hub.transport import credential_state as lanes
from ionos_model_hub.transport.credential_state import Lane, lane_of

URL = "http://localhost:8400/v1"


def settings(**options: Any) -> Settings:
    defaults = {"api_key": "key", "base_url": URL, "requests_per_second": 5}
    return Settings(**{**defaults, **options})


def tuned(**options: Any) -> Lane:
    lane = Lane()
    lane.tune(settings(**options))
    return lane


def test_one_credential_has_one_lane() -> None:
    lane = lane_of(settings())
    assert lane_of(settings(api_key=" Bearer key ")) is lane
    assert lane_of(settings(max_retries=0, base_url=f"{URL}/")) is lane


@pytest.mark.parametrize("other", [{"api_key": "other"}, {"base_url": "http://localhost:8401/v1"}])
def test_others_have_others(other: dict[str, Any]) -> None:
    lane = lane_of(settings())
    assert lane_of(settings(**other)) is not lane


def test_a_key_function_is_a_credential() -> None:
    def one() -> str:
        return "key"

    lane = lane_of(settings(api_key=one))
    assert lane_of(settings(api_key=one)) is lane
    assert lane_of(settings(api_key=lambda: "key")) is not lane
    assert lane_of(settings()) is not lane


def test_threads_get_one_lane() -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: lane_of(settings(api_key="threads")), range(200)))
    assert len({id(lane) for lane in found}) == 1


def test_the_pace_and_the_burst_are_the_settings() -> None:
    lane = tuned(requests_per_second=2, burst=2)
    assert [lane.take(0.0, 0) for _ in range(3)] == pytest.approx([0.0, 0.0, 0.5])


def test_the_latest_numbers_count() -> None:
    lane = tuned(requests_per_second=2, burst=1)
    lane.take(0.0, 0)
    lane.tune(settings(requests_per_second=2, burst=1, max_retries=7))
    assert lane.take(0.0, 0) == pytest.approx(0.5)
    lane.tune(settings(requests_per_second=4, burst=1))
    assert [lane.take(0.0, 0) for _ in range(2)] == pytest.approx([0.0, 0.25])


def test_without_a_pace_everyone_goes_at_once() -> None:
    lane = tuned(requests_per_second=None)
    assert {lane.take(7.0, 100) for _ in range(100)} == {7.0}
    lane.pause(7.0, 10.0)
    assert not lane.is_paused(8.0)
    lane.give_back(8.0, 100)
    assert lane.take(8.0, 0) == 8.0


def test_a_lane_that_was_never_tuned_has_no_pace() -> None:
    assert Lane().take(7.0, 1) == 7.0


def test_images_have_a_pace_of_their_own() -> None:
    lane = tuned(requests_per_second=100, images_per_minute=10)
    assert [lane.take(0.0, 20), lane.take(0.0, 1)] == pytest.approx([0.0, 6.0])
    assert lane.take(0.0, 0) == 0.0


def test_images_wait_for_requests_too() -> None:
    lane = tuned(requests_per_second=1, burst=1)
    lane.take(0.0, 0)
    assert lane.take(0.0, 1) == pytest.approx(1.0)


def test_a_slow_pace_of_images_lets_one_go() -> None:
    lane = tuned(images_per_minute=0.2)
    assert [lane.take(0.0, 1), lane.take(0.0, 1)] == pytest.approx([0.0, 300.0])


def test_turns_are_given_back() -> None:
    lane = tuned(requests_per_second=1, burst=1, images_per_minute=10)
    lane.take(0.0, 20)
    before = lane.take(0.0, 3)
    lane.give_back(0.0, 3)
    assert lane.take(0.0, 3) == pytest.approx(before)
    lane.give_back(0.0, 0)
    assert lane.take(0.0, 0) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [(None, 1.0), (0.0, 0.0), (2.5, 2.5), (60.0, 60.0), (3600.0, 60.0)]
)
def test_a_pause_is_what_was_asked_up_to_a_minute(
    retry_after: float | None, seconds: float
) -> None:
    lane = tuned()
    lane.pause(100.0, retry_after)
    assert lane.take(100.0, 0) == pytest.approx(100.0 + seconds)
    assert not lane.is_paused(100.0 + seconds)
    assert lane.is_paused(100.0) is (seconds > 0)


def test_limits_that_answers_tell_are_kept_to() -> None:
    lane = tuned(requests_per_second=5, burst=1)
    lane.apply_server_limits({"x-ratelimit-limit": "2"}, asked_at=0.0)
    lane.apply_server_limits({"x-trace-id": "t-1"}, asked_at=0.0)
    assert [lane.take(0.0, 0) for _ in range(2)] == pytest.approx([0.0, 0.5])


def test_limits_are_not_kept_to_without_a_pace() -> None:
    lane = tuned(requests_per_second=None)
    lane.apply_server_limits({"x-ratelimit-limit": "2", "x-ratelimit-remaining": "0"}, asked_at=0.0)
    assert lane.take(0.0, 0) == 0.0


def test_a_forked_child_does_not_wait_for_a_lock_of_its_parent() -> None:
    lane = lane_of(settings(api_key="forked"))
    with lane._lock, lanes._lanes._lock:
        lane.after_fork()
        lanes._lanes.after_fork()
        assert lane_of(settings(api_key="forked")) is lane
        assert lane.take(0.0, 0) == 0.0


def test_lanes_outlive_their_clients_for_a_while() -> None:
    for number in range(200):
        lane_of(settings(api_key=f"credential-{number}")).refuses_usage = True
    assert lane_of(settings(api_key="credential-199")).refuses_usage
    assert not lane_of(settings(api_key="credential-0")).refuses_usage


def test_a_process_may_have_lanes_of_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_lanes", lanes.Lanes())
    made: dict[str, Lane] = {}
    before = lane_of(settings())
    lanes.make_lanes_with(lambda url: made.setdefault(url, Lane()))
    assert lane_of(settings()) is made[URL] is not before
    assert lane_of(settings()) is made[URL]


async def test_a_call_that_is_always_late_goes_at_its_third_chance() -> None:
    class Late:
        time = 0.0
        asked = 0

        def now(self) -> float:
            self.time += 1.0
            self.asked += 1
            return self.time

        async def sleep(self, seconds: float) -> None:
            raise AssertionError("It is late already.")

    timer = Late()
    await tuned(requests_per_second=5).leave_in_turn(timer, CallTimer(lambda: 0.0, None, inf))
    assert timer.asked == 3 * 3
