"""Headers that nobody has confirmed are read with distrust."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.policy.rate_limit_headers import UNSPECIFIED, ServerLimits, parse_limits


def test_what_an_answer_tells() -> None:
    headers = {
        "x-ratelimit-limit": "5",
        "x-ratelimit-burst": " 10 ",
        "x-ratelimit-remaining": "0",
        "x-trace-id": "t-1",
    }
    assert parse_limits(headers) == ServerLimits(per_second=5, burst=10, remaining=0)


def test_an_answer_that_tells_nothing() -> None:
    assert parse_limits({"x-trace-id": "t-1"}) == UNSPECIFIED


@pytest.mark.parametrize(
    "told",
    [
        "",
        "0",
        "-1",
        "0.5",
        "1e3",
        "inf",
        "nan",
        "5, 5",
        "5;w=1",
        "soon",
        "100001",
        "9" * 5000,
        "\u0665",
    ],
)
def test_what_is_not_credible_is_not_told(told: str) -> None:
    assert parse_limits({"x-ratelimit-limit": told, "x-ratelimit-burst": told}) == UNSPECIFIED


@given(st.text(), st.text(), st.text())
def test_any_text_is_read_as_nothing_or_as_something_sane(
    limit: str, burst: str, remaining: str
) -> None:
    told = {"limit": limit, "burst": burst, "remaining": remaining}
    found = parse_limits({f"x-ratelimit-{name}": text for name, text in told.items()})
    for number, least in zip(found, (1, 1, 0), strict=True):
        assert number is None or least <= number <= 100_000
