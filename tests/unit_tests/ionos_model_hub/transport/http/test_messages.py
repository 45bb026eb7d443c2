"""Requests are encoded as HTTP/1.1."""

import pytest

from ionos_model_hub.transport.http.messages import encode_request_head


def test_encoded_request_head() -> None:
    head = encode_request_head("POST", "/v1/a?b=c", {"host": "h"}, 2)
    assert head == b"POST /v1/a?b=c HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\n"


@pytest.mark.parametrize("length", [None, 0])
def test_content_length_is_sent_only_with_a_body(length: int | None) -> None:
    assert (b"content-length: 0" in encode_request_head("GET", "/", {}, length)) is (length == 0)
