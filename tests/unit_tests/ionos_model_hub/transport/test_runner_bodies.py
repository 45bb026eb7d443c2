"""Bodies that are slow, long, cut off or compressed."""

import gzip
import zlib

import pytest
from unit_tests.ionos_model_hub.transport.scripted_io import (
    BODY,
    ScriptedIO,
    ScriptedResponse,
    Step,
    failure,
    fetch,
    fetch_error,
)

from ionos_model_hub.errors import (
    AuthenticationError,
    ConnectionFailedError,
    RequestTimeoutError,
    ResponseError,
)
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.wire.error_bodies import MAX_ERROR_BODY

pytestmark = pytest.mark.usefixtures("fixed_jitter")


def test_gateway_that_responds_with_201() -> None:
    assert fetch(ScriptedIO(ScriptedResponse(201, BODY))).text == "Hallo"


@pytest.mark.parametrize("status", [202, 204, 206])
def test_other_successful_statuses_are_errors(status: int) -> None:
    assert fetch_error(ScriptedIO(ScriptedResponse(status, BODY))).status_code == status


def test_byte_order_mark_is_ignored() -> None:
    mark = b"\xef\xbb\xbf"
    assert fetch(ScriptedIO(ScriptedResponse(200, mark + BODY))).text == "Hallo"
    error = mark + b'{"error": {"message": "No."}}'
    assert fetch_error(ScriptedIO(ScriptedResponse(400, error))).message == "No."


def test_trickling_body_times_out() -> None:
    trickle: list[Step] = [50.0, b"{"] * 10
    io = ScriptedIO(ScriptedResponse(200, *trickle))
    error = fetch_error(io, timeout=120, max_retries=0)
    assert type(error) is RequestTimeoutError
    assert io.time == pytest.approx(1120.0)


class SlowHeadIO(ScriptedIO):
    """A server that needs some seconds for each response head."""

    HEAD_SECONDS = 100.0

    async def send(self, request: OutgoingRequest) -> ScriptedResponse:
        self.time += self.HEAD_SECONDS
        return await super().send(request)


def test_body_has_the_full_timeout_after_a_slow_head() -> None:
    io = SlowHeadIO(ScriptedResponse(200, 119.0, BODY))
    assert fetch(io, timeout=120).text == "Hallo"
    assert len(io.sent) == 1


def test_error_body_has_the_full_timeout_after_a_slow_head() -> None:
    io = SlowHeadIO(ScriptedResponse(400, 119.0, b'{"error": {"message": "No."}}'))
    assert fetch_error(io, timeout=120).message == "No."


@pytest.mark.parametrize("parts", [[BODY], [BODY[:5], BODY[5:]]])
def test_complete_body_is_returned_after_the_deadline(parts: list[bytes]) -> None:
    io = SlowHeadIO(ScriptedResponse(200, *parts))
    assert fetch(io, timeout=10, deadline=50).text == "Hallo"
    assert len(io.sent) == 1


def test_incomplete_body_is_an_error_after_the_deadline() -> None:
    io = SlowHeadIO(ScriptedResponse(200, BODY[:5], 0.1, BODY[5:]))
    error = fetch_error(io, deadline=50)
    assert "deadline" in error.message
    assert len(io.sent) == 1


def test_each_attempt_has_its_own_timeout() -> None:
    slow: list[Step] = [100.0, BODY]
    lost = ScriptedResponse(200, 100.0, ConnectionFailedError("No."))
    io = ScriptedIO(lost, ScriptedResponse(200, *slow))
    assert fetch(io, timeout=120).text == "Hallo"


def test_trickling_body_ends_at_the_deadline() -> None:
    trickle: list[Step] = [50.0, b"{"] * 10
    io = ScriptedIO(ScriptedResponse(200, *trickle))
    error = fetch_error(io, deadline=120, timeout=None)
    assert "deadline" in error.message
    assert len(io.sent) == 1


@pytest.mark.parametrize("parts", [[BODY], [BODY[:5], BODY[5:]]])
def test_body_of_maximum_length_is_read(parts: list[bytes]) -> None:
    io = ScriptedIO(ScriptedResponse(200, *parts))
    assert fetch(io, max_response_bytes=len(BODY)).text == "Hallo"


def test_longer_body_is_an_error_and_not_read_to_its_end() -> None:
    io = ScriptedIO(ScriptedResponse(200, *[b"x" * 10] * 1000))
    error = fetch_error(io, max_response_bytes=95)
    assert type(error) is ResponseError
    assert "95 bytes" in error.message
    assert "max_response_bytes" in str(error.hint)
    assert (io.responses[0].parts_read, len(io.sent)) == (10, 1)


@pytest.mark.parametrize(
    "cut", [ConnectionFailedError("No."), RequestTimeoutError("No."), ResponseError("No.")]
)
def test_error_body_that_cannot_be_read_does_not_hide_the_status(cut: Exception) -> None:
    io = ScriptedIO(ScriptedResponse(401, b"bad key", cut))
    error = fetch_error(io)
    assert type(error) is AuthenticationError
    assert (error.status_code, len(io.sent)) == (401, 1)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_compressed_body_is_decompressed(coding: str) -> None:
    compress = gzip.compress if coding == "gzip" else zlib.compress
    response = ScriptedResponse(200, compress(BODY), content_encoding=coding)
    assert fetch(ScriptedIO(response)).text == "Hallo"
    body = compress(b'{"error": {"message": "No."}}')
    rejected = ScriptedResponse(400, body, content_encoding=coding)
    assert fetch_error(ScriptedIO(rejected)).message == "No."


def test_limit_applies_to_the_decompressed_body() -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    io = ScriptedIO(ScriptedResponse(200, bomb, content_encoding="gzip"))
    assert "longer than 100000 bytes" in fetch_error(io, max_response_bytes=100_000).message


def test_long_error_body_is_cut() -> None:
    io = ScriptedIO(ScriptedResponse(400, *[b"x" * 1024] * 100_000))
    error = fetch_error(io)
    assert error.response is not None
    assert len(error.response.text) == MAX_ERROR_BODY
    assert io.responses[0].parts_read == 65


def test_error_body_with_invalid_utf8() -> None:
    assert "\ufffd" in fetch_error(ScriptedIO(ScriptedResponse(400, b"\xff\xfe"))).message


def test_throttling_inside_a_good_status_is_recognised() -> None:
    body = b'{"error": {"message": "Slow down.", "code": 429}}'
    io = ScriptedIO(ScriptedResponse(200, body), failure(400))
    assert fetch_error(io).attempts == 2
    assert io.sent_at == pytest.approx([1000.0, 1001.0])
