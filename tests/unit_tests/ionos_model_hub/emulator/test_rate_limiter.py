"""The bucket lets a burst through, then the rate, and tells how long to wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.emulator.rate_limiter import RateLimiter


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_burst_then_rate() -> None:
    clock = Clock()
    limiter = RateLimiter(5, 10, clock)
    assert [limiter.take() for _ in range(10)] == [0.0] * 10
    assert limiter.take() == pytest.approx(0.2)
    clock.now += 0.2
    assert limiter.take() == 0.0
    limiter.reset()
    assert limiter.take() == 0.0


@given(st.lists(st.floats(0, 3), max_size=60), st.floats(0.5, 20), st.integers(1, 20))
def test_never_more_than_burst_and_rate(pauses: list[float], rate: float, burst: int) -> None:
    clock = Clock()
    limiter = RateLimiter(rate, burst, clock)
    passed = 0
    for pause in pauses:
        clock.now += pause
        passed += limiter.take() == 0.0
        assert passed <= burst + rate * clock.now + 1e-6


def test_waiting_as_told_is_enough() -> None:
    clock = Clock()
    limiter = RateLimiter(3, 1, clock)
    limiter.take()
    clock.now += limiter.take() + 1e-9
    assert limiter.take() == 0.0


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0.5)])
def test_senseless_limits_are_refused(rate: float, burst: float) -> None:
    with pytest.raises(ValueError, match="requests_per_second"):
        RateLimiter(rate, burst)
