"""Cases for event streams."""

from faults import bodies, streams
from faults.cases.case import SHORT_DEADLINE, SHORT_TIMEOUT, Case, retried
from faults.responses import CHUNKS, DONE, FINISH, OPENING, TEXT, TEXT_PARTS
from faults.server import Fault
from faults.streams import GOOD_END, events

from ionos_model_hub import errors

_HALF = 3
_HALF_TEXT = "".join(TEXT_PARTS[:_HALF])
_COMMENTS = [b": wait\n\n"] * 1000


def _midway(
    name: str,
    fault: Fault,
    error: type[errors.ModelHubError],
    options: dict[str, float] | None = None,
) -> Case:
    """Return the case of a fault after half of the text, which is not retried."""
    return Case(name, fault, error, partial=_HALF_TEXT, options=options or {})


def _cut(how: str, text_count: int, fault: Fault, error: type[errors.ModelHubError]) -> Case:
    """Return the case of a stream that ends after some chunks; after none, it is retried."""
    partial = "".join(TEXT_PARTS[:text_count])
    return Case(f"{how}_after_{text_count}", fault, error, not text_count, partial)


CUT_STREAMS = [
    case
    for n in (0, 1, _HALF, len(TEXT_PARTS))
    for case in (
        _cut("reset", n, streams.reset_after(n), errors.ConnectionFailedError),
        _cut("closed", n, streams.closed_after(n), errors.ConnectionFailedError),
        _cut("ended", n, streams.ended_after(n), errors.IncompleteStreamError),
        _cut("unframed_end", n, streams.unframed_end_after(n), errors.IncompleteStreamError),
    )
]

UNUSUAL_STREAMS = [
    Case("no_done", events(OPENING, *CHUNKS, FINISH)),
    Case("no_finish_reason", events(OPENING, *CHUNKS, DONE)),
    Case("missing_last_chunk", streams.closed_after(len(TEXT_PARTS), FINISH, DONE)),
    Case("last_line_without_end", events(*CHUNKS, FINISH, b"data: [DONE]")),
    Case("bytes_after_done", events(*CHUNKS, FINISH, DONE, CHUNKS[0], b"\xff\0garbage")),
    Case("error_after_done", events(*CHUNKS, FINISH, DONE, streams.error_object({"error": "x"}))),
    Case("byte_order_mark", events(b"\xef\xbb\xbf", *CHUNKS, FINISH, DONE)),
    Case("cr_only", streams.cr_only),
    Case("crlf", streams.crlf),
    Case("bytewise", streams.bytewise),
    Case("gzipped", streams.gzipped),
    Case("comments_between", events(b": hi\n\n", *CHUNKS, b":\n\n", *GOOD_END)),
    Case("steady_beyond_timeout", streams.steady, options=SHORT_TIMEOUT),
    Case(
        "not_utf8",
        events(streams.NOT_UTF8, *CHUNKS[1:], *GOOD_END),
        text=TEXT.replace("ü", "�", 1),
    ),
]
"""Streams that deviate from those of the hub and are accepted."""

INVALID_STREAMS = [
    retried("error_first", streams.error_after(0, named=False), errors.ServerError),
    retried("error_event_first", streams.error_after(0, named=True), errors.ServerError),
    _midway("error_midway", streams.error_after(_HALF, named=False), errors.ServerError),
    _midway("error_event_midway", streams.error_after(_HALF, named=True), errors.ServerError),
    Case("malformed_first", events(OPENING, streams.MALFORMED), errors.ResponseError),
    _midway(
        "malformed_midway",
        events(OPENING, *CHUNKS[:_HALF], streams.MALFORMED),
        errors.ResponseError,
    ),
    _midway(
        "invalid_chunk_size",
        streams.invalid_chunk_size_after(_HALF),
        errors.ConnectionFailedError,
    ),
    Case("corrupt_gzip", streams.corrupt_gzip, errors.ResponseError),
    Case("gzip_bomb", streams.gzip_bomb, errors.ResponseError),
    Case("huge_event_first", streams.huge_event_after(0), errors.ResponseError),
    _midway("huge_event_midway", streams.huge_event_after(_HALF), errors.ResponseError),
    Case("empty_data_lines", streams.empty_data_lines, errors.ResponseError),
    Case("html_page", bodies.html_page, errors.ResponseError),
    retried("json_error", bodies.error_in_body, errors.ServerError),
    retried("empty_body", bodies.body(b"", "text/event-stream"), errors.IncompleteStreamError),
]

SLOW_STREAMS = [
    retried(
        "stall_first", streams.stall_after(0), errors.RequestTimeoutError, options=SHORT_TIMEOUT
    ),
    _midway("stall_midway", streams.stall_after(_HALF), errors.RequestTimeoutError, SHORT_TIMEOUT),
    retried(
        "comments_only",
        streams.drip_after(0, _COMMENTS),
        errors.RequestTimeoutError,
        options=SHORT_TIMEOUT,
    ),
    _midway(
        "comments_midway",
        streams.drip_after(_HALF, _COMMENTS),
        errors.RequestTimeoutError,
        SHORT_TIMEOUT,
    ),
    _midway(
        "deadline_midway",
        streams.drip_after(_HALF, _COMMENTS),
        errors.RequestTimeoutError,
        SHORT_DEADLINE,
    ),
    _midway(
        "flood_of_comments",
        streams.flood_after(_HALF),
        errors.RequestTimeoutError,
        SHORT_TIMEOUT,
    ),
    _midway(
        "dripping_event",
        streams.drip_after(_HALF, [b"a"] * 1000),
        errors.RequestTimeoutError,
        SHORT_TIMEOUT,
    ),
]

STREAMS = [*CUT_STREAMS, *UNUSUAL_STREAMS, *INVALID_STREAMS, *SLOW_STREAMS]
