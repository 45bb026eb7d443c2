"""The time to wait before a retry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.wire.error_bodies import error_from_response, retry_after

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": " 2 "}, 2.0),
        ({"retry-after": "1e3"}, 1000.0),
        ({"retry-after": "86400000"}, 86_400_000.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e999"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after-ms": "-1"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:47 GMT", "date": DATE}, 10.0),
        ({"retry-after": "Sunday, 06-Nov-94 08:49:47 GMT", "date": DATE}, 10.0),
        ({"retry-after": "Sun Nov  6 08:49:47 1994", "date": DATE}, 10.0),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:27 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Sun, 06 Nov 1994 09:49:47 +0100", "date": DATE}, 10.0),
        ({"retry-after": "Sun, 06 Nov 2094 08:49:37 GMT", "date": DATE}, 3155760000.0),
        ({"retry-after": DATE}, None),
        ({"retry-after": DATE, "date": "today"}, None),
        ({"retry-after": "Sun, 06 Nov 99999999999999999999 08:49:37 GMT", "date": DATE}, None),
        ({"date": DATE}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
    assert error_from_response(429, headers, "x").retry_after == seconds


@given(st.text(max_size=40) | st.floats().map(str) | st.from_regex(r"\w+, \d+ \w+ \d+ [\d: +-]+"))
def test_any_header_gives_a_finite_time_or_none(value: str) -> None:
    for headers in ({"retry-after": value, "date": DATE}, {"retry-after-ms": value}):
        seconds = retry_after(headers)
        assert seconds is None or 0 <= seconds < float("inf")


def test_date_is_relative_to_the_time_of_arrival_without_a_date_header() -> None:
    headers = {"retry-after": DATE}
    assert retry_after(headers, received_at=784111767.0) == 10.0
    assert retry_after(headers, received_at=784111787.0) == 0.0
    assert error_from_response(529, headers, "x", received_at=784111767.0).retry_after == 10.0
    assert retry_after({**headers, "date": DATE}, received_at=0.0) == 0.0
