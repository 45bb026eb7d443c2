"""The matrix's rows: a fault, and what must come of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from faults import before_the_answer as before
from faults import bodies, statuses, streams
from faults.answers import CHUNKS, DONE, FINISH, OPENING, PIECES, TEXT
from faults.server import Fault

from ionos_model_hub import errors

JITTER = (0.1, 8.0)
SHORT = {"timeout": 0.3}
SOON_OVER = {"deadline": 0.3}
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Case:
    """One fault and its outcome.

    Attributes:
        fault: What the server does.
        error: What the caller gets if the server never stops; None where the fault does no harm.
        retried: Whether the call is sent again, so that it recovers if the server does.
        partial: The text that had arrived, and is on the error.
        text: The text that comes out where the fault does no harm.
        waits: Between which seconds each wait before a retry lies.
        retry_after: What the error says about when to come back.
        options: Settings of the client.
    """

    name: str
    fault: Fault
    error: type[errors.ModelHubError] | None = None
    retried: bool = False
    partial: str = ""
    text: str = TEXT
    waits: tuple[float, float] = JITTER
    retry_after: float | None = None
    options: dict[str, Any] = field(default_factory=dict)


def passing(name: str, fault: Fault, error: type[errors.ModelHubError], **more: Any) -> Case:
    """Return the case of a fault that is worth a retry."""
    return Case(name, fault, error, retried=True, **more)


def _named(faults: Sequence[Fault], error: type[errors.ModelHubError], **more: Any) -> list[Case]:
    return [passing(fault.__name__, fault, error, **more) for fault in faults]


BEFORE_THE_ANSWER = [
    *_named(
        [
            before.reset_on_accept,
            before.closed_on_accept,
            before.reset_before_answer,
            before.closed_before_answer,
            before.garbage_status_line,
            before.closed_within_headers,
            before.huge_header,
            before.endless_headers,
        ],
        errors.ConnectionFailedError,
    ),
    *_named([before.silence], errors.RequestTimeoutError, options=SHORT),
    Case("header_of_64_kib", before.header_of_64_kib),
    Case("deadline_in_silence", before.silence, errors.RequestTimeoutError, options=SOON_OVER),
    Case("headers_in_pieces", before.headers_in_pieces),
    Case("informational", before.several_informational_answers),
]

DRIPPING_HEADERS = [
    Case(
        "dripping_headers",
        before.dripping_headers,
        errors.RequestTimeoutError,
        options={**SHORT, "max_retries": 0},
    ),
    Case(
        "deadline_in_headers",
        before.dripping_headers,
        errors.RequestTimeoutError,
        options=SOON_OVER,
    ),
]
"""Bounded on connections of our own; httpx has one timeout for each of their pieces."""

_FINAL = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    402: errors.BadRequestError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    413: errors.BadRequestError,
    422: errors.BadRequestError,
    501: errors.ServerError,
}
_PASSING = {
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
_SHAPES = [
    statuses.gateway,
    statuses.wrapped,
    statuses.page,
    statuses.nothing,
]

STATUSES = [
    *[Case(f"status_{code}", statuses.status(code), error) for code, error in _FINAL.items()],
    *[passing(f"status_{code}", statuses.status(code), error) for code, error in _PASSING.items()],
    *[
        Case(
            f"status_401_{shape.__name__}", statuses.status(401, shape), errors.AuthenticationError
        )
        for shape in _SHAPES
    ],
    *[
        passing(f"status_503_{shape.__name__}", statuses.status(503, shape), errors.ServerError)
        for shape in _SHAPES
    ],
    Case(
        "status_503_do_not_retry",
        statuses.status(503, statuses.published, "x-should-retry: false"),
        errors.ServerError,
    ),
    passing(
        "status_400_do_retry",
        statuses.status(400, statuses.published, "x-should-retry: true"),
        errors.BadRequestError,
    ),
    Case("error_of_200_mb", bodies.endless(400, 200 * MIB), errors.BadRequestError),
    passing("failure_of_200_mb", bodies.endless(500, 200 * MIB), errors.ServerError),
    Case("trickled_error", bodies.trickled_error, errors.BadRequestError, options=SHORT),
]


def _later(name: str, seconds: float, *headers: str) -> Case:
    waits = (max(0.1, seconds), max(0.1, seconds * 1.1))
    fault = statuses.later(429, *headers)
    return passing(f"later_{name}", fault, errors.RateLimitError, waits=waits, retry_after=seconds)


def _illegible(name: str, header: str) -> Case:
    return passing(f"later_{name}", statuses.later(429, header), errors.RateLimitError)


RETRY_AFTER = [
    _later("seconds", 2, "retry-after: 2"),
    _later("fraction", 1.5, "retry-after: 1.5"),
    _later("zero", 0, "retry-after: 0"),
    _later("milliseconds", 0.25, "retry-after-ms: 250", "retry-after: 9"),
    _later("date", 20, f"retry-after: {statuses.in_seconds(20)}"),
    _later("past_date", 0, f"retry-after: {statuses.in_seconds(-500)}"),
    _later("longest", 60, "retry-after: 60"),
    Case(
        "later_huge",
        statuses.later(429, "retry-after: 3600"),
        errors.RateLimitError,
        retry_after=3600,
    ),
    Case(
        "later_far_date",
        statuses.later(503, f"retry-after: {statuses.in_seconds(3600)}"),
        errors.ServerError,
        retry_after=3600,
    ),
    passing(
        "later_with_503",
        statuses.later(503, "retry-after: 3"),
        errors.ServerError,
        waits=(3, 3.3),
        retry_after=3,
    ),
    _illegible("nan", "retry-after: nan"),
    _illegible("infinite", "retry-after: inf"),
    _illegible("negative", "retry-after: -5"),
    _illegible("garbage", "retry-after: soon"),
]

ANY_ANSWER = [*BEFORE_THE_ANSWER, *STATUSES, *RETRY_AFTER]

WHOLE = [
    *_named(
        [
            bodies.length_too_long,
            bodies.reset_within,
            bodies.cut_chunks,
            bodies.cut_within_a_chunk,
            bodies.garbage_chunk_size,
            bodies.two_lengths,
        ],
        errors.ConnectionFailedError,
    ),
    *_named([bodies.stall, bodies.trickle], errors.RequestTimeoutError, options=SHORT),
    Case("deadline_in_trickle", bodies.trickle, errors.RequestTimeoutError, options=SOON_OVER),
    passing("error_inside", bodies.error_inside, errors.ServerError),
    *[
        Case(name, fault, errors.ResponseError)
        for name, fault in {
            "length_too_short": bodies.length_too_short,
            "page": bodies.page,
            "invalid_json": bodies.invalid_json,
            "invalid_utf8": bodies.invalid_utf8,
            "nested_a_million_times": bodies.nested_a_million_times,
            "empty_body": bodies.sends(b""),
            "a_list": bodies.sends([]),
            "a_string": bodies.sends('"yes"'),
            "a_number": bodies.sends("1"),
            "null": bodies.sends("null"),
            "empty_object": bodies.sends({}),
            "corrupt_gzip": bodies.corrupt_gzip,
            "cut_gzip": bodies.cut_gzip,
            "plain_called_gzip": bodies.plain_called_gzip,
            "unknown_coding": bodies.unknown_coding,
        }.items()
    ],
    Case("gzip_bomb", bodies.gzip_bomb, errors.ResponseError),
    Case(
        "too_long",
        bodies.endless(200, 200 * MIB),
        errors.ResponseError,
        options={"max_response_bytes": MIB},
    ),
    *[
        Case(fault.__name__, fault)
        for fault in (
            bodies.chunk_of_each_byte,
            bodies.until_closed,
            bodies.gzipped,
            bodies.deflated,
        )
    ],
]

WHOLE_CHAT = [
    Case(name, bodies.changed(choices=choices), errors.ResponseError)
    for name, choices in {
        "choices_null": None,
        "no_choices": [],
        "choices_of_null": [None],
        "choices_an_object": {},
    }.items()
]

_VECTOR = {"index": 0, "embedding": [0.5, 0.5]}
EMBEDDINGS = [
    Case(name, bodies.changed(data=data), errors.ResponseError)
    for name, data in {
        "data_null": None,
        "no_vectors": [],
        "too_few_vectors": [_VECTOR],
        "too_many_vectors": [{**_VECTOR, "index": index} for index in range(4)],
        "doubled_index": [_VECTOR] * 3,
        "index_out_of_range": [{**_VECTOR, "index": index} for index in (0, 1, 3)],
        "vector_null": [{"index": index, "embedding": None} for index in range(3)],
        "vector_empty": [{"index": index, "embedding": []} for index in range(3)],
        "vector_base64": [{"index": index, "embedding": "AAAAAA=="} for index in range(3)],
        "vector_of_nulls": [{"index": index, "embedding": [None]} for index in range(3)],
        "vector_of_strings": [{"index": index, "embedding": ["1"]} for index in range(3)],
    }.items()
]
RANKINGS = [
    Case(name, bodies.changed(results=results), errors.ResponseError)
    for name, results in {
        "results_null": None,
        "unknown_document": [{"index": 7, "relevance_score": 0.5}],
        "doubled_document": [{"index": 0, "relevance_score": 0.5}] * 2,
        "no_score": [{"index": 0}],
    }.items()
]

_HALF = 3
_HALF_TEXT = "".join(PIECES[:_HALF])


def _broken(name: str, fault: Fault, error: type[errors.ModelHubError], **more: Any) -> Case:
    return Case(name, fault, error, partial=_HALF_TEXT, **more)


def _cut(how: str, texts: int, fault: Fault, error: type[errors.ModelHubError]) -> Case:
    """Return the case of a stream cut after so many pieces: after none, it is sent again."""
    partial = "".join(PIECES[:texts])
    return Case(f"{how}_after_{texts}", fault, error, retried=not texts, partial=partial)


_PLACES = (0, 1, _HALF, len(PIECES))

STREAMS = [
    *[
        case
        for n in _PLACES
        for case in (
            _cut("reset", n, streams.reset_after(n), errors.ConnectionFailedError),
            _cut("closed", n, streams.closed_after(n), errors.ConnectionFailedError),
            _cut("ended", n, streams.ended_after(n), errors.IncompleteStreamError),
            _cut("unframed_end", n, streams.unframed_end_after(n), errors.IncompleteStreamError),
        )
    ],
    Case("no_done", streams.sends(OPENING, *CHUNKS, FINISH)),
    Case("no_finish_reason", streams.sends(OPENING, *CHUNKS, DONE)),
    Case("unfinished_chunks", streams.closed_after(len(PIECES), FINISH, DONE)),
    Case("last_line_without_end", streams.sends(*CHUNKS, FINISH, b"data: [DONE]")),
    Case("bytes_after_done", streams.sends(*CHUNKS, FINISH, DONE, CHUNKS[0], b"\xff\0garbage")),
    Case("error_after_done", streams.sends(*CHUNKS, FINISH, DONE, streams.failing({"error": "x"}))),
    Case("byte_order_mark", streams.sends(b"\xef\xbb\xbf", *CHUNKS, FINISH, DONE)),
    Case("cr_only", streams.cr_only),
    Case("crlf", streams.crlf),
    Case("bytewise", streams.bytewise),
    Case("gzipped", streams.gzipped),
    Case("comments_between", streams.sends(b": hi\n\n", *CHUNKS, b":\n\n", *streams.GOOD_TAIL)),
    Case("steady_beyond_timeout", streams.steady, options=SHORT),
    Case(
        "not_utf8",
        streams.sends(streams.NOT_UTF8, *CHUNKS[1:], *streams.GOOD_TAIL),
        text=TEXT.replace("ü", "�", 1),
    ),
    passing("error_at_once", streams.error_after(0, named=False), errors.ServerError),
    passing("error_event_at_once", streams.error_after(0, named=True), errors.ServerError),
    _broken("error_midway", streams.error_after(_HALF, named=False), errors.ServerError),
    _broken("error_event_midway", streams.error_after(_HALF, named=True), errors.ServerError),
    Case("malformed_at_once", streams.sends(OPENING, streams.MALFORMED), errors.ResponseError),
    _broken(
        "malformed_midway",
        streams.sends(OPENING, *CHUNKS[:_HALF], streams.MALFORMED),
        errors.ResponseError,
    ),
    _broken(
        "garbage_chunk_size",
        streams.garbage_chunk_size_after(_HALF),
        errors.ConnectionFailedError,
    ),
    Case("corrupt_gzip", streams.corrupt_gzip, errors.ResponseError),
    Case("gzip_bomb", streams.gzip_bomb, errors.ResponseError),
    Case("huge_event_at_once", streams.huge_event_after(0), errors.ResponseError),
    _broken("huge_event_midway", streams.huge_event_after(_HALF), errors.ResponseError),
    Case("empty_lines_of_data", streams.empty_lines_of_data, errors.ResponseError),
    passing("stall_at_once", streams.stall_after(0), errors.RequestTimeoutError, options=SHORT),
    _broken("stall_midway", streams.stall_after(_HALF), errors.RequestTimeoutError, options=SHORT),
    passing(
        "comments_only",
        streams.drip_after(0, [b": wait\n\n"] * 1000),
        errors.RequestTimeoutError,
        options=SHORT,
    ),
    _broken(
        "comments_midway",
        streams.drip_after(_HALF, [b": wait\n\n"] * 1000),
        errors.RequestTimeoutError,
        options=SHORT,
    ),
    _broken(
        "deadline_midway",
        streams.drip_after(_HALF, [b": wait\n\n"] * 1000),
        errors.RequestTimeoutError,
        options=SOON_OVER,
    ),
    _broken(
        "flood_of_comments",
        streams.flood_after(_HALF),
        errors.RequestTimeoutError,
        options=SHORT,
    ),
    _broken(
        "dripping_event",
        streams.drip_after(_HALF, [b"a"] * 1000),
        errors.RequestTimeoutError,
        options=SHORT,
    ),
    Case("page", bodies.page, errors.ResponseError),
    passing("json_error", bodies.error_inside, errors.ServerError),
    passing(
        "empty_body", bodies.sends(b"", kind="text/event-stream"), errors.IncompleteStreamError
    ),
]
