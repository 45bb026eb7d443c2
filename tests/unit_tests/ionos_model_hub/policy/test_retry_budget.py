"""Cost of retries in an outage."""

from collections.abc import Callable
from math import inf
from random import Random
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenacity import Retrying

from ionos_model_hub.errors import (
    ConnectionFailedError,
    ModelHubError,
    RateLimitError,
    ServerError,
)
from ionos_model_hub.policy.retry import RetryBudget, RetryPolicy


def spendable(budget: RetryBudget, *, throttled: bool) -> int:
    count = 0
    while budget.spend(throttled=throttled):
        count += 1
    return count


def test_full_budget_lasts_for_35_retries_or_100_throttled_ones() -> None:
    assert spendable(RetryBudget(), throttled=False) == 35
    assert spendable(RetryBudget(), throttled=True) == 100


def test_successes_earn() -> None:
    budget = RetryBudget()
    spendable(budget, throttled=False)
    for _ in range(28):
        budget.earn()
    assert spendable(budget, throttled=False) == 2


def test_empty_budget_earns_a_throttled_retry_in_five_successes() -> None:
    budget = RetryBudget()
    spendable(budget, throttled=True)
    for _ in range(4):
        budget.earn()
    assert budget.spend(throttled=True) == 0
    budget.earn()
    assert budget.spend(throttled=True) == RetryBudget.THROTTLED_COST


def test_cost_of_a_successful_retry_is_refunded() -> None:
    budget = RetryBudget()
    for _ in range(1000):
        budget.earn(budget.spend(throttled=False) + budget.spend(throttled=False))
    assert spendable(budget, throttled=False) == 35


def test_refund_is_the_cost_of_the_retry() -> None:
    budget = RetryBudget(size=100)
    spent = sum(budget.spend(throttled=False) for _ in range(5))
    budget.earn(budget.spend(throttled=True))
    assert spendable(budget, throttled=True) == (100 - spent + RetryBudget.EARNED) // 5 == 6


@given(st.lists(st.sampled_from(["spend", "throttled", "earn", "earn2"])), st.integers(0, 60))
def test_budget_is_never_overdrawn_or_overfull(steps: list[str], size: int) -> None:
    budget = RetryBudget(size)
    left = size
    for step in steps:
        if step.startswith("earn"):
            refund = 28 if step == "earn2" else 0
            budget.earn(refund)
            left = min(size, left + 1 + refund)
        else:
            cost = 5 if step == "throttled" else 14
            assert budget.spend(throttled=step == "throttled") == (cost if cost <= left else 0)
            left -= cost if cost <= left else 0


class Outage:
    """A server that is down for a while, and a clock that advances only by sleeping."""

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


def retrying(rules: RetryPolicy, sleep: Callable[[float], None]) -> Retrying:
    return Retrying(
        sleep=sleep,
        retry=rules.retry,
        wait=rules.wait,
        stop=rules.stop,
        before_sleep=rules.before_sleep,
        reraise=True,
    )


def call(outage: Outage, budget: RetryBudget, random: Random) -> None:
    outage.sleep(0.02)
    rules = RetryPolicy(2, budget, lambda: inf, random.random)
    before = outage.requests
    try:
        retrying(rules, outage.sleep)(outage.request)
    except ModelHubError:
        assert outage.requests - before <= 3
    else:
        budget.earn(rules.spent)


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
def test_outage_does_not_multiply_the_load(error: Callable[[], ModelHubError], seed: int) -> None:
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


def test_calls_that_only_fail_cause_few_retries() -> None:
    def down() -> NoReturn:
        nonlocal requests
        requests += 1
        raise RateLimitError("x", retry_after=0.1)

    requests, budget, random = 0, RetryBudget(), Random(0)
    for _ in range(1000):
        rules = RetryPolicy(2, budget, lambda: inf, random.random)
        with pytest.raises(RateLimitError):
            retrying(rules, lambda _: None)(down)
    assert 1000 < requests <= 1200
