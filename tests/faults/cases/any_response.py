"""Cases for all endpoints, streamed or not: faults before the response, and error statuses."""

from faults import before_response as before
from faults import bodies, statuses
from faults.cases.case import (
    MIB,
    SHORT_DEADLINE,
    SHORT_TIMEOUT,
    Case,
    retried,
    retried_cases,
)

from ionos_model_hub import errors

BEFORE_RESPONSE = [
    *retried_cases(
        [
            before.reset_on_accept,
            before.closed_on_accept,
            before.reset_before_response,
            before.closed_before_response,
            before.garbage_status_line,
            before.closed_within_headers,
            before.huge_header,
            before.endless_headers,
        ],
        errors.ConnectionFailedError,
    ),
    *retried_cases([before.silence], errors.RequestTimeoutError, options=SHORT_TIMEOUT),
    Case("header_of_63_kib", before.header_of_63_kib),
    Case("deadline_in_silence", before.silence, errors.RequestTimeoutError, options=SHORT_DEADLINE),
    Case("bytewise_head", before.bytewise_head),
    Case("interim_responses", before.interim_responses),
]

DRIPPING_HEADERS = [
    Case(
        "dripping_headers",
        before.dripping_headers,
        errors.RequestTimeoutError,
        options={**SHORT_TIMEOUT, "max_retries": 0},
    ),
    Case(
        "deadline_in_headers",
        before.dripping_headers,
        errors.RequestTimeoutError,
        options=SHORT_DEADLINE,
    ),
]
"""For our own connections only; httpx applies its timeout to each part of the headers."""

_NOT_RETRIED = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    402: errors.BadRequestError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    413: errors.BadRequestError,
    422: errors.BadRequestError,
    501: errors.ServerError,
}
_RETRIED = {
    408: errors.BadRequestError,
    409: errors.BadRequestError,
    425: errors.BadRequestError,
    429: errors.RateLimitError,
    500: errors.ServerError,
    502: errors.ServerError,
    503: errors.ServerError,
    504: errors.ServerError,
    529: errors.ServerError,
}
_SHAPES = [statuses.gateway, statuses.wrapped, statuses.html_page, statuses.empty]

STATUSES = [
    *[Case(f"status_{code}", statuses.status(code), error) for code, error in _NOT_RETRIED.items()],
    *[retried(f"status_{code}", statuses.status(code), error) for code, error in _RETRIED.items()],
    *[
        Case(
            f"status_401_{shape.__name__}", statuses.status(401, shape), errors.AuthenticationError
        )
        for shape in _SHAPES
    ],
    *[
        retried(f"status_503_{shape.__name__}", statuses.status(503, shape), errors.ServerError)
        for shape in _SHAPES
    ],
    Case(
        "status_503_should_not_retry",
        statuses.status(503, statuses.published, "x-should-retry: false"),
        errors.ServerError,
    ),
    retried(
        "status_400_should_retry",
        statuses.status(400, statuses.published, "x-should-retry: true"),
        errors.BadRequestError,
    ),
    Case("error_of_200_mb", bodies.large(400, 200 * MIB), errors.BadRequestError),
    retried("server_error_of_200_mb", bodies.large(500, 200 * MIB), errors.ServerError),
    Case("trickling_error", bodies.trickling_error, errors.BadRequestError, options=SHORT_TIMEOUT),
]


def _retry_after(name: str, seconds: float, *headers: str) -> Case:
    return retried(
        f"retry_after_{name}",
        statuses.retry_later(429, *headers),
        errors.RateLimitError,
        waits=(max(0.1, seconds), max(0.1, seconds * 1.1)),
        retry_after=seconds,
    )


def _invalid_retry_after(name: str, header: str) -> Case:
    fault = statuses.retry_later(429, header)
    return retried(f"retry_after_{name}", fault, errors.RateLimitError)


RETRY_AFTER = [
    _retry_after("seconds", 2, "retry-after: 2"),
    _retry_after("fraction", 1.5, "retry-after: 1.5"),
    _retry_after("zero", 0, "retry-after: 0"),
    _retry_after("milliseconds", 0.25, "retry-after-ms: 250", "retry-after: 9"),
    _retry_after("date", 20, f"retry-after: {statuses.http_date_after(20)}"),
    _retry_after("past_date", 0, f"retry-after: {statuses.http_date_after(-500)}"),
    _retry_after("maximum", 60, "retry-after: 60"),
    Case(
        "retry_after_too_long",
        statuses.retry_later(429, "retry-after: 3600"),
        errors.RateLimitError,
        retry_after=3600,
    ),
    Case(
        "retry_after_far_date",
        statuses.retry_later(503, f"retry-after: {statuses.http_date_after(3600)}"),
        errors.ServerError,
        retry_after=3600,
    ),
    retried(
        "retry_after_with_503",
        statuses.retry_later(503, "retry-after: 3"),
        errors.ServerError,
        waits=(3, 3.3),
        retry_after=3,
    ),
    _invalid_retry_after("nan", "retry-after: nan"),
    _invalid_retry_after("infinite", "retry-after: inf"),
    _invalid_retry_after("negative", "retry-after: -5"),
    _invalid_retry_after("garbage", "retry-after: soon"),
]

ANY_RESPONSE = [*BEFORE_RESPONSE, *STATUSES, *RETRY_AFTER]
