"""Retries: which, how long they wait, when they stop, and what they cost in an outage."""

from collections.abc import Callable
from math import inf
from random import Random
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenacity import RetryCallState, Retrying

from ionos_model_hub.errors import (
    BadRequestError,
    ConfigurationError,
    ConnectionFailedError,
    IncompleteStreamError,
    ModelHubError,
    NotFoundError,
    RateLimitError,
    RequestTimeoutError,
    ResponseError,
    ServerError,
)
from ionos_model_hub.policy.retry import (
    MAX_RETRY_AFTER,
    MAX_WAIT,
    RetryBudget,
    RetryPolicy,
    is_retryable,
    wait_before_retry,
)
from ionos_model_hub.wire.response_types import ChatCompletion

DRAWS = st.floats(0, 1, exclude_max=True)


def state_of(
    error: BaseException | None, attempt: int = 1, upcoming_sleep: float = 0.0
) -> RetryCallState:
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempt
    state.upcoming_sleep = upcoming_sleep
    if error is None:
        state.set_result("good")
    else:
        state.set_exception((type(error), error, None))
    return state


def policy(
    max_retries: int = 2,
    budget: RetryBudget | None = None,
    seconds_left: float = inf,
    draw: float = 0.5,
) -> RetryPolicy:
    return RetryPolicy(max_retries, budget or RetryBudget(), lambda: seconds_left, lambda: draw)


# -- which


@pytest.mark.parametrize(
    ("error", "retried"),
    [
        (ServerError("x"), True),
        (RateLimitError("x"), True),
        (ConnectionFailedError("x"), True),
        (RequestTimeoutError("x"), True),
        (IncompleteStreamError("x"), True),
        (BadRequestError("x"), False),
        (NotFoundError("x"), False),
        (ResponseError("x"), False),
        (ConfigurationError("x"), False),
        (ServerError("x", partial=ChatCompletion()), False),
        (ValueError("x"), False),
        (KeyboardInterrupt(), False),
    ],
)
def test_which_failures_are_retried(error: BaseException, retried: bool) -> None:
    assert is_retryable(error) is retried
    assert policy().retry(state_of(error)) is retried


def test_an_error_may_say_that_it_is_final() -> None:
    error = ServerError("x")
    error.retryable = False
    assert not is_retryable(error)


def test_good_answers_are_not_retried() -> None:
    assert not policy().retry(state_of(None))
    assert not policy().retry(RetryCallState(Retrying(), None, (), {}))


# -- how long


@given(DRAWS, st.integers(1, 40))
def test_the_jitter_stays_within_its_bounds(draw: float, attempt: int) -> None:
    wait = wait_before_retry(ServerError("x"), attempt, draw)
    assert 0.1 <= wait <= max(0.1, min(MAX_WAIT, 0.5 * 2 ** (attempt - 1)))


@pytest.mark.parametrize(
    ("attempt", "wait"), [(1, 0.25), (2, 0.5), (3, 1), (4, 2), (5, 4), (6, 4), (30, 4)]
)
def test_waits_double_up_to_a_cap(attempt: int, wait: float) -> None:
    assert wait_before_retry(ServerError("x"), attempt, 0.5) == wait


def test_the_jitter_is_full() -> None:
    assert wait_before_retry(ServerError("x"), 5, 0.0) == 0.1
    assert wait_before_retry(ServerError("x"), 5, 0.999) == pytest.approx(8, rel=0.01)


@given(DRAWS, st.integers(1, 40), st.floats(0, 100))
def test_retry_after_is_never_undercut(draw: float, attempt: int, asked: float) -> None:
    wait = wait_before_retry(RateLimitError("x", retry_after=asked), attempt, draw)
    assert asked <= wait <= max(0.1, asked * 1.1)


def test_retry_after_is_spread() -> None:
    error = ServerError("x", retry_after=10)
    assert wait_before_retry(error, 1, 0.0) == 10
    assert wait_before_retry(error, 1, 0.5) == 10.5


def test_the_policy_draws_for_itself() -> None:
    assert policy(draw=0.5).wait(state_of(ServerError("x"), attempt=3)) == 1
    assert policy(draw=0.2).wait(state_of(ServerError("x"), attempt=3)) == pytest.approx(0.4)
    assert policy(draw=0.5).wait(state_of(ValueError("x"))) == 0.25


# -- when it stops


@pytest.mark.parametrize(
    ("max_retries", "attempt", "stops"),
    [(0, 1, True), (1, 1, False), (1, 2, True), (2, 2, False), (2, 3, True)],
)
def test_the_number_of_retries(max_retries: int, attempt: int, stops: bool) -> None:
    assert policy(max_retries).stop(state_of(ServerError("x"), attempt)) is stops


@pytest.mark.parametrize(
    ("retry_after", "stops"),
    [(None, False), (0.0, False), (MAX_RETRY_AFTER, False), (MAX_RETRY_AFTER + 0.1, True)],
)
def test_nobody_waits_longer_than_a_minute(retry_after: float | None, stops: bool) -> None:
    error = RateLimitError("x", retry_after=retry_after)
    assert policy().stop(state_of(error)) is stops


@pytest.mark.parametrize(("sleep", "stops"), [(4.9, False), (5.0, True), (6.0, True)])
def test_no_wait_ends_past_the_deadline(sleep: float, stops: bool) -> None:
    state = state_of(ServerError("x"), upcoming_sleep=sleep)
    assert policy(seconds_left=5.0).stop(state) is stops


