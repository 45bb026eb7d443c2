"""A token bucket never allows more than its burst and the tokens added since."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.policy.rate_limit_headers import ServerLimits
from ionos_model_hub.policy.token_bucket import BucketLimits, TokenBucket

MARGIN = 1e-6
SECONDS = st.floats(0, 10)


def test_burst_then_steady_rate() -> None:
    bucket = TokenBucket(per_second=5, burst=10)
    times = [bucket.reserve(100.0) for _ in range(15)]
    assert times[:10] == pytest.approx([100.0] * 10)
    assert times[10:] == pytest.approx([100.2, 100.4, 100.6, 100.8, 101.0])


def test_bucket_refills() -> None:
    bucket = TokenBucket(per_second=5, burst=10)
    for _ in range(10):
        bucket.reserve(100.0)
    assert [bucket.reserve(101.0) for _ in range(5)] == pytest.approx([101.0] * 5)
    assert bucket.reserve(101.0) == pytest.approx(101.2)


def test_bucket_holds_at_most_the_burst() -> None:
    bucket = TokenBucket(per_second=5, burst=3)
    bucket.reserve(0.0)
    times = [bucket.reserve(1000.0) for _ in range(4)]
    assert times == pytest.approx([1000.0, 1000.0, 1000.0, 1000.2])


def test_several_tokens_at_once() -> None:
    bucket = TokenBucket(per_second=10, burst=4)
    assert bucket.reserve(0.0, 3) == 0.0
    assert bucket.reserve(0.0, 3) == pytest.approx(0.2)
    assert TokenBucket(per_second=10, burst=4).reserve(0.0, 10) == pytest.approx(0.6)


def test_pause_delays_all_and_allows_no_burst_after_it() -> None:
    bucket = TokenBucket(per_second=5, burst=10)
    bucket.pause(100.0, 3.0)
    assert [bucket.is_paused(now) for now in (100.0, 102.9, 103.0)] == [True, True, False]
    times = [bucket.reserve(100.0) for _ in range(3)]
    assert times == pytest.approx([103.0, 103.2, 103.4])


def test_shorter_pause_does_not_end_a_longer_one() -> None:
    bucket = TokenBucket(per_second=5, burst=1)
    bucket.pause(0.0, 10.0)
    bucket.pause(1.0, 1.0)
    assert bucket.reserve(1.0) == 10.0


def test_pause_shorter_than_the_queue_changes_nothing() -> None:
    bucket = TokenBucket(per_second=1, burst=1)
    for _ in range(10):
        bucket.reserve(0.0)
    bucket.pause(0.0, 3.0)
    assert bucket.reserve(0.0) == pytest.approx(10.0)


def test_no_pause_initially() -> None:
    assert not TokenBucket(per_second=1, burst=1).is_paused(-1e9)


@pytest.mark.parametrize("times", [1, 3])
def test_refunded_tokens_are_available_again(times: int) -> None:
    bucket = TokenBucket(per_second=5, burst=3)
    for _ in range(7):
        bucket.reserve(0.0)
    before = bucket.reserve(0.0, times)
    bucket.refund(0.0, times)
    assert bucket.reserve(0.0, times) == pytest.approx(before)


def test_one_token_is_refunded_by_default() -> None:
    bucket = TokenBucket(per_second=5, burst=1)
    times = [bucket.reserve(0.0) for _ in range(3)]
    bucket.refund(0.0)
    assert bucket.reserve(0.0) == pytest.approx(times[-1])


def test_refunds_never_overfill_the_bucket() -> None:
    bucket = TokenBucket(per_second=5, burst=2)
    bucket.reserve(0.0)
    for _ in range(10):
        bucket.refund(0.0)
    assert [bucket.reserve(0.0) for _ in range(3)] == pytest.approx([0.0, 0.0, 0.2])


def test_refunds_during_a_pause_allow_no_burst_after_it() -> None:
    bucket = TokenBucket(per_second=5, burst=5)
    for _ in range(20):
        bucket.reserve(0.0)
    bucket.pause(0.0, 10.0)
    for _ in range(20):
        bucket.refund(1.0)
    assert [bucket.reserve(1.0) for _ in range(3)] == pytest.approx([10.0, 10.2, 10.4])


def test_next_slot_is_now_when_calls_are_on_time() -> None:
    bucket = TokenBucket(per_second=5, burst=1)
    assert [bucket.next_slot(now) for now in (10.0, 10.2, 10.4, 20.0)] == [10.0, 10.2, 10.4, 20.0]


def test_slots_missed_in_a_stall_are_spaced_out() -> None:
    bucket = TokenBucket(per_second=5, burst=1)
    slots = [bucket.next_slot(now) for now in (10.0, 13.0, 13.0, 13.0, 13.2, 13.4)]
    assert slots == pytest.approx([10.0, 13.0, 13.2, 13.4, 13.6, 13.8])


def test_slot_is_missed_after_more_than_one_interval() -> None:
    bucket = TokenBucket(per_second=4, burst=1)
    assert [bucket.missed_slot(now, slot=10.0) for now in (10.0, 10.25, 10.26)] == [
        False,
        False,
        True,
    ]


def assert_within(granted: Sequence[tuple[float, int]], per_second: float, burst: int) -> None:
    """Assert that no period has more than a burst and the tokens added during it."""
    ordered = sorted(granted)
    for start in range(len(ordered)):
        count = 0
        for moment, tokens in ordered[start:]:
            count += tokens
            window = moment - ordered[start][0]
            assert count <= burst + per_second * window + MARGIN


steps = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "reserve", "reserve", "pause", "refund"]),
        SECONDS,
        st.integers(1, 3),
    ),
    max_size=60,
)


@given(steps, st.floats(0.1, 50), st.integers(3, 12))
def test_no_period_exceeds_burst_and_rate(
    steps: list[tuple[str, float, int]], per_second: float, burst: int
) -> None:
    bucket = TokenBucket(per_second, burst)
    now, paused_until = 0.0, 0.0
    times: list[tuple[float, int]] = []
    for step, seconds, count in steps:
        if step == "pause":
            bucket.pause(now, seconds)
            paused_until = max(paused_until, now + seconds)
            continue
        now += seconds / 10
        time = bucket.reserve(now, count)
        assert time >= max(now, paused_until)
        if step == "refund":
            bucket.refund(now, count)
        else:
            times.append((time, count))
    assert_within(times, per_second, burst)


@given(st.lists(SECONDS, max_size=30), st.integers(0, 30), SECONDS, st.integers(1, 10))
def test_no_burst_after_a_pause(
    gaps: list[float], refunds: int, seconds: float, burst: int
) -> None:
    bucket = TokenBucket(2.0, burst)
    for _ in range(refunds):
        bucket.reserve(0.0)
    bucket.pause(0.0, 40.0)
    for _ in range(refunds):
        bucket.refund(min(seconds, 40.0))
    times = [(bucket.reserve(seconds), 1) for _ in gaps]
    assert_within(times, 2.0, 1)
    assert all(time >= 40.0 for time, _ in times)


@given(st.lists(SECONDS, max_size=40), st.floats(0.1, 50), st.integers(1, 10))
def test_reservations_are_in_order(gaps: list[float], per_second: float, burst: int) -> None:
    bucket = TokenBucket(per_second, burst)
    now = 0.0
    times = []
    for gap in gaps:
        now += gap / 10
        times.append(bucket.reserve(now))
    assert all(before <= after + MARGIN for before, after in pairwise(times))


def limits(
    per_second: int | None = None, burst: int | None = None, remaining: int | None = None
) -> ServerLimits:
    return ServerLimits(per_second, burst, remaining)


def test_lower_server_limit_slows_down() -> None:
    bucket = TokenBucket(per_second=5, burst=3)
    bucket.apply_server_limits(limits(per_second=2, burst=2), sent_at=0.0)
    assert [bucket.reserve(0.0) for _ in range(4)] == pytest.approx([0.0, 0.0, 0.5, 1.0])


def test_higher_server_limit_is_ignored() -> None:
    bucket = TokenBucket(per_second=5, burst=2)
    bucket.apply_server_limits(limits(per_second=300, burst=600, remaining=299), sent_at=0.0)
    assert [bucket.reserve(0.0) for _ in range(3)] == pytest.approx([0.0, 0.0, 0.2])


def test_raised_server_limit_restores_the_configured_rate() -> None:
    bucket = TokenBucket(per_second=5, burst=1)
    bucket.apply_server_limits(limits(per_second=1), sent_at=0.0)
    bucket.apply_server_limits(limits(per_second=4), sent_at=0.0)
    assert [bucket.reserve(0.0) for _ in range(2)] == pytest.approx([0.0, 0.25])
    bucket.apply_server_limits(limits(per_second=5), sent_at=0.0)
    assert [bucket.reserve(9.0) for _ in range(2)] == pytest.approx([9.0, 9.2])


@pytest.mark.parametrize(
    ("remaining", "times"), [(0, [10.2, 10.4]), (1, [10.0, 10.2]), (7, [10.0] * 2)]
)
def test_tokens_used_by_others_are_waited_for(remaining: int, times: list[float]) -> None:
    bucket = TokenBucket(per_second=5, burst=3)
    bucket.apply_server_limits(limits(remaining=remaining), sent_at=10.0)
    assert [bucket.reserve(10.0) for _ in range(2)] == pytest.approx(times)


def test_late_response_reports_the_past() -> None:
    bucket = TokenBucket(per_second=5, burst=3)
    bucket.apply_server_limits(limits(remaining=0), sent_at=10.0)
    assert [bucket.reserve(70.0) for _ in range(3)] == pytest.approx([70.0] * 3)


LIMITS = st.builds(
    ServerLimits, *[st.none() | st.integers(minimum, 100_000) for minimum in (1, 1, 0)]
)


@given(
    st.lists(st.tuples(LIMITS, SECONDS), max_size=10),
    st.lists(SECONDS, min_size=1, max_size=40),
)
def test_server_limits_never_increase_the_rate(
    reports: Sequence[tuple[ServerLimits, float]], moments: Sequence[float]
) -> None:
    unaware, informed = TokenBucket(per_second=5, burst=4), TokenBucket(per_second=5, burst=4)
    for reported, sent_at in reports:
        informed.apply_server_limits(reported, sent_at)
    for now in sorted(moments):
        assert informed.reserve(now) >= unaware.reserve(now) - MARGIN


def test_infinite_rate_delays_only_during_a_pause() -> None:
    bucket = TokenBucket(per_second=float("inf"), burst=1)
    assert {bucket.reserve(100.0, 50) for _ in range(100)} == {100.0}
    bucket.pause(100.0, 3.0)
    assert {bucket.reserve(101.0) for _ in range(100)} == {103.0}
    bucket.refund(101.0, 50)
    assert bucket.reserve(103.0) == 103.0


def test_limits_in_effect_are_the_lower_ones() -> None:
    bucket = TokenBucket(per_second=5, burst=3)
    assert bucket.limits == BucketLimits(5, 3)
    bucket.apply_server_limits(limits(per_second=9, burst=2), sent_at=0.0)
    assert bucket.limits == BucketLimits(5, 2)


def test_pause_lasts_if_the_server_allows_a_larger_burst_during_it() -> None:
    bucket = TokenBucket(per_second=5, burst=3)
    bucket.apply_server_limits(limits(burst=1), sent_at=0.0)
    bucket.pause(0.0, 10.0)
    bucket.apply_server_limits(limits(burst=3), sent_at=0.0)
    assert bucket.reserve(1.0) == 10.0
