"""The idle timeout and the deadline, with a clock that is set by hand."""

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
def test_read_timeout_is_the_shorter_of_timeout_and_time_left(
    clock: Clock, timeout: float | None, deadline: float, passed: float, read_timeout: float | None
) -> None:
    timer = CallTimer(clock, timeout, clock.time + deadline)
    clock.time += passed
    assert timer.read_timeout() == read_timeout
    assert timer.seconds_left() == deadline - passed


def test_idle_timeout_is_an_error(clock: Clock) -> None:
    timer = CallTimer(clock, 60, inf)
    clock.time += 60
    timer.check()
    clock.time += 0.5
    with pytest.raises(RequestTimeoutError, match="no usable data for 60 s") as caught:
        timer.check()
    assert "`timeout`" in str(caught.value.hint)


def test_resetting_the_idle_timer_allows_long_calls(clock: Clock) -> None:
    timer = CallTimer(clock, 60, inf)
    for _ in range(10):
        clock.time += 50
        timer.check()
        timer.reset_idle_timer()
    clock.time += 61
    with pytest.raises(RequestTimeoutError):
        timer.check()


def test_deadline_is_independent_of_the_idle_timer(clock: Clock) -> None:
    timer = CallTimer(clock, 60, clock.time + 90)
    clock.time += 50
    timer.reset_idle_timer()
    timer.check()
    clock.time += 40
    timer.reset_idle_timer()
    with pytest.raises(RequestTimeoutError, match="deadline") as caught:
        timer.check()
    assert "`deadline`" in str(caught.value.hint)


def test_no_limits_by_default(clock: Clock) -> None:
    timer = CallTimer(clock, None, inf)
    clock.time += 1e9
    timer.check()
    assert timer.seconds_left() == inf


def test_attempts_are_counted_and_reset_the_idle_timer(clock: Clock) -> None:
    timer = CallTimer(clock, 60, inf)
    assert timer.attempts == 0
    for attempt in (1, 2):
        clock.time += 50
        timer.begin_attempt()
        assert timer.attempts == attempt
        timer.check()
    clock.time += 61
    with pytest.raises(RequestTimeoutError):
        timer.check()


def test_no_attempt_starts_after_the_deadline(clock: Clock) -> None:
    timer = CallTimer(clock, 60, clock.time + 90)
    clock.time += 90
    with pytest.raises(RequestTimeoutError, match="deadline"):
        timer.begin_attempt()
    assert timer.attempts == 0


@pytest.mark.parametrize(
    ("deadline", "left"), [(inf, CLOSE_TIMEOUT), (30, CLOSE_TIMEOUT), (0.05, 0.05)]
)
def test_closing_takes_little_time(clock: Clock, deadline: float, left: float) -> None:
    timer = CallTimer(clock, 60, clock.time + deadline)
    timer.shorten_for_close()
    assert timer.read_timeout() == pytest.approx(left)


SECONDS = st.floats(0, 1000)


@given(
    st.lists(
        st.tuples(SECONDS, st.sampled_from(["reset_idle_timer", "begin_attempt", ""])), max_size=20
    ),
    st.none() | st.floats(0.1, 1000),
    st.floats(0, 3000),
)
def test_read_timeout_never_exceeds_the_limits(
    steps: list[tuple[float, str]], timeout: float | None, deadline: float
) -> None:
    clock = Clock()
    ends_at = clock.time + deadline
    timer = CallTimer(clock, timeout, ends_at)
    idle_since = clock.time
    attempts = 0
    for passed, method in steps:
        clock.time += passed
        too_late = clock.time >= ends_at
        is_idle = timeout is not None and clock.time - idle_since > timeout
        if too_late or is_idle:
            with pytest.raises(
                RequestTimeoutError, match="deadline" if too_late else "no usable data"
            ):
                timer.check()
        else:
            timer.check()
        wait = timer.read_timeout()
        assert wait is not None
        assert wait >= MIN_TIMEOUT
        assert clock.time + wait <= max(ends_at, clock.time) + MIN_TIMEOUT + 1e-9
        if method:
            if method == "begin_attempt" and too_late:
                with pytest.raises(RequestTimeoutError, match="deadline"):
                    timer.begin_attempt()
            else:
                getattr(timer, method)()
                attempts += method == "begin_attempt"
            idle_since = clock.time
    assert timer.attempts == attempts