def test_an_empty_budget_stops() -> None:
    budget = RetryBudget(size=14)
    assert not policy(budget=budget).stop(state_of(ServerError("x")))
    assert policy(budget=budget).stop(state_of(ServerError("x")))


@pytest.mark.parametrize(
    ("state", "left"),
    [
        (state_of(ServerError("x"), attempt=3), inf),
        (state_of(ServerError("x", retry_after=61)), inf),
        (state_of(ServerError("x"), upcoming_sleep=9), 5.0),
    ],
)
def test_what_is_not_retried_costs_nothing(state: RetryCallState, left: float) -> None:
    budget = RetryBudget(size=14)
    assert policy(budget=budget, seconds_left=left).stop(state)
    assert budget.spend(throttled=False)


# -- what it costs


def spendable(budget: RetryBudget, *, throttled: bool) -> int:
    count = 0
    while budget.spend(throttled=throttled):
        count += 1
    return count


def test_a_full_budget_lasts_for_35_retries_or_100_throttled_ones() -> None:
    assert spendable(RetryBudget(), throttled=False) == 35
    assert spendable(RetryBudget(), throttled=True) == 100


def test_good_answers_earn() -> None:
    budget = RetryBudget()
    spendable(budget, throttled=False)
    for _ in range(28):
        budget.earn()
    assert spendable(budget, throttled=False) == 2


def test_a_retry_that_helps_is_paid_back() -> None:
    budget = RetryBudget()
    for _ in range(1000):
        budget.earn(budget.spend(throttled=False) + budget.spend(throttled=False))
    assert spendable(budget, throttled=False) == 35


def test_a_throttled_retry_that_helps_is_paid_back_and_no_more() -> None:
    budget = RetryBudget(size=100)
    spent = sum(budget.spend(throttled=False) for _ in range(5))
    budget.earn(budget.spend(throttled=True))
    assert spendable(budget, throttled=True) == (100 - spent + RetryBudget.EARNED) // 5 == 6


def test_a_policy_knows_what_its_retries_cost() -> None:
    rules = policy(budget=RetryBudget())
    for error in (ServerError("x"), RateLimitError("x")):
        assert not rules.stop(state_of(error))
    assert rules.paid == RetryBudget.COST + RetryBudget.THROTTLED_COST


@given(st.lists(st.sampled_from(["spend", "throttled", "earn", "earn2"])), st.integers(0, 60))
def test_a_budget_is_never_overdrawn_nor_overfull(steps: list[str], size: int) -> None:
    budget = RetryBudget(size)
    left = size
    for step in steps:
        if step.startswith("earn"):
            paid = 28 if step == "earn2" else 0
            budget.earn(paid)
            left = min(size, left + 1 + paid)
        else:
            cost = 5 if step == "throttled" else 14
            assert budget.spend(throttled=step == "throttled") == (cost if cost <= left else 0)
            left -= cost if cost <= left else 0


class Outage:
    """A server that is down for a while, and a clock that only sleeping moves."""

    def __init__(self, error: Callable[[], ModelHubError], ends_at: float) -> None:
        self.now = 0.0
        self.requests = 0
        self._error = error
        self._ends_at = ends_at

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def request(self) -> str:
        self.requests += 1
        if self.now >= self._ends_at:
            return "good"
        raise self._error()


def call(outage: Outage, budget: RetryBudget, random: Random) -> None:
    outage.sleep(0.02)
    rules = RetryPolicy(2, budget, lambda: inf, random.random)
    retrying = Retrying(
        sleep=outage.sleep, retry=rules.retry, wait=rules.wait, stop=rules.stop, reraise=True
    )
    before = outage.requests
    try:
        retrying(outage.request)
    except ModelHubError:
        assert outage.requests - before <= 3
    else:
        budget.earn(rules.paid)


@pytest.mark.parametrize(
    "error",
    [
        lambda: ServerError("x"),
        lambda: RateLimitError("x"),
        lambda: RateLimitError("x", retry_after=0.1),
        lambda: ConnectionFailedError("x"),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_an_outage_does_not_multiply_the_load(
    error: Callable[[], ModelHubError], seed: int
) -> None:
    outage, budget, random = Outage(error, ends_at=60.0), RetryBudget(), Random(seed)
    calls = 0
    while outage.now < 60.0:
        calls += 1
        call(outage, budget, random)
    in_outage = outage.requests
    for _ in range(500):
        call(outage, budget, random)
    assert calls > 500
    assert calls < in_outage <= 1.2 * calls
    assert outage.requests - in_outage == 500
    assert spendable(budget, throttled=False) == 35


def test_many_calls_of_an_outage_send_hardly_more_requests() -> None:
    def down() -> NoReturn:
        nonlocal requests
        requests += 1
        raise RateLimitError("x", retry_after=0.1)

    requests, budget, random = 0, RetryBudget(), Random(0)
    for _ in range(1000):
        rules = RetryPolicy(2, budget, lambda: inf, random.random)
        retrying = Retrying(
            sleep=lambda _: None, retry=rules.retry, wait=rules.wait, stop=rules.stop, reraise=True
        )
        with pytest.raises(RateLimitError):
            retrying(down)
    assert 1000 < requests <= 1200
