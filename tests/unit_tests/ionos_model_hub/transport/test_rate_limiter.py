"""The rate limiter of one process."""

from math import inf
from typing import Any

import pytest

from ionos_model_hub.policy.deadline import CallTimer
from ionos_model_hub.transport.rate_limiter import UNLIMITED, LocalRateLimiter, RateLimits


def limiter(
    requests_per_second: float | None = 5, burst: int = 9, images_per_minute: float = 10
) -> LocalRateLimiter:
    result = LocalRateLimiter()
    result.configure(RateLimits(requests_per_second, burst, images_per_minute))
    return result


def test_burst_then_steady_rate() -> None:
    limited = limiter(requests_per_second=2, burst=2)
    assert [limited.reserve(0.0, 0) for _ in range(3)] == pytest.approx([0.0, 0.0, 0.5])


def test_changed_limits_start_with_a_full_bucket() -> None:
    limited = limiter(requests_per_second=2, burst=1)
    limited.reserve(0.0, 0)
    limited.configure(RateLimits(2, 1, 10))
    assert limited.reserve(0.0, 0) == pytest.approx(0.5)
    limited.configure(RateLimits(4, 1, 10))
    assert [limited.reserve(0.0, 0) for _ in range(2)] == pytest.approx([0.0, 0.25])


@pytest.mark.parametrize("limits", [UNLIMITED, RateLimits(4, 1, 10)])
def test_changed_limits_keep_a_pause(limits: RateLimits) -> None:
    limited = limiter(requests_per_second=2, burst=1)
    limited.pause(0.0, 10.0)
    limited.configure(limits)
    assert limited.is_paused(9.9)
    assert limited.reserve(1.0, 0) == pytest.approx(10.0)


@pytest.mark.parametrize("unlimited", [LocalRateLimiter(), limiter(requests_per_second=None)])
def test_no_limit_delays_only_during_a_pause(unlimited: LocalRateLimiter) -> None:
    assert {unlimited.reserve(7.0, 100) for _ in range(100)} == {7.0}
    unlimited.pause(7.0, 10.0)
    assert unlimited.is_paused(8.0)
    unlimited.refund(8.0, 100)
    assert {unlimited.reserve(8.0, 1) for _ in range(100)} == {17.0}
    assert unlimited.reserve(17.0, 0) == 17.0


def test_images_have_a_limit_of_their_own() -> None:
    limited = limiter(requests_per_second=100, images_per_minute=10)
    reserved = [limited.reserve(0.0, 20), limited.reserve(0.0, 1)]
    assert reserved == pytest.approx([0.0, 6.0])
    assert limited.reserve(0.0, 0) == 0.0


def test_image_requests_count_as_requests() -> None:
    limited = limiter(requests_per_second=1, burst=1)
    limited.reserve(0.0, 0)
    assert limited.reserve(0.0, 1) == pytest.approx(1.0)


def test_low_image_limit_allows_one_image() -> None:
    limited = limiter(images_per_minute=0.2)
    reserved = [limited.reserve(0.0, 1), limited.reserve(0.0, 1)]
    assert reserved == pytest.approx([0.0, 300.0])


def test_refunded_tokens_are_available_again() -> None:
    limited = limiter(requests_per_second=1, burst=1, images_per_minute=10)
    limited.reserve(0.0, 20)
    before = limited.reserve(0.0, 3)
    limited.refund(0.0, 3)
    assert limited.reserve(0.0, 3) == pytest.approx(before)
    limited.refund(0.0, 0)
    assert limited.reserve(0.0, 0) == pytest.approx(1.0)


@pytest.mark.parametrize("requests_per_second", [5, None])
@pytest.mark.parametrize(
    ("retry_after", "seconds"), [(None, 1.0), (0.0, 0.0), (2.5, 2.5), (60.0, 60.0), (3600.0, 60.0)]
)
def test_pause_lasts_for_retry_after_up_to_a_minute(
    retry_after: float | None, seconds: float, requests_per_second: float | None
) -> None:
    limited = limiter(requests_per_second)
    limited.pause(100.0, retry_after)
    assert limited.reserve(100.0, 0) == pytest.approx(100.0 + seconds)
    assert not limited.is_paused(100.0 + seconds)
    assert limited.is_paused(100.0) is (seconds > 0)


def test_reported_limits_slow_down() -> None:
    limited = limiter(requests_per_second=5, burst=1)
    limited.apply_server_limits({"x-ratelimit-limit": "2"}, sent_at=0.0)
    limited.apply_server_limits({"x-trace-id": "t-1"}, sent_at=0.0)
    assert [limited.reserve(0.0, 0) for _ in range(2)] == pytest.approx([0.0, 0.5])


def test_reported_limits_apply_to_clients_that_follow_the_server() -> None:
    following = LocalRateLimiter()
    following.configure(RateLimits(None, 9, 10, follows_server=True))
    assert [following.reserve(0.0, 0) for _ in range(100)] == [0.0] * 100
    headers = {"x-ratelimit-limit": "2", "x-ratelimit-burst": "4", "x-ratelimit-remaining": "0"}
    following.apply_server_limits(headers, sent_at=0.0)
    assert [following.reserve(0.0, 0) for _ in range(2)] == pytest.approx([0.5, 1.0])


def test_reported_limits_are_ignored_if_limits_are_disabled() -> None:
    unlimited = limiter(requests_per_second=None)
    headers = {"x-ratelimit-limit": "2", "x-ratelimit-remaining": "0"}
    unlimited.apply_server_limits(headers, sent_at=0.0)
    assert unlimited.reserve(0.0, 0) == 0.0


def test_forked_child_does_not_wait_for_a_lock_of_its_parent() -> None:
    limited = limiter()
    with limited._lock:
        limited.after_fork()
        assert limited.reserve(0.0, 0) == 0.0


async def test_call_that_is_always_late_is_sent_at_its_third_slot() -> None:
    class LateClock:
        time = 0.0
        calls = 0

        def now(self) -> float:
            self.time += 1.0
            self.calls += 1
            return self.time

        async def sleep(self, seconds: float) -> Any:
            raise AssertionError("The call is late already.")

    clock = LateClock()
    await limiter(requests_per_second=5).wait_for_slot(clock, CallTimer(lambda: 0.0, None, inf))
    assert clock.calls == 3 * 3
