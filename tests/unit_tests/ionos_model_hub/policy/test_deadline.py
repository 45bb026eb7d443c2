"""The timeout of each phase and the deadline, with a clock that is set by hand."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.errors import ConnectionFailedError, RequestTimeoutError
from ionos_model_hub.policy.deadline import (
    CLOSE_TIMEOUT,
    MAX_LATE_BYTES,
    MAX_TIMEOUT,
    MIN_TIMEOUT,
    CallTimer,
)


class Clock:
    time = 100.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize(
    ("timeout", "deadline", "passed", "head_timeout", "read_timeout"),
    [
        (60, inf, 0, 60, 60),
        (60, inf, 45, 60, 15),
        (60, inf, 1000, 60, 0),
        (None, inf, 1000, None, None),
        (None, 30, 0, 30, 30),
        (None, 30, 10, 20, 20),
        (60, 30, 0, 30, 30),
        (60, 90, 40, 50, 20),
        (60, 30, 30, MIN_TIMEOUT, 0),
        (60, 30, 31, MIN_TIMEOUT, 0),
        (None, 30, 31, MIN_TIMEOUT, 0),
        (MAX_TIMEOUT, inf, 0, MAX_TIMEOUT, MAX_TIMEOUT),
        (MAX_TIMEOUT + 1, inf, 0, None, None),
        (None, MAX_TIMEOUT + 1, 0, None, None),
        (None, MAX_TIMEOUT + 1, 1, MAX_TIMEOUT, MAX_TIMEOUT),
    ],
)
def test_timeouts_are_limited_by_the_deadline(
    clock: Clock,
    timeout: float | None,
    deadline: float,
    passed: float,
    head_timeout: float | None,
    read_timeout: float | None,
) -> None:
    timer = CallTimer(clock, timeout, clock.time + deadline)
    clock.time += passed
    assert timer.head_timeout() == head_timeout
    assert timer.read_timeout() == read_timeout
    assert timer.seconds_left() == deadline - passed


def test_each_phase_has_its_own_timeout(clock: Clock) -> None:
    timer = CallTimer(clock, 60, inf)
    for _ in range(10):
        clock.time += 59
        assert timer.read_timeout() == 1
        timer.start_phase()
    assert timer.read_timeout() == 60


def test_new_phase_does_not_move_the_deadline(clock: Clock) -> None:
    timer = CallTimer(clock, 60, clock.time + 90)
    for passed, left in ((50, 40), (30, 10), (10, 0)):
        clock.time += passed
        timer.start_phase()
        assert timer.read_timeout() == left


def test_data_that_has_arrived_is_read_after_a_limit(clock: Clock) -> None:
    timer = CallTimer(clock, 60, inf)
    clock.time += 1000
    timer.check(MAX_LATE_BYTES)


def test_data_is_read_if_the_deadline_passed_before_the_timer_began(clock: Clock) -> None:
    timer = CallTimer(clock, 60, clock.time - 1)
    timer.check(MAX_LATE_BYTES)
    with pytest.raises(RequestTimeoutError):
        timer.check(1)


@pytest.mark.parametrize(
    ("deadline", "message", "hint"),
    [
        (inf, "The server sent no usable data for 60 s.", "Increase `timeout`."),
        (90.5, "The server sent no usable data for 60 s.", "Increase `timeout`."),
        (90, "The call took longer than its deadline.", "Increase `deadline`."),
    ],
)
def test_endless_data_after_a_limit_is_an_error(
    clock: Clock, deadline: float, message: str, hint: str
) -> None:
    timer = CallTimer(clock, 60, clock.time + deadline)
    clock.time += 60
    timer.check(MAX_LATE_BYTES + 1)
    clock.time += 30
    timer.check(MAX_LATE_BYTES)
    with pytest.raises(RequestTimeoutError) as caught:
        timer.check(1)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_new_phase_forgets_late_data_unless_the_deadline_has_passed(clock: Clock) -> None:
    timer = CallTimer(clock, 60, clock.time + 90)
    clock.time += 61
    timer.check(MAX_LATE_BYTES)
    timer.start_phase()
    clock.time += 30
    timer.check(MAX_LATE_BYTES)
    timer.start_phase()
    with pytest.raises(RequestTimeoutError, match="deadline"):
        timer.check(1)


def test_phase_that_begins_at_the_deadline_allows_no_more_late_data(clock: Clock) -> None:
    timer = CallTimer(clock, 60, clock.time + 90)
    clock.time += 61
    timer.check(MAX_LATE_BYTES)
    clock.time += 29
    timer.start_phase()
    clock.time += 1
    with pytest.raises(RequestTimeoutError, match="deadline"):
        timer.check(1)


def test_no_limits_by_default(clock: Clock) -> None:
    timer = CallTimer(clock, None, inf)
    clock.time += 1e9
    timer.check(2 * MAX_LATE_BYTES)
    assert timer.seconds_left() == inf


def test_attempts_are_counted(clock: Clock) -> None:
    timer = CallTimer(clock, 60, inf)
    for attempt in range(3):
        assert timer.attempts == attempt
        timer.begin_attempt()


def test_no_attempt_starts_after_the_deadline(clock: Clock) -> None:
    timer = CallTimer(clock, 60, clock.time + 90)
    clock.time += 90
    with pytest.raises(RequestTimeoutError, match="deadline"):
        timer.begin_attempt()
    assert timer.attempts == 0


@pytest.mark.parametrize(
    ("passed", "message", "hint"),
    [
        (89.5, "No data.", "Wait."),
        (90.0, "The call took longer than its deadline.", "Increase `deadline`."),
    ],
)
def test_deadline_is_named_in_errors_of_waits_that_it_ended(
    clock: Clock, passed: float, message: str, hint: str
) -> None:
    timer = CallTimer(clock, 60, clock.time + 90)
    clock.time += passed
    error = RequestTimeoutError("No data.", hint="Wait.")
    timer.explain(error)
    assert (error.message, error.hint) == (message, hint)
    assert error.args == (message,)


def test_other_errors_do_not_mention_the_deadline(clock: Clock) -> None:
    timer = CallTimer(clock, 60, clock.time - 1)
    error = ConnectionFailedError("Reset.")
    timer.explain(error)
    assert error.message == "Reset."


@pytest.mark.parametrize(
    ("deadline", "left"), [(inf, CLOSE_TIMEOUT), (30, CLOSE_TIMEOUT), (0.05, 0.05)]
)
def test_closing_takes_little_time(clock: Clock, deadline: float, left: float) -> None:
    timer = CallTimer(clock, 60, clock.time + deadline)
    timer.shorten_for_close()
    assert timer.read_timeout() == pytest.approx(left)


@given(
    st.lists(st.tuples(st.floats(0, 1000), st.booleans()), max_size=20),
    st.none() | st.floats(0.1, 1000),
    st.floats(0, 3000),
)
def test_reads_never_wait_past_a_limit(
    steps: list[tuple[float, bool]], timeout: float | None, deadline: float
) -> None:
    clock = Clock()
    ends_at = clock.time + deadline
    timer = CallTimer(clock, timeout, ends_at)
    started_at = clock.time
    for passed, starts_phase in steps:
        clock.time += passed
        if starts_phase:
            timer.start_phase()
            started_at = clock.time
        wait = timer.read_timeout()
        assert wait is not None
        assert wait >= 0
        limit = min(ends_at, inf if timeout is None else started_at + timeout)
        assert clock.time + wait == pytest.approx(max(limit, clock.time))


def test_an_attempt_may_begin_until_the_deadline(clock: Clock) -> None:
    timer = CallTimer(clock, timeout=None, ends_at=clock() + 1)
    clock.time += 0.5

    timer.begin_attempt()

    assert timer.attempts == 1
