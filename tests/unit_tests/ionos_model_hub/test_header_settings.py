"""Headers of the user's own: what HTTP does not allow is refused, and its value not told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings import Settings, check_headers
from ionos_model_hub.transport.http.messages import encode_request_head


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"": "a"}, "'' is no name of a header"),
        ({"x team": "a"}, "'x team' is no name of a header"),
        ({"x-team:": "a"}, "'x-team:' is no name of a header"),
        ({"x-team\r\nx-other": "a"}, "is no name of a header"),
        ({7: "a"}, "7 is no name of a header"),
        ({"Content-Length": "3"}, "'Content-Length' is set with each request"),
        ({"transfer-encoding": "chunked"}, "'transfer-encoding' is set with each request"),
        ({"x-team": "canary\r\nx-other: b"}, "the value of 'x-team' must be printable ASCII"),
        ({"x-team": "canary\n"}, "the value of 'x-team' must be printable ASCII"),
        ({"x-team": "canary-ä"}, "the value of 'x-team' must be printable ASCII"),
        ({"x-team": b"canary"}, "the value of 'x-team' must be printable ASCII"),
    ],
)
def test_wrong_headers(headers: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(api_key="any", default_headers=headers)
    assert told in caught.value.message
    assert caught.value.param == "default_headers"
    assert "canary" not in str(caught.value)


def test_good_headers() -> None:
    check_headers({"x-team": "blue; a=b", "X_Trace.1": "", "traceparent": "00-1-2-01"})


@given(st.dictionaries(st.text(), st.text(), min_size=1))
def test_what_passes_stays_on_its_line(headers: dict[str, str]) -> None:
    try:
        check_headers(headers)
    except ConfigurationError:
        return
    lines = encode_request_head("GET", "/", headers, None).split(b"\r\n")
    assert len(lines) == len(headers) + 3
    assert b"\n" not in b"".join(lines)
