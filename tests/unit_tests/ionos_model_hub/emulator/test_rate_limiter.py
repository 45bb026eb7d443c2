"""Token bucket: burst, rate and waiting time."""

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
    assert [limiter.try_acquire() for _ in range(10)] == [0.0] * 10
    assert limiter.try_acquire() == pytest.approx(0.2)
    clock.now += 0.2
    assert limiter.try_acquire() == 0.0
    limiter.reset()
    assert limiter.try_acquire() == 0.0


@given(st.lists(st.floats(0, 3), max_size=60), st.floats(0.5, 20), st.integers(1, 20))
def test_rate_and_burst_are_never_exceeded(pauses: list[float], rate: float, burst: int) -> None:
    clock = Clock()
    limiter = RateLimiter(rate, burst, clock)
    allowed = 0
    for pause in pauses:
        clock.now += pause
        allowed += limiter.try_acquire() == 0.0
        assert allowed <= burst + rate * clock.now + 1e-6


def test_request_after_the_waiting_time_is_allowed() -> None:
    clock = Clock()
    limiter = RateLimiter(3, 1, clock)
    limiter.try_acquire()
    clock.now += limiter.try_acquire() + 1e-9
    assert limiter.try_acquire() == 0.0


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0.5)])
def test_invalid_limits_are_rejected(rate: float, burst: float) -> None:
    with pytest.raises(ValueError, match="requests_per_second"):
        RateLimiter(rate, burst)


def test_headers_report_the_limit_in_whole_numbers() -> None:
    limiter = RateLimiter(2.5, 4, Clock())
    limiter.try_acquire()
    assert limiter.headers() == {
        "x-ratelimit-limit": "2",
        "x-ratelimit-burst": "4",
        "x-ratelimit-remaining": "3",
    }
    assert RateLimiter(0.5, 1, Clock()).headers() == {}
