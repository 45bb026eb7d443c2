"""Silence and deadlines, told by a clock that is set by hand."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.errors import RequestTimeoutError
from ionos_model_hub.policy.deadline import CLOSE_TIMEOUT, MIN_TIMEOUT, CallTimer


class Clock:
    time = 100.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize(
    ("timeout", "deadline", "passed", "read_timeout"),
    [
        (60, inf, 0, 60),
        (60, inf, 1000, 60),
        (None, inf, 0, None),
        (None, 30, 0, 30),
        (None, 30, 10, 20),
        (60, 30, 0, 30),
        (60, 90, 40, 50),
        (60, 30, 30, MIN_TIMEOUT),
        (60, 30, 31, MIN_TIMEOUT),
        (None, 30, 31, MIN_TIMEOUT),
    ],
)
def test_a_read_lasts_no_longer_than_either(
    clock: Clock, timeout: float | None, deadline: float, passed: float, read_timeout: float | None
) -> None:
    watch = CallTimer(clock, timeout, clock.time + deadline)
    clock.time += passed
    assert watch.read_timeout() == read_timeout
    assert watch.seconds_left() == deadline - passed


def test_silence_is_told_by_its_length(clock: Clock) -> None:
    watch = CallTimer(clock, 60, inf)
    clock.time += 60
    watch.check()
    clock.time += 0.5
    with pytest.raises(RequestTimeoutError, match="nothing useful for 60 s") as caught:
        watch.check()
    assert "`timeout`" in str(caught.value.hint)


def test_a_sign_of_life_ends_the_silence(clock: Clock) -> None:
    watch = CallTimer(clock, 60, inf)
    for _ in range(10):
        clock.time += 50
        watch.check()
        watch.reset_idle_timer()
    clock.time += 61
    with pytest.raises(RequestTimeoutError):
        watch.check()


def test_the_deadline_counts_signs_of_life_or_not(clock: Clock) -> None:
    watch = CallTimer(clock, 60, clock.time + 90)
    clock.time += 50
    watch.reset_idle_timer()
    watch.check()
    clock.time += 40
    watch.reset_idle_timer()
    with pytest.raises(RequestTimeoutError, match="deadline") as caught:
        watch.check()
    assert "`deadline`" in str(caught.value.hint)


def test_without_bounds_nothing_is_too_long(clock: Clock) -> None:
    watch = CallTimer(clock, None, inf)
    clock.time += 1e9
    watch.check()
    assert watch.seconds_left() == inf


def test_attempts_are_counted_and_end_the_silence(clock: Clock) -> None:
    watch = CallTimer(clock, 60, inf)
    assert watch.attempts == 0
    for attempt in (1, 2):
        clock.time += 50
        watch.begin_attempt()
        assert watch.attempts == attempt
        watch.check()
    clock.time += 61
    with pytest.raises(RequestTimeoutError):
        watch.check()


def test_no_attempt_begins_after_the_deadline(clock: Clock) -> None:
    watch = CallTimer(clock, 60, clock.time + 90)
    clock.time += 90
    with pytest.raises(RequestTimeoutError, match="deadline"):
        watch.begin_attempt()
    assert watch.attempts == 0


@pytest.mark.parametrize(
    ("deadline", "left"), [(inf, CLOSE_TIMEOUT), (30, CLOSE_TIMEOUT), (0.05, 0.05)]
)
def test_little_time_is_left_once_all_was_said(clock: Clock, deadline: float, left: float) -> None:
    watch = CallTimer(clock, 60, clock.time + deadline)
    watch.shorten_for_close()
    assert watch.read_timeout() == pytest.approx(left)


SECONDS = st.floats(0, 1000)


@given(
    st.lists(st.tuples(SECONDS, st.sampled_from(["reset_idle_timer", "begin_attempt", ""])), max_size=20),
    st.none() | st.floats(0.1, 1000),
    st.floats(0, 3000),
)
def test_no_wait_outlasts_silence_or_deadline(
    steps: list[tuple[float, str]], timeout: float | None, deadline: float
) -> None:
    clock = Clock()
    ends_at = clock.time + deadline
    watch = CallTimer(clock, timeout, ends_at)
    heard = clock.time
    attempts = 0
    for passed, said in steps:
        clock.time += passed
        too_late = clock.time >= ends_at
        too_long = timeout is not None and clock.time - heard > timeout
        if too_late or too_long:
            with pytest.raises(RequestTimeoutError, match="deadline" if too_late else "nothing"):
                watch.check()
        else:
            watch.check()
        wait = watch.read_timeout()
        assert wait is not None
        assert wait >= MIN_TIMEOUT
        assert clock.time + wait <= max(ends_at, clock.time) + MIN_TIMEOUT + 1e-9
        if said:
            if said == "begin_attempt" and too_late:
                with pytest.raises(RequestTimeoutError, match="deadline"):
                    watch.begin_attempt()
            else:
                getattr(watch, said)()
                attempts += said == "begin_attempt"
            heard = clock.time
    assert watch.attempts == attempts
