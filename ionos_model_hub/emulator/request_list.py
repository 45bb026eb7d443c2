"""Recorded requests with helpers for assertions."""

from collections.abc import Callable, Mapping
from itertools import islice
from pprint import pformat
from typing import Any, TypeVar

from ionos_model_hub.emulator.endpoint_paths import Endpoint
from ionos_model_hub.emulator.matching import RequestFilter, differences
from ionos_model_hub.emulator.recorded import (
    RecordedChat,
    RecordedCompletion,
    RecordedEmbedding,
    RecordedImage,
    RecordedRequest,
    RecordedRerank,
)

_MAX_DIFFERENCES = 5
_MAX_LISTED_REQUESTS = 10
_MAX_TEXT = 100

RequestT = TypeVar("RequestT", bound=RecordedRequest)


class RequestList(list[RecordedRequest]):
    """Recorded requests, oldest first.

    Example:
        >>> RequestList().assert_requested("chat", times=0)
    """

    def chat(self) -> list[RecordedChat]:
        """Return the chat requests."""
        return self._of(RecordedChat)

    def completions(self) -> list[RecordedCompletion]:
        """Return the requests for text completions."""
        return self._of(RecordedCompletion)

    def embeddings(self) -> list[RecordedEmbedding]:
        """Return the requests for embeddings."""
        return self._of(RecordedEmbedding)

    def rerank(self) -> list[RecordedRerank]:
        """Return the rerank requests."""
        return self._of(RecordedRerank)

    def images(self) -> list[RecordedImage]:
        """Return the requests for images."""
        return self._of(RecordedImage)

    def _of(self, kind: type[RequestT]) -> list[RequestT]:
        return [request for request in self if isinstance(request, kind)]

    def matching(
        self,
        endpoint: Endpoint | None = None,
        *,
        model: str | None = None,
        contains: str | None = None,
        fields: Mapping[str, Any] | None = None,
        when: Callable[[RecordedRequest], bool] | None = None,
    ) -> "RequestList":
        """Return the requests that meet all conditions.

        Args:
            endpoint: `chat`, `completions`, `embeddings`, `rerank`, `images`, `image_edits` or
                `models`; by default all POST requests.
            model: Model that the request names.
            contains: Text in the last message, the prompt, the input, or the query and documents.
            fields: Fields of the body with their values; in objects, other members are ignored.
            when: Function that returns true for the request.
        """
        conditions = RequestFilter(
            endpoint=endpoint, model=model, contains=contains, fields=fields, when=when
        )
        return RequestList(filter(conditions.matches, self))

    def assert_requested(
        self,
        endpoint: Endpoint | None = None,
        *,
        model: str | None = None,
        contains: str | None = None,
        fields: Mapping[str, Any] | None = None,
        when: Callable[[RecordedRequest], bool] | None = None,
        times: int | None = None,
    ) -> None:
        """Check that requests with these conditions were received.

        Args:
            endpoint: See `matching`, like all conditions.
            model: Model that the request names.
            contains: Text in the request.
            fields: Fields of the body with their values.
            when: Function that returns true for the request.
            times: Number of such requests; by default at least one.

        Raises:
            AssertionError: The number is different. The message shows the differences to the most
                similar request.
        """
        conditions = RequestFilter(
            endpoint=endpoint, model=model, contains=contains, fields=fields, when=when
        )
        count = sum(map(conditions.matches, self))
        if count == times or (times is None and count):
            return
        expected = "at least 1 request" if times is None else f"{times} requests"
        lines = [f"Expected {expected} with {conditions}, got {count}."]
        if times is None or count < times:
            lines += _closest(conditions, self)
        raise AssertionError("\n".join([*lines, *_summary(self)]))


def _closest(conditions: RequestFilter, requests: list[RecordedRequest]) -> list[str]:
    """Return lines with the differences to the most similar request to the endpoint."""
    others = [
        request
        for request in reversed(requests)
        if conditions.matches_endpoint(request) and not conditions.matches(request)
    ]
    if not others:
        return []
    problems = [(_problems(conditions, request), request) for request in others]
    lines, request = min(problems, key=lambda problem: len(problem[0]))
    shown = [*lines[:_MAX_DIFFERENCES], *(["  …"] if len(lines) > _MAX_DIFFERENCES else [])]
    return [f"The most similar one, number {request.number}, differs:", *shown]


def _problems(conditions: RequestFilter, request: RecordedRequest) -> list[str]:
    """Return a line for each condition that a request does not meet."""
    lines: list[str] = []
    if conditions.model not in (None, request.model):
        lines.append(f"  model: expected {conditions.model!r}, got {request.model!r}")
    if conditions.contains is not None and conditions.contains not in request.text:
        lines.append(f"  text: does not contain {conditions.contains!r}: {request.text[:500]!r}")
    for each in differences(conditions.fields or {}, request.json):
        actual = "missing" if each.is_missing else pformat(each.actual, width=90)
        expected = pformat(each.expected, width=90)
        lines.append(f"  {each.path}:\n    expected: {expected}\n    got:      {actual}")
    if not lines:
        lines.append("  when: returned false")
    return lines


def _summary(requests: list[RecordedRequest]) -> list[str]:
    """Return a line for each of the latest requests."""
    if not requests:
        return ["There were no requests."]
    skipped = max(0, len(requests) - _MAX_LISTED_REQUESTS)
    lines = [f"Received requests{f' (the latest {_MAX_LISTED_REQUESTS})' if skipped else ''}:"]
    for request in islice(requests, skipped, None):
        text = request.text if len(request.text) <= _MAX_TEXT else request.text[:_MAX_TEXT] + "…"
        status = request.response.status or "pending"
        endpoint = request.endpoint or f"{request.method} {request.path}"
        lines.append(f"  {request.number}. {endpoint} {request.model or ''} {status} {text!r}")
    return lines
