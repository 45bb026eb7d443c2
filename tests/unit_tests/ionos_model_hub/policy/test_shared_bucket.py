"""Operations on stored state give the same results as a bucket in memory."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.policy.shared_bucket import Grant, Operation, StoredState, run_operation
from ionos_model_hub.policy.token_bucket import FULL, BucketLimits, BucketState, TokenBucket

LIMITS = BucketLimits(5.0, 3)

KINDS = st.sampled_from(["reserve", "refund", "pause", "next_slot"])
STEPS = st.lists(st.tuples(KINDS, st.integers(1, 4), st.floats(0, 5)), max_size=40)


@given(STEPS)
def test_operations_match_a_bucket_in_memory(steps: list[tuple[str, int, float]]) -> None:
    now, state, bucket = 100.0, FULL, TokenBucket(*LIMITS)
    for kind, amount, seconds in steps:
        now += seconds
        state, grant = run_operation(state, LIMITS, Operation(kind, amount), now)  # type: ignore[arg-type]
        arguments = (now,) if kind == "next_slot" else (now, amount)
        usable_at = getattr(bucket, kind)(*arguments)
        assert grant.wait == (0 if usable_at is None else usable_at - now)
        assert grant.pause_left == max(0.0, bucket.paused_until - now)
        assert state == bucket.state


def test_full_bucket_grants_its_burst_at_once() -> None:
    state, waits = FULL, []
    for _ in range(4):
        state, grant = run_operation(state, LIMITS, Operation("reserve", 1), 50.0)
        waits.append(grant.wait)
    assert waits == pytest.approx([0, 0, 0, 0.2])


def test_all_refunded_tokens_are_available_again() -> None:
    state, _ = run_operation(FULL, LIMITS, Operation("reserve", 5), 50.0)
    state, _ = run_operation(state, LIMITS, Operation("refund", 3), 50.0)
    _, grant = run_operation(state, LIMITS, Operation("reserve", 2), 50.0)
    assert grant.wait == pytest.approx(0.2)


def test_infinite_rate_waits_only_for_pauses() -> None:
    unlimited = BucketLimits(inf, 1)
    state, _ = run_operation(FULL, unlimited, Operation("pause", 3), 50.0)
    assert run_operation(state, unlimited, Operation("reserve", 9), 51.0)[1] == Grant(2.0, 2.0)


def test_state_is_unchanged_while_the_clock_advances() -> None:
    state = BucketState(12.0, 11.0, 10.0)
    assert StoredState(state, 10.0).at(10.0) == state
    assert StoredState(state, 10.0).at(1000.0) == state


def test_clock_that_was_set_back_keeps_the_waits() -> None:
    stored = StoredState(BucketState(1012.0, 1011.0, 1010.0), 1010.0)
    assert stored.at(5.0) == BucketState(7.0, 6.0, 5.0)
    assert StoredState(FULL, 1010.0).at(5.0) == FULL
