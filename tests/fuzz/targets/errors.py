"""Any status, headers and body give an APIError that is bounded and can be pickled."""

import pickle
from math import isfinite

from ionos_model_hub.errors import APIError
from ionos_model_hub.wire.error_bodies import (
    MAX_ERROR_BODY,
    error_from_event,
    error_from_response,
    retry_after,
)

NAMES = ("retry-after", "retry-after-ms", "date", "content-type", "x-should-retry", "x-trace-id")
STATUSES = (*range(300, 309), *range(400, 432), 451, 499, *range(500, 512), 529, 599)


def check(data: bytes) -> None:
    """Read the status from the first byte, then a line for each header, then the body."""
    status = STATUSES[data[0] % len(STATUSES)] if data else 500
    *values, body = data[1:].decode("utf-8", "replace").split("\n", len(NAMES))
    headers = dict(zip(NAMES, values, strict=False))
    check_wait(retry_after(headers))
    for error in (error_from_response(status, headers, body), error_from_event(body)):
        check_error(error)


def check_error(error: APIError) -> None:
    check_wait(error.retry_after)
    assert error.message
    assert isinstance(error.retryable, bool)
    assert error.status_code is not None
    assert 300 <= error.status_code < 600
    assert len(error.response.text if error.response else "") <= MAX_ERROR_BODY
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
    str(error).encode("utf-8")


def check_wait(seconds: float | None) -> None:
    assert seconds is None or (isfinite(seconds) and seconds >= 0)
