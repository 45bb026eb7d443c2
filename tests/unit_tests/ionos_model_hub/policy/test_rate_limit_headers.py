"""Undocumented rate-limit headers are parsed strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.policy.rate_limit_headers import UNSPECIFIED, ServerLimits, parse_limits


def test_reported_limits() -> None:
    headers = {
        "x-ratelimit-limit": "5",
        "x-ratelimit-burst": " 10 ",
        "x-ratelimit-remaining": "0",
        "x-trace-id": "t-1",
    }
    assert parse_limits(headers) == ServerLimits(per_second=5, burst=10, remaining=0)


def test_missing_headers_are_unspecified() -> None:
    assert parse_limits({"x-trace-id": "t-1"}) == UNSPECIFIED


@pytest.mark.parametrize(
    ("headers", "limits"),
    [
        ({"x-ratelimit-limit": "1"}, ServerLimits(1, None, None)),
        ({"x-ratelimit-limit": "100000"}, ServerLimits(100_000, None, None)),
        ({"x-ratelimit-remaining": "0"}, ServerLimits(None, None, 0)),
        (
            {"x-ratelimit-remaining": "3", "x-ratelimit-burst": "1"},
            ServerLimits(None, 1, 3),
        ),
        ({"x-ratelimit-burst": "3"}, UNSPECIFIED),
    ],
)
def test_each_limit_may_be_missing(headers: dict[str, str], limits: ServerLimits) -> None:
    assert parse_limits(headers) == limits


@pytest.mark.parametrize(
    "value",
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
def test_implausible_values_are_ignored(value: str) -> None:
    assert parse_limits({"x-ratelimit-limit": value, "x-ratelimit-burst": value}) == UNSPECIFIED


@given(st.text(), st.text(), st.text())
def test_any_text_results_in_none_or_a_plausible_number(
    limit: str, burst: str, remaining: str
) -> None:
    values = {"limit": limit, "burst": burst, "remaining": remaining}
    limits = parse_limits({f"x-ratelimit-{name}": text for name, text in values.items()})
    for number, minimum in zip(limits, (1, 1, 0), strict=True):
        assert number is None or minimum <= number <= 100_000
