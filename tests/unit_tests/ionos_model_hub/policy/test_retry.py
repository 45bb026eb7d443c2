"""Which failures are retried, after how long, and when retries stop."""

from math import inf

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
    is_throttled,
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
def test_retryable_failures(error: BaseException, retried: bool) -> None:
    assert is_retryable(error) is retried
    assert policy().retry(state_of(error)) is retried


def test_error_marked_as_final_is_not_retried() -> None:
    error = ServerError("x")
    error.retryable = False
    assert not is_retryable(error)


def test_success_is_not_retried() -> None:
    assert not policy().retry(state_of(None))
    assert not policy().retry(RetryCallState(Retrying(), None, (), {}))


@given(DRAWS, st.integers(1, 40))
def test_jitter_stays_within_its_bounds(draw: float, attempt: int) -> None:
    wait = wait_before_retry(ServerError("x"), attempt, draw)
    assert 0.1 <= wait <= max(0.1, min(MAX_WAIT, 0.5 * 2 ** (attempt - 1)))


@pytest.mark.parametrize(
    ("attempt", "wait"), [(1, 0.25), (2, 0.5), (3, 1), (4, 2), (5, 4), (6, 4), (30, 4)]
)
def test_waits_double_up_to_a_maximum(attempt: int, wait: float) -> None:
    assert wait_before_retry(ServerError("x"), attempt, 0.5) == wait


def test_full_jitter() -> None:
    assert wait_before_retry(ServerError("x"), 5, 0.0) == 0.1
    assert wait_before_retry(ServerError("x"), 5, 0.999) == pytest.approx(8, rel=0.01)


@given(DRAWS, st.integers(1, 40), st.floats(0, 100))
def test_retry_after_is_a_lower_bound(draw: float, attempt: int, retry_after: float) -> None:
    wait = wait_before_retry(RateLimitError("x", retry_after=retry_after), attempt, draw)
    assert retry_after <= wait <= max(0.1, retry_after * 1.1)


def test_retry_after_has_jitter() -> None:
    error = ServerError("x", retry_after=10)
    assert wait_before_retry(error, 1, 0.0) == 10
    assert wait_before_retry(error, 1, 0.5) == 10.5


def test_policy_uses_its_random_numbers() -> None:
    assert policy(draw=0.5).wait(state_of(ServerError("x"), attempt=3)) == 1
    assert policy(draw=0.2).wait(state_of(ServerError("x"), attempt=3)) == pytest.approx(0.4)
    assert policy(draw=0.5).wait(state_of(ValueError("x"))) == 0.25


def test_policy_waits_as_long_as_the_server_requires() -> None:
    assert policy(draw=0.5).wait(state_of(ServerError("x", retry_after=10))) == 10.5


@pytest.mark.parametrize(
    ("max_retries", "attempt", "stops"),
    [(0, 1, True), (1, 1, False), (1, 2, True), (2, 2, False), (2, 3, True)],
)
def test_retries_stop_at_max_retries(max_retries: int, attempt: int, stops: bool) -> None:
    assert policy(max_retries).stop(state_of(ServerError("x"), attempt)) is stops


@pytest.mark.parametrize(
    ("retry_after", "stops"),
    [(None, False), (0.0, False), (MAX_RETRY_AFTER, False), (MAX_RETRY_AFTER + 0.1, True)],
)
def test_retries_stop_if_retry_after_exceeds_a_minute(
    retry_after: float | None, stops: bool
) -> None:
    error = RateLimitError("x", retry_after=retry_after)
    assert policy().stop(state_of(error)) is stops


@pytest.mark.parametrize(("sleep", "stops"), [(4.9, False), (5.0, True), (6.0, True)])
def test_retries_stop_if_the_wait_would_pass_the_deadline(sleep: float, stops: bool) -> None:
    state = state_of(ServerError("x"), upcoming_sleep=sleep)
    assert policy(seconds_left=5.0).stop(state) is stops


def test_retries_stop_when_the_budget_is_empty() -> None:
    budget, state = RetryBudget(size=14), state_of(ServerError("x"))
    assert not policy(budget=budget).stop(state)
    policy(budget=budget).before_sleep(state)
    assert policy(budget=budget).stop(state)


def test_retry_of_a_throttled_request_needs_less_of_the_budget() -> None:
    budget = RetryBudget(size=RetryBudget.THROTTLED_COST)
    assert not policy(budget=budget).stop(state_of(RateLimitError("x")))
    assert policy(budget=budget).stop(state_of(ServerError("x")))


def test_deciding_costs_nothing() -> None:
    budget, state = RetryBudget(size=14), state_of(ServerError("x"))
    for _ in range(100):
        assert not policy(budget=budget).stop(state)


@pytest.mark.parametrize(
    ("state", "left"),
    [
        (state_of(ServerError("x"), attempt=3), inf),
        (state_of(ServerError("x", retry_after=61)), inf),
        (state_of(ServerError("x"), upcoming_sleep=9), 5.0),
    ],
)
def test_failure_that_is_not_retried_costs_nothing(state: RetryCallState, left: float) -> None:
    budget = RetryBudget(size=14)
    assert policy(budget=budget, seconds_left=left).stop(state)
    assert budget.spend(throttled=False)


@pytest.mark.parametrize(
    ("error", "throttled"),
    [
        (RateLimitError("x"), True),
        (ServerError("x", status_code=529), True),
        (ServerError("x", status_code=503), False),
        (ConnectionFailedError("x"), False),
        (None, False),
    ],
)
def test_throttled_statuses(error: ModelHubError | None, throttled: bool) -> None:
    assert is_throttled(error) is throttled


def test_policy_counts_the_cost_of_its_retries() -> None:
    rules = policy()
    for error in (ServerError("x"), RateLimitError("x"), ServerError("x", status_code=529)):
        rules.before_sleep(state_of(error))
    assert rules.spent == RetryBudget.COST + 2 * RetryBudget.THROTTLED_COST
