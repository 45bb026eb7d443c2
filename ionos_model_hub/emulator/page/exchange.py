"""A request and its response, as the page shows them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from ionos_model_hub.emulator.page.json_text import (
    as_dict,
    as_list,
    as_text,
    limit,
    pretty_json,
    shorten,
)
from ionos_model_hub.emulator.page.messages import IMAGE_FIELDS, Message, request_messages
from ionos_model_hub.emulator.page.responses import ResponseView, parse_body, parse_events
from ionos_model_hub.emulator.page.timing import Timeline, duration, timeline
from ionos_model_hub.emulator.page.tools import SchemaView, request_format, request_tools
from ionos_model_hub.emulator.recorded import RecordedRequest

_logger = logging.getLogger(__name__)
_PREVIEW_LENGTH = 200
_OPTION_LENGTH = 60
_SHOWN_ELSEWHERE = {
    *("model", "messages", "tools", "prompt", "input", "query", "documents"),
    *IMAGE_FIELDS,
}


@dataclass(frozen=True, slots=True)
class Row:
    """The line of an exchange in the list.

    Attributes:
        number: Number of the request.
        time: Time of the request, `12:30:59`.
        timestamp: The same in ISO format.
        endpoint: Name of the endpoint, or the method and the path.
        model: Model that the request names, or an empty string.
        status: HTTP status, `reset` or `…`.
        state: `pending`, `streaming`, `ok` or `error`.
        source: `default`, `scripted` or `fault`, among others.
        request: Start of the last message, or of the prompt, input or query.
        response: Start or, in a running stream, end of the response.
        seconds: Duration.
        prompt_tokens: Tokens of the request, or 0 if unknown.
        completion_tokens: Tokens of the response, or 0 if unknown.
    """

    number: int
    time: str
    timestamp: str
    endpoint: str
    model: str
    status: str
    state: str
    source: str
    request: str
    response: str
    seconds: str
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything about an exchange.

    Attributes:
        row: Its line in the list.
        messages: Messages, prompts or inputs of the request.
        documents: Documents of a rerank request.
        tools: Tools of the request.
        response_format: JSON schema of the response, or None.
        options: Other fields of the request body with short values.
        long_options: Those with long values.
        request_headers: Headers of the request, without credentials.
        request_body: Body of the request.
        response: Content of the response.
        response_headers: Headers of the response.
        response_body: Body of the response.
        truncated: Whether the end of the response was not recorded.
        timings: Durations by name.
        timeline: Timeline of the response.
    """

    row: Row
    messages: list[Message]
    documents: dict[int, str]
    tools: list[SchemaView]
    response_format: SchemaView | None
    options: dict[str, str]
    long_options: dict[str, str]
    request_headers: Mapping[str, str]
    request_body: str
    response: ResponseView
    response_headers: Mapping[str, str]
    response_body: str
    truncated: bool
    timings: dict[str, str]
    timeline: Timeline


def row_of(request: RecordedRequest) -> Row:
    """Return the line of an exchange in the list."""
    return _row(request, *_contents(request))


def _contents(request: RecordedRequest) -> tuple[list[Message], ResponseView]:
    """Return the messages of the request and the content of the response."""
    try:
        return request_messages(request.json), _response_view(request)
    except Exception:  # one unusual response must not hide all other requests
        _logger.exception("Request %d cannot be shown", request.number)
        return [], ResponseView(error="The live view cannot show this request.")


def _row(request: RecordedRequest, messages: list[Message], view: ResponseView) -> Row:
    response = request.response
    state = state_of(request)
    preview = view.preview if state != "streaming" else view.preview[-_PREVIEW_LENGTH:]
    return Row(
        number=request.number,
        time=f"{request.received_at.astimezone():%H:%M:%S}",
        timestamp=request.received_at.isoformat(timespec="milliseconds"),
        endpoint=request.endpoint or f"{request.method} {request.path}",
        model=shorten(request.model or "", 80),
        status=_status(request),
        state=state,
        source=response.source,
        request=shorten(_request_preview(request, messages), _PREVIEW_LENGTH),
        response=shorten(preview, _PREVIEW_LENGTH),
        seconds=duration(response.seconds),
        prompt_tokens=view.usage.get("prompt_tokens", 0),
        completion_tokens=view.usage.get("completion_tokens", 0),
    )


def detail_of(request: RecordedRequest) -> Detail:
    """Return everything about an exchange."""
    response = request.response
    messages, view = _contents(request)
    options = _options(request)
    seconds = [chunk.seconds for chunk in response.chunks]
    return Detail(
        row=_row(request, messages, view),
        messages=messages,
        documents=_documents(request),
        tools=request_tools(request.json),
        response_format=request_format(request.json),
        options={k: v for k, v in options.items() if len(v) <= _OPTION_LENGTH},
        long_options={k: v for k, v in options.items() if len(v) > _OPTION_LENGTH},
        request_headers=request.headers,
        request_body="" if request.json is None else limit(as_text(request.json)),
        response=view,
        response_headers=response.headers,
        response_body=limit(pretty_json(response.text)),
        truncated=response.truncated,
        timings=_timings(request, seconds),
        timeline=timeline(response.seconds_to_head, seconds, response.seconds),
    )


def _options(request: RecordedRequest) -> dict[str, str]:
    """Return the fields of the request body that are not shown as messages or tools."""
    fields = as_dict(request.json).items()
    return {name: limit(as_text(value)) for name, value in fields if name not in _SHOWN_ELSEWHERE}


def _documents(request: RecordedRequest) -> dict[int, str]:
    """Return the documents of a rerank request by their index."""
    documents = as_list(as_dict(request.json).get("documents"))
    texts = (as_dict(item).get("text", item) for item in documents)
    return {index: shorten(as_text(text), _PREVIEW_LENGTH) for index, text in enumerate(texts)}


def _response_view(request: RecordedRequest) -> ResponseView:
    response = request.response
    return parse_events(response.events) if response.is_stream else parse_body(response.json)


def _request_preview(request: RecordedRequest, messages: list[Message]) -> str:
    """Return the last message of a chat, or the first prompt, input or query."""
    position = -1 if request.endpoint == "chat" else 0
    return messages[position].preview if messages else ""


def state_of(request: RecordedRequest) -> str:
    """Return `pending`, `streaming`, `ok` or `error`."""
    response = request.response
    if response.outcome == "pending":
        return "pending" if response.status is None else "streaming"
    failed = response.status is None or response.status >= 400
    return "error" if failed or response.outcome != "complete" else "ok"


def _status(request: RecordedRequest) -> str:
    response = request.response
    if response.status is None:
        return "…" if response.outcome == "pending" else "reset"
    return str(response.status)


def _timings(request: RecordedRequest, chunks: list[float]) -> dict[str, str]:
    response = request.response
    timings = {"Head": response.seconds_to_head, "Total": response.seconds}
    if response.is_stream and chunks:
        timings = {**timings, "First chunk": chunks[0]}
    shown = {name: duration(seconds) for name, seconds in timings.items() if seconds is not None}
    return {**shown, "Chunks": str(len(chunks))} if response.is_stream else shown
