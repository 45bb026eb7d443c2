"""Headers that HTTP does not allow are rejected without echoing their values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings import Settings, check_headers
from ionos_model_hub.transport.http.messages import encode_request_head


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"": "a"}, "'' is not a valid header name"),
        ({"x team": "a"}, "'x team' is not a valid header name"),
        ({"x-team:": "a"}, "'x-team:' is not a valid header name"),
        ({"x-team\r\nx-other": "a"}, "is not a valid header name"),
        ({"Authorization": "canary"}, "'Authorization' is set by this package"),
        ({7: "a"}, "7 is not a valid header name"),
        ({"Content-Length": "3"}, "'Content-Length' is set by this package"),
        ({"transfer-encoding": "chunked"}, "'transfer-encoding' is set by this package"),
        ({"x-team": "canary\r\nx-other: b"}, "The value of 'x-team' must be printable ASCII"),
        ({"x-team": "canary\n"}, "The value of 'x-team' must be printable ASCII"),
        ({"x-team": "canary-ä"}, "The value of 'x-team' must be printable ASCII"),
        ({"x-team": b"canary"}, "The value of 'x-team' must be printable ASCII"),
    ],
)
def test_invalid_headers(headers: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(api_key="any", default_headers=headers)
    assert message in caught.value.message
    assert caught.value.param == "default_headers"
    assert "canary" not in str(caught.value)


def test_valid_headers() -> None:
    check_headers({"x-team": "blue; a=b", "X_Trace.1": "", "traceparent": "00-1-2-01"})


@given(st.dictionaries(st.text(), st.text(), min_size=1))
def test_accepted_headers_stay_on_one_line(headers: dict[str, str]) -> None:
    try:
        check_headers(headers)
    except ConfigurationError:
        return
    lines = encode_request_head("GET", "/", headers, None).split(b"\r\n")
    assert len(lines) == len(headers) + 3
    assert b"\n" not in b"".join(lines)
