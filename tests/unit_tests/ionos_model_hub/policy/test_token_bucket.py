"""The bucket never lets out more than a burst and what has come back since."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.policy.rate_limit_headers import ServerLimits
from ionos_model_hub.policy.token_bucket import TokenBucket

MARGIN = 1e-6
SECONDS = st.floats(0, 10)


def test_a_burst_and_then_the_pace() -> None:
    pace = TokenBucket(per_second=5, burst=10)
    turns = [pace.take(100.0) for _ in range(15)]
    assert turns[:10] == pytest.approx([100.0] * 10)
    assert turns[10:] == pytest.approx([100.2, 100.4, 100.6, 100.8, 101.0])


def test_turns_come_back() -> None:
    pace = TokenBucket(per_second=5, burst=10)
    for _ in range(10):
        pace.take(100.0)
    assert [pace.take(101.0) for _ in range(5)] == pytest.approx([101.0] * 5)
    assert pace.take(101.0) == pytest.approx(101.2)


def test_a_bucket_holds_no_more_than_its_burst() -> None:
    pace = TokenBucket(per_second=5, burst=3)
    pace.take(0.0)
    turns = [pace.take(1000.0) for _ in range(4)]
    assert turns == pytest.approx([1000.0, 1000.0, 1000.0, 1000.2])


def test_several_turns_at_once() -> None:
    pace = TokenBucket(per_second=10, burst=4)
    assert pace.take(0.0, 3) == 0.0
    assert pace.take(0.0, 3) == pytest.approx(0.2)
    assert TokenBucket(per_second=10, burst=4).take(0.0, 10) == pytest.approx(0.6)


def test_a_pause_holds_everyone_and_leaves_no_burst() -> None:
    pace = TokenBucket(per_second=5, burst=10)
    pace.pause(100.0, 3.0)
    assert [pace.is_paused(now) for now in (100.0, 102.9, 103.0)] == [True, True, False]
    turns = [pace.take(100.0) for _ in range(3)]
    assert turns == pytest.approx([103.0, 103.2, 103.4])


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    pace = TokenBucket(per_second=5, burst=1)
    pace.pause(0.0, 10.0)
    pace.pause(1.0, 1.0)
    assert pace.take(1.0) == 10.0


def test_a_pause_lets_a_longer_queue_stand() -> None:
    pace = TokenBucket(per_second=1, burst=1)
    for _ in range(10):
        pace.take(0.0)
    pace.pause(0.0, 3.0)
    assert pace.take(0.0) == pytest.approx(10.0)


def test_there_is_no_pause_at_first() -> None:
    assert not TokenBucket(per_second=1, burst=1).is_paused(-1e9)


@pytest.mark.parametrize("turns", [1, 3])
def test_a_turn_given_back_is_there_again(turns: int) -> None:
    pace = TokenBucket(per_second=5, burst=3)
    for _ in range(7):
        pace.take(0.0)
    before = pace.take(0.0, turns)
    pace.give_back(0.0, turns)
    assert pace.take(0.0, turns) == pytest.approx(before)


def test_giving_back_too_much_fills_the_bucket_and_no_more() -> None:
    pace = TokenBucket(per_second=5, burst=2)
    pace.take(0.0)
    for _ in range(10):
        pace.give_back(0.0)
    assert [pace.take(0.0) for _ in range(3)] == pytest.approx([0.0, 0.0, 0.2])


def test_giving_back_in_a_pause_brings_no_burst_after_it() -> None:
    pace = TokenBucket(per_second=5, burst=5)
    for _ in range(20):
        pace.take(0.0)
    pace.pause(0.0, 10.0)
    for _ in range(20):
        pace.give_back(1.0)
    assert [pace.take(1.0) for _ in range(3)] == pytest.approx([10.0, 10.2, 10.4])


def test_those_who_keep_their_turns_leave_at_once() -> None:
    pace = TokenBucket(per_second=5, burst=1)
    assert [pace.leave(now) for now in (10.0, 10.2, 10.4, 20.0)] == [10.0, 10.2, 10.4, 20.0]


def test_turns_missed_in_a_stall_are_not_used_at_once() -> None:
    pace = TokenBucket(per_second=5, burst=1)
    slots = [pace.leave(now) for now in (10.0, 13.0, 13.0, 13.0, 13.2, 13.4)]
    assert slots == pytest.approx([10.0, 13.0, 13.2, 13.4, 13.6, 13.8])


def test_lateness_is_more_than_a_turn() -> None:
    pace = TokenBucket(per_second=4, burst=1)
    assert [pace.is_late(now, slot=10.0) for now in (10.0, 10.25, 10.26)] == [False, False, True]


def assert_within(turns: Sequence[tuple[float, int]], per_second: float, burst: int) -> None:
    """Assert that no window of time holds more than a burst and what came back in it."""
    ordered = sorted(turns)
    for start in range(len(ordered)):
        count = 0
        for moment, taken in ordered[start:]:
            count += taken
            window = moment - ordered[start][0]
            assert count <= burst + per_second * window + MARGIN


steps = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "take", "pause", "undo"]), SECONDS, st.integers(1, 3)
    ),
    max_size=60,
)


@given(steps, st.floats(0.1, 50), st.integers(3, 12))
def test_no_window_holds_more_than_a_burst_and_the_pace(
    steps: list[tuple[str, float, int]], per_second: float, burst: int
) -> None:
    pace = TokenBucket(per_second, burst)
    now, paused_until = 0.0, 0.0
    turns: list[tuple[float, int]] = []
    for step, seconds, count in steps:
        if step == "pause":
            pace.pause(now, seconds)
            paused_until = max(paused_until, now + seconds)
            continue
        now += seconds / 10
        turn = pace.take(now, count)
        assert turn >= max(now, paused_until)
        if step == "undo":
            pace.give_back(now, count)
        else:
            turns.append((turn, count))
    assert_within(turns, per_second, burst)


@given(st.lists(SECONDS, max_size=30), st.integers(0, 30), SECONDS, st.integers(1, 10))
def test_after_a_pause_the_pace_starts_without_a_burst(
    gaps: list[float], given_back: int, seconds: float, burst: int
) -> None:
    pace = TokenBucket(2.0, burst)
    for _ in range(given_back):
        pace.take(0.0)
    pace.pause(0.0, 40.0)
    for _ in range(given_back):
        pace.give_back(min(seconds, 40.0))
    turns = [(pace.take(seconds), 1) for _ in gaps]
    assert_within(turns, 2.0, 1)
    assert all(turn >= 40.0 for turn, _ in turns)


@given(st.lists(SECONDS, max_size=40), st.floats(0.1, 50), st.integers(1, 10))
def test_turns_are_in_order(gaps: list[float], per_second: float, burst: int) -> None:
    pace = TokenBucket(per_second, burst)
    now = 0.0
    turns = []
    for gap in gaps:
        now += gap / 10
        turns.append(pace.take(now))
    assert all(before <= after + MARGIN for before, after in pairwise(turns))


def told(
    per_second: int | None = None, burst: int | None = None, left: int | None = None
) -> ServerLimits:
    return ServerLimits(per_second, burst, left)


def test_a_lower_limit_slows_down() -> None:
    pace = TokenBucket(per_second=5, burst=3)
    pace.apply_server_limits(told(per_second=2, burst=2), asked_at=0.0)
    assert [pace.take(0.0) for _ in range(4)] == pytest.approx([0.0, 0.0, 0.5, 1.0])


def test_a_higher_limit_makes_nobody_faster() -> None:
    pace = TokenBucket(per_second=5, burst=2)
    pace.apply_server_limits(told(per_second=300, burst=600, left=299), asked_at=0.0)
    assert [pace.take(0.0) for _ in range(3)] == pytest.approx([0.0, 0.0, 0.2])


def test_a_limit_that_is_lifted_lets_go_as_fast_as_before() -> None:
    pace = TokenBucket(per_second=5, burst=1)
    pace.apply_server_limits(told(per_second=1), asked_at=0.0)
    pace.apply_server_limits(told(per_second=4), asked_at=0.0)
    assert [pace.take(0.0) for _ in range(2)] == pytest.approx([0.0, 0.25])
    pace.apply_server_limits(told(per_second=5), asked_at=0.0)
    assert [pace.take(9.0) for _ in range(2)] == pytest.approx([9.0, 9.2])


@pytest.mark.parametrize(("left", "turns"), [(0, [10.2, 10.4]), (1, [10.0, 10.2]), (7, [10.0] * 2)])
def test_what_others_used_up_is_waited_for(left: int, turns: list[float]) -> None:
    pace = TokenBucket(per_second=5, burst=3)
    pace.apply_server_limits(told(left=left), asked_at=10.0)
    assert [pace.take(10.0) for _ in range(2)] == pytest.approx(turns)


def test_a_late_answer_tells_of_the_past() -> None:
    pace = TokenBucket(per_second=5, burst=3)
    pace.apply_server_limits(told(left=0), asked_at=10.0)
    assert [pace.take(70.0) for _ in range(3)] == pytest.approx([70.0] * 3)


LIMITS = st.builds(ServerLimits, *[st.none() | st.integers(least, 100_000) for least in (1, 1, 0)])


@given(
    st.lists(st.tuples(LIMITS, SECONDS), max_size=10),
    st.lists(SECONDS, min_size=1, max_size=40),
)
def test_no_limit_makes_anybody_faster(
    heard: Sequence[tuple[ServerLimits, float]], asks: Sequence[float]
) -> None:
    free, heeding = TokenBucket(per_second=5, burst=4), TokenBucket(per_second=5, burst=4)
    for limits, asked_at in heard:
        heeding.apply_server_limits(limits, asked_at)
    for now in sorted(asks):
        assert heeding.take(now) >= free.take(now) - MARGIN
